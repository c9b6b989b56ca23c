namespace ProcessDedup.Fetch;

/// <summary>How an answer came about.</summary>
public enum FetchStatus
{
    /// <summary>It was in the cache and fresh.</summary>
    Hit,

    /// <summary>It was in the cache, and the origin confirmed that it has not changed.</summary>
    Revalidated,

    /// <summary>This process fetched it.</summary>
    Downloaded,

    /// <summary>Another process fetched or made it while this one waited.</summary>
    Waited,

    /// <summary>This process fetched the rest of what an earlier attempt had left.</summary>
    Resumed,

    /// <summary>It is older than it should be, as the origin could not be asked.</summary>
    Stale,

    /// <summary>This process made it: unpacked, exported from a repository, or produced by a block.</summary>
    Built,
}
