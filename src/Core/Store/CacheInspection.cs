using System;
using System.Collections.Generic;

namespace ProcessDedup.Store;

/// <summary>Looks at the cache without changing anything.</summary>
internal sealed class CacheInspection(CacheStore store)
{
    /// <summary>Everything that is cached, the last used first.</summary>
    public IReadOnlyList<CachedItem> List()
    {
        var hits = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (CacheEvent happened in store.Events.Read(DateTimeOffset.MinValue))
        {
            if (CacheStatistics.IsSpared(happened.Status))
                hits[happened.Key] = (hits.TryGetValue(happened.Key, out long n) ? n : 0) + 1;
        }

        HashSet<string> used = store.Leases.ReadAll();
        var items = new List<CachedItem>();
        foreach (KeyValuePair<CacheEntry, DateTimeOffset> found in store.Index.ReadAll())
            items.Add(Describe(found.Key, found.Value, hits, used));
        items.Sort((a, b) => b.LastUsedAt != a.LastUsedAt ? b.LastUsedAt.CompareTo(a.LastUsedAt) : string.CompareOrdinal(a.Key, b.Key));
        return items;
    }

    private CachedItem Describe(CacheEntry entry, DateTimeOffset lastUsed, Dictionary<string, long> hits, HashSet<string> used) => new()
    {
        Key = entry.Key,
        Kind = entry.Kind,
        Source = entry.Source,
        Path = entry.Digest is null ? null
            : entry.IsTree ? store.Trees.Peek(entry.Digest)
            : store.Blobs.Peek(entry.Digest, entry.Size, entry.FileName),
        IsDirectory = entry.IsTree,
        Digest = entry.Digest is null ? null : ContentHash.Sha256 + ":" + entry.Digest,
        Size = entry.Size,
        Revision = entry.Revision,
        FetchedAt = entry.FetchedAt,
        ValidatedAt = entry.ValidatedAt,
        LastUsedAt = lastUsed,
        Hits = hits.TryGetValue(entry.Key, out long n) ? n : 0,
        Maker = entry.Maker,
        WorkSec = entry.Work.TotalSeconds,
        IsInUse = entry.Digest is not null && !entry.IsOnce && used.Contains(entry.Digest),
        Entry = entry,
    };
}
