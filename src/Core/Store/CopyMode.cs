namespace ProcessDedup.Store;

/// <summary>What a copy out of the store is to its original.</summary>
internal enum CopyMode
{
    /// <summary>A file of its own, which its owner may change. Blocks are shared where the file system can (reflink).</summary>
    Copy,

    /// <summary>
    /// A second name of the same file, which nobody may change; where that cannot be, a copy that nobody may change.
    /// </summary>
    HardLink,
}
