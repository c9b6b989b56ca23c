using System;
using System.Collections.Generic;
using System.IO;
using ProcessDedup.Locks;
using ProcessDedup.Platform;

namespace ProcessDedup.Store;

/// <summary>What became of something that was to be pruned.</summary>
public enum PruneOutcome
{
    /// <summary>It is gone.</summary>
    Removed,

    /// <summary>A living process has been given it.</summary>
    InUse,

    /// <summary>It was renewed while this prune was on its way.</summary>
    Renewed,
}

/// <summary>
/// Removes entries, and content that no entry names. Readers and leaders go on meanwhile: whatever they meet, they have
/// the content, or see that it is gone and get it anew (nix #3334). Only one prune runs at a time.
/// </summary>
public sealed class CachePrune : IDisposable
{
    private const string LockName = "fetch-prune";

    // A leader publishes content before it commits the record that names it; it also holds a lease then, but its
    // machine's clock or container may hide it from here.
    private static readonly TimeSpan OrphanAge = TimeSpan.FromHours(1);

    private readonly CacheStore _store;
    private readonly LockLease _lease;

    // How many entries name which content. Whoever commits a new entry meanwhile holds a lease on its content.
    private readonly Dictionary<string, int> _named = new(StringComparer.Ordinal);

    /// <exception cref="LockTimeoutException">Another prune is running.</exception>
    internal CachePrune(CacheStore store)
    {
        _store = store;
        _lease = FileLock.Acquire(new LockRequest(LockTarget.FromName(store.Locks, LockName)) { NoWait = true, Reason = "pruning the cache" });
        foreach (KeyValuePair<CacheEntry, DateTimeOffset> entry in store.Index.ReadAll())
        {
            if (entry.Key.Digest is { } digest)
                _named[digest] = (_named.TryGetValue(digest, out int n) ? n : 0) + 1;
        }
    }

    /// <summary>Removes an entry, and its content if no other entry names it.</summary>
    /// <param name="item">As <see cref="Fetch.FetchCache.List"/> gave it.</param>
    public PruneOutcome Remove(CachedItem item)
    {
        if (item is null)
            throw new ArgumentNullException(nameof(item));
        CacheEntry entry = item.Entry;
        if (_store.Index.Find(entry.Key) is { } now && now.Committed != entry.Committed)
            return PruneOutcome.Renewed;
        if (entry.Digest is { } digest)
        {
            bool isLast = Names(digest) <= 1;
            if (isLast ? !RemoveContent(digest, entry.IsTree) : _store.Leases.ReadAll().Contains(digest))
                return PruneOutcome.InUse;
            _named[digest] = Names(digest) - 1;
        }

        // After the content: a record whose content is gone is a miss, and whoever renews it writes a new one.
        if (_store.Index.Find(entry.Key) is { } still && still.Committed != entry.Committed)
            return PruneOutcome.Renewed;
        _store.Index.Remove(entry.Key);
        return PruneOutcome.Removed;
    }

    private long RemoveOrphans()
    {
        long freed = 0;
        foreach (string folder in new[] { _store.Layout.Blobs, _store.Layout.Trees })
        {
            foreach (string path in Content(folder))
            {
                string digest = Path.GetFileName(path);
                if (Names(digest) > 0 || IsYoung(path))
                    continue;
                bool isTree = folder == _store.Layout.Trees;
                long size = isTree ? 0 : _store.Blobs.SizeOf(digest) ?? 0;
                if (RemoveContent(digest, isTree))
                    freed += size;
            }
        }

        return freed;
    }

    private static IEnumerable<string> Content(string folder)
    {
        foreach (string shelf in Directory.Exists(folder) ? Directory.GetDirectories(folder) : [])
        {
            foreach (string path in Directory.GetFileSystemEntries(shelf))
            {
                string name = Path.GetFileName(path);
                if (name.Length == 64 && ContentHash.IsHex(name))
                    yield return path;
            }
        }
    }

    private static bool IsYoung(string path) =>
        !FileSystem.TryGetFacts(path, out FileFacts facts)
        || DateTimeOffset.UtcNow.ToUnixTimeSeconds() - facts.ModifiedUnixSeconds < OrphanAge.TotalSeconds;

    private int Names(string digest) => _named.TryGetValue(digest, out int n) ? n : 0;

    /// <summary>False if a living process uses it.</summary>
    private bool RemoveContent(string digest, bool isTree)
    {
        using IDisposable mark = _store.Leases.BeginPrune(digest);
        if (_store.Leases.ReadAll().Contains(digest))
            return false;
        if (!TryTrash(isTree ? _store.Layout.TreeDirectory(digest) : _store.Layout.BlobFile(digest)))
            return false;
        TryTrash(isTree ? _store.Layout.ManifestFile(digest) : _store.Layout.NamesOf(digest));
        return true;
    }

    /// <summary>Gone in one step, as far as others can see.</summary>
    private bool TryTrash(string path)
    {
        string trash = Path.Combine(_store.Layout.Trash, OwnedName.New());
        try
        {
            if (FileSystem.TryGetFacts(path, out _))
                Publishing.RenameOnly(path, trash);
        }
        catch (PlatformException)
        {
            // Windows does not move what is open.
            return false;
        }

        TreeRemoval.TryDelete(trash);
        return true;
    }

    /// <summary>
    /// Removes what crashes and time leave behind: content without a record, abandoned downloads, old quarantine,
    /// leases of dead processes. Says how many bytes of content that were.
    /// </summary>
    public long Sweep()
    {
        long freed = RemoveOrphans();
        new CacheSweep(_store.Layout).Run(_store);
        return freed;
    }

    /// <summary>The next prune may begin.</summary>
    public void Dispose() => _lease.Dispose();
}
