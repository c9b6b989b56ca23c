namespace ProcessDedup.Cmdlets;

/// <summary>What to do when another process fetches the same thing and takes too long.</summary>
public enum FetchTimeoutAction
{
    /// <summary>Fail with the error LockTimeout or LockBusy.</summary>
    Error,

    /// <summary>Fetch it as well: done twice is safe, only wasteful.</summary>
    Proceed,
}
