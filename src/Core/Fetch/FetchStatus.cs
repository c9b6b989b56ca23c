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

    /// <summary>It is older than it should be, as the origin could not be asked, or as another process is asking it.</summary>
    Stale,

    /// <summary>This process made it: unpacked, exported from a repository, or produced by a block.</summary>
    Built,

    /// <summary>This process restored it from a substituter.</summary>
    Substituted,

    /// <summary>This process saved a file or directory of the caller's.</summary>
    Saved,
}

internal static class FetchStatusNames
{
    /// <summary>Enum.ToString() is slow, and this is on the way of every hit.</summary>
    public static string Name(this FetchStatus status) => status switch
    {
        FetchStatus.Hit => nameof(FetchStatus.Hit),
        FetchStatus.Revalidated => nameof(FetchStatus.Revalidated),
        FetchStatus.Downloaded => nameof(FetchStatus.Downloaded),
        FetchStatus.Waited => nameof(FetchStatus.Waited),
        FetchStatus.Resumed => nameof(FetchStatus.Resumed),
        FetchStatus.Stale => nameof(FetchStatus.Stale),
        FetchStatus.Substituted => nameof(FetchStatus.Substituted),
        FetchStatus.Saved => nameof(FetchStatus.Saved),
        _ => nameof(FetchStatus.Built),
    };
}
