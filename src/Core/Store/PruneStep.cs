namespace ProcessDedup.Store;

/// <summary>The steps in which content leaves the cache, for tests that reach in between.</summary>
internal enum PruneStep
{
    /// <summary>Nobody uses it, and it is marked: from here on readers wait for the verdict.</summary>
    Condemned,

    /// <summary>It has no name in the cache any more.</summary>
    MovedAway,
}
