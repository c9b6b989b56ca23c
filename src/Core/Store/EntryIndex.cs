using System;
using System.Collections.Generic;
using System.IO;
using ProcessDedup.Platform;

namespace ProcessDedup.Store;

/// <summary>
/// What is cached: a small file a key. Writing it, by a rename, is the one step that makes content visible to others.
/// </summary>
internal sealed class EntryIndex(StoreLayout layout)
{
    // Far more than a record takes; a larger file is not ours.
    private const int LongestRecord = 64 * 1024;

    // The time of last use is kept as the file's time, this roughly: a prune goes by hours and days.
    private static readonly TimeSpan UseGranularity = TimeSpan.FromMinutes(1);

    /// <summary>What is known for a key; null if nothing, or nothing that can be understood.</summary>
    public CacheEntry? Find(string key) => Read(layout.EntryFile(key), key);

    private static CacheEntry? Read(string file, string key) =>
        FileSystem.TryReadSmall(file, LongestRecord) is { } content && CacheEntryJson.TryParse(content) is { } entry && entry.Key == key
            ? entry
            : null;

    /// <summary>Commits: from here on everybody finds the entry, also after a power failure.</summary>
    /// <param name="entry">What is known.</param>
    /// <param name="at">When the answer was complete, if that was elsewhere and before.</param>
    /// <param name="isDurable">False: a power failure may take it, so that the source is asked once more.</param>
    /// <returns>The entry as it was written.</returns>
    /// <exception cref="PlatformException">The old state remains.</exception>
    public CacheEntry Commit(CacheEntry entry, MachineMoment? at = null, bool isDurable = true)
    {
        entry = entry with { Committed = at ?? MachineMoment.Now, Committer = CacheEntry.ThisProcess };
        string file = layout.EntryFile(entry.Key);
        FileSystem.CreatePrivateDirectory(Path.GetDirectoryName(file)!);
        FileSystem.WriteAtomically(file, CacheEntryJson.Write(entry), FileSystem.PrivateFile, isDurable);
        return entry;
    }

    /// <summary>Commits where there is no record yet; one that is there, or comes at the same moment, stays. Needs no lock.</summary>
    /// <exception cref="PlatformException">The old state remains.</exception>
    public void CommitNew(CacheEntry entry)
    {
        string file = layout.EntryFile(entry.Key);
        string mine = Path.Combine(layout.Staging, OwnedName.New() + ".json");
        try
        {
            FileSystem.CreatePrivateDirectory(Path.GetDirectoryName(file)!);
            entry = entry with { Committed = MachineMoment.Now, Committer = CacheEntry.ThisProcess };
            FileSystem.WriteAtomically(mine, CacheEntryJson.Write(entry), FileSystem.PrivateFile, isDurable: true);
            Publishing.TryLink(mine, file);
        }
        finally
        {
            FileSystem.TryDelete(mine);
        }
    }

    /// <summary>Notes that an entry was used just now.</summary>
    public void Touch(CacheEntry entry)
    {
        string file = layout.EntryFile(entry.Key);
        DateTime now = DateTime.UtcNow;
        if (FileSystem.TryGetFacts(file, out FileFacts facts)
            && Math.Abs(new DateTimeOffset(now).ToUnixTimeSeconds() - facts.ModifiedUnixSeconds) < UseGranularity.TotalSeconds)
        {
            return;
        }

        try
        {
            File.SetLastWriteTimeUtc(file, now);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Pruned in between, or read-only: it only informs the next prune.
        }
    }

    /// <summary>Every entry, with the time of its last use.</summary>
    public IEnumerable<KeyValuePair<CacheEntry, DateTimeOffset>> ReadAll()
    {
        if (!Directory.Exists(layout.Index))
            yield break;
        foreach (string file in Directory.EnumerateFiles(layout.Index, "*.json", SearchOption.AllDirectories))
        {
            DateTimeOffset used = File.GetLastWriteTimeUtc(file);
            if (Read(file, Path.GetFileNameWithoutExtension(file)) is { } entry)
                yield return new KeyValuePair<CacheEntry, DateTimeOffset>(entry, used);
        }
    }

    /// <summary>Forgets an entry; its content is then nobody's, until a prune removes it.</summary>
    public bool Remove(string key) => FileSystem.TryDelete(layout.EntryFile(key));
}
