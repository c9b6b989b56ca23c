namespace ProcessDedup.Cmdlets;

/// <summary>What to do when a lock is not granted in time.</summary>
public enum TimeoutAction
{
    /// <summary>Stop with the error LockTimeout or LockBusy.</summary>
    Error,

    /// <summary>Do not run the block; say so with -Verbose.</summary>
    Skip,

    /// <summary>Run the block without the lock: for work that may rather be done twice than not at all.</summary>
    Proceed,
}
