namespace ProcessDedup.Store;

/// <summary>
/// The steps in which something comes into the cache, in their order. After each of them a process may die; tests make
/// it die there.
/// </summary>
internal enum StoreStep
{
    /// <summary>It was looked for without a lock.</summary>
    LookedUp,

    /// <summary>The key's lock is held.</summary>
    Locked,

    /// <summary>It was looked for again.</summary>
    LookedUpAgain,

    /// <summary>It is being made; reached any number of times.</summary>
    Producing,

    /// <summary>It is complete in a private place.</summary>
    Staged,

    /// <summary>It is what was expected.</summary>
    Verified,

    /// <summary>It is on the disk.</summary>
    Synced,

    /// <summary>The maker's lease is written.</summary>
    Leased,

    /// <summary>The content has its name.</summary>
    Published,

    /// <summary>The index record is written: from here on everybody sees it.</summary>
    Committed,
}
