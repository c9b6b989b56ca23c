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
        if (entry.Digest is not null && _store.Leases.ReadAll().Contains(entry.Digest))
            return PruneOutcome.InUse;
        if (_store.Index.Find(entry.Key) is { } now && now.Committed != entry.Committed)
            return PruneOutcome.Renewed;
        _store.Index.Remove(entry.Key);
        if (entry.Digest is null)
            return PruneOutcome.Removed;
        int others = (_named.TryGetValue(entry.Digest, out int n) ? n : 0) - 1;
        _named[entry.Digest] = others;
        if (others > 0)
            return PruneOutcome.Removed;
        return RemoveContent(entry.Digest, entry.IsTree) ? PruneOutcome.Removed : PruneOutcome.InUse;
    }

    private long RemoveOrphans()
    {
        HashSet<string> used = _store.Leases.ReadAll();
        long freed = 0;
        foreach (string folder in new[] { _store.Layout.Blobs, _store.Layout.Trees })
        {
            foreach (string path in Content(folder))
            {
                string digest = Path.GetFileName(path);
                if (IsNamed(digest) || used.Contains(digest) || IsYoung(path))
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

    private bool IsNamed(string digest) => _named.TryGetValue(digest, out int n) && n > 0;

    /// <summary>Away with it first, then a look whether somebody uses it: see BlobLeases.</summary>
    private bool RemoveContent(string digest, bool isTree)
    {
        string content = isTree ? _store.Layout.TreeDirectory(digest) : _store.Layout.BlobFile(digest);
        string trash = Path.Combine(_store.Layout.Trash, OwnedName.New());
        try
        {
            if (FileSystem.TryGetFacts(content, out _))
                Publishing.RenameOnly(content, trash);
        }
        catch (PlatformException)
        {
            // Windows does not move what is open.
            return false;
        }

        if (_store.Leases.ReadAll().Contains(digest))
        {
            Restore(trash, content);
            return false;
        }

        TreeRemoval.TryDelete(trash);
        if (isTree)
            FileSystem.TryDelete(_store.Layout.ManifestFile(digest));
        else
            RemoveNames(digest);
        return true;
    }

    private static void Restore(string trash, string content)
    {
        try
        {
            if (FileSystem.TryGetFacts(trash, out _))
                Publishing.RenameOnly(trash, content);
        }
        catch (PlatformException)
        {
            // Somebody has made it anew: theirs is as good.
            TreeRemoval.TryDelete(trash);
        }
    }

    /// <summary>The other names of a blob, each on its own: a user may be making one right now.</summary>
    private void RemoveNames(string digest)
    {
        string names = _store.Layout.NamesOf(digest);
        string trash = Path.Combine(_store.Layout.Trash, OwnedName.New());
        try
        {
            if (Directory.Exists(names))
                Publishing.RenameOnly(names, trash);
        }
        catch (PlatformException)
        {
            return;
        }

        if (_store.Leases.ReadAll().Contains(digest))
            Restore(trash, names);
        else
            TreeRemoval.TryDelete(trash);
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
