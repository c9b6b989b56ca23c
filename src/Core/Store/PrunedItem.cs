using System;

namespace ProcessDedup.Store;

/// <summary>What became of an entry that was to be pruned.</summary>
public sealed class PrunedItem
{
    /// <summary>Tells of an entry.</summary>
    public PrunedItem(CachedItem item, PruneOutcome outcome)
    {
        Item = item ?? throw new ArgumentNullException(nameof(item));
        Outcome = outcome;
    }

    /// <summary>The entry as it was.</summary>
    internal CachedItem Item { get; }

    /// <summary>Whence, without secrets.</summary>
    public string Source => Item.Source;

    /// <summary>Its key.</summary>
    public string Key => Item.Key;

    /// <summary>How it was got: "http", "file", "unpack", …; see <see cref="CachedItem.Kind"/>.</summary>
    public string Kind => Item.Kind;

    /// <summary>Length in bytes.</summary>
    public long Size => Item.Size;

    /// <summary>What became of it.</summary>
    public PruneOutcome Outcome { get; }
}
