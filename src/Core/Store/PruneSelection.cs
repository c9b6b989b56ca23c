using System;
using System.Collections.Generic;
using System.Linq;

namespace ProcessDedup.Store;

/// <summary>What a prune is to remove. Pure: it looks at the entries that it is given, and at nothing else.</summary>
/// <remarks>
/// <see cref="Keys"/> and <see cref="Source"/> say which entries are meant: those that have one of the keys, or a source
/// that is meant; all, if neither is given. Of these, <see cref="OlderThan"/> chooses the old ones, and
/// <see cref="MaxSize"/> in addition the least recently used until the whole cache is small enough.
/// </remarks>
public sealed record PruneSelection
{
    /// <summary>What was not used for at least this long; null: age does not matter.</summary>
    public TimeSpan? OlderThan { get; init; }

    /// <summary>How many bytes the whole cache may have; content that several entries name counts once. Null: any number.</summary>
    public long? MaxSize { get; init; }

    /// <summary>Keys, or how they begin.</summary>
    public IReadOnlyList<string> Keys { get; init; } = [];

    /// <summary>Which sources are meant; null: sources do not matter.</summary>
    public Func<string, bool>? Source { get; init; }

    /// <summary>True if nothing is to be chosen: only what crashes left behind is removed.</summary>
    public bool IsEmpty => OlderThan is null && MaxSize is null && Keys.Count == 0 && Source is null;

    /// <summary>Chooses entries, the least recently used first.</summary>
    /// <param name="items">Everything that is cached: also what is not meant counts for the size.</param>
    /// <param name="now">The time by which ages are told.</param>
    public PruneChoice Choose(IReadOnlyList<CachedItem> items, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(items);
        if (IsEmpty)
            return new PruneChoice([], []);
        List<CachedItem> meant = items.Where(IsMeant).ToList();
        var chosen = new HashSet<CachedItem>();
        if (OlderThan is { } age)
            chosen.UnionWith(meant.Where(item => AgeOf(item, now) >= age));
        else if (MaxSize is null)
            chosen.UnionWith(meant);
        if (MaxSize is { } most)
            AddUntilSmall(items, meant, chosen, most);
        List<CachedItem> ordered = chosen.OrderBy(item => item.LastUsedAt).ThenBy(item => item.Key, StringComparer.Ordinal).ToList();
        return new PruneChoice(ordered.FindAll(item => !item.IsInUse), ordered.FindAll(item => item.IsInUse));
    }

    /// <summary>How many bytes of content nobody would name any more, if these entries were removed.</summary>
    public static long BytesFreed(IReadOnlyList<CachedItem> items, IReadOnlyCollection<CachedItem> removed)
    {
        ArgumentNullException.ThrowIfNull(items);
        var gone = new HashSet<CachedItem>(removed);
        return SizeOf(items) - SizeOf(items.Where(item => !gone.Contains(item)));
    }

    /// <summary>How many bytes of content these entries name, each content counted once.</summary>
    public static long SizeOf(IEnumerable<CachedItem> items) => items
        .Where(item => item.Digest is not null)
        .GroupBy(item => item.Digest, StringComparer.Ordinal)
        .Sum(content => content.First().Size);

    private bool IsMeant(CachedItem item) => (Keys.Count == 0 && Source is null)
        || Keys.Any(key => key.Length > 0 && item.Key.StartsWith(key, StringComparison.OrdinalIgnoreCase))
        || (Source is not null && Source(item.Source));

    // The clock may have been set back since.
    private static TimeSpan AgeOf(CachedItem item, DateTimeOffset now) => item.LastUsedAt < now ? now - item.LastUsedAt : TimeSpan.Zero;

    /// <summary>
    /// Content goes with all its entries or not at all: to remove one of several entries frees nothing.
    /// </summary>
    private static void AddUntilSmall(
        IReadOnlyList<CachedItem> items, List<CachedItem> meant, HashSet<CachedItem> chosen, long most)
    {
        long size = SizeOf(items.Where(item => item.IsInUse || !chosen.Contains(item)));
        var isMeant = new HashSet<CachedItem>(meant);
        IEnumerable<List<CachedItem>> leastRecentlyUsedFirst = items
            .Where(item => item.Digest is not null)
            .GroupBy(item => item.Digest, StringComparer.Ordinal)
            .Select(content => content.ToList())
            .Where(content => content.TrueForAll(isMeant.Contains) && !content.TrueForAll(chosen.Contains))
            .OrderBy(content => content.Max(item => item.LastUsedAt))
            .ThenBy(content => content[0].Digest, StringComparer.Ordinal);
        foreach (List<CachedItem> content in leastRecentlyUsedFirst)
        {
            if (size <= most)
                return;
            // What is in use is chosen too, to be told of; but it stays, and the next one has to go in its place.
            chosen.UnionWith(content);
            if (!content.Exists(item => item.IsInUse))
                size -= content[0].Size;
        }
    }
}

/// <summary>What a prune is to remove, and what it would if nobody used it.</summary>
public sealed class PruneChoice
{
    internal PruneChoice(IReadOnlyList<CachedItem> candidates, IReadOnlyList<CachedItem> inUse)
    {
        Candidates = candidates;
        InUse = inUse;
    }

    /// <summary>To be removed in this order: the least recently used first.</summary>
    public IReadOnlyList<CachedItem> Candidates { get; }

    /// <summary>These were chosen as well, but living processes have been given them.</summary>
    public IReadOnlyList<CachedItem> InUse { get; }
}
