using System;
using System.Collections.Generic;
using System.IO;
using ProcessDedup.Locks;
using ProcessDedup.Messages;
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
    private const string LockName = OwnLocks.Prune;

    // A leader publishes content before it commits the record that names it; it also holds a lease then, but its
    // machine's clock or container may hide it from here.
    private static readonly TimeSpan OrphanAge = TimeSpan.FromHours(1);

    private readonly CacheStore _store;
    private readonly LockLease _lease;

    /// <summary>Where tests reach in.</summary>
    internal Action<PruneStep>? Reached { get; set; }

    // How many entries name which content. Whoever commits a new entry meanwhile holds a lease on its content.
    private readonly Dictionary<string, int> _named = new(StringComparer.Ordinal);
    private readonly HashSet<string> _namedTimes = new(StringComparer.Ordinal);

    /// <exception cref="LockTimeoutException">Another prune is running.</exception>
    internal CachePrune(CacheStore store)
    {
        _store = store;
        _lease = FileLock.Acquire(new LockRequest(LockTarget.ForOwnUse(store.Locks, LockName, LockName))
        {
            NoWait = true,
            Reason = Message.Of(Key.ReasonPruningCache)
        });
        foreach (KeyValuePair<CacheEntry, DateTimeOffset> entry in store.Index.ReadAll())
        {
            if (entry.Key.Times is { } times)
                _namedTimes.Add(times);
            if (entry.Key.Attributes is { } attributes)
                _namedTimes.Add(attributes);
            if (entry.Key.Digest is { } digest)
                _named[digest] = (_named.TryGetValue(digest, out int n) ? n : 0) + 1;
        }
    }

    /// <summary>Removes an entry, and its content if no other entry names it.</summary>
    /// <param name="item">As <see cref="Fetch.FetchCache.List"/> gave it.</param>
    public PruneOutcome Remove(CachedItem item)
    {
        ArgumentNullException.ThrowIfNull(item);
        CacheEntry entry = item.Entry;
        if (entry.Digest is null)
            return RemoveRecord(entry);
        if (!_store.Leases.TryCondemn(entry.Digest))
            return Forget(entry);
        List<string> trash = [];
        try
        {
            Reached?.Invoke(PruneStep.Condemned);
            if (IsRenewed(entry))
                return PruneOutcome.Renewed;
            bool isLast = !_named.TryGetValue(entry.Digest, out int n) || n <= 1;
            // The content first: a record without content is a miss, and a reader that comes in time keeps both.
            if (isLast)
            {
                if (MoveAway(entry.Digest, entry.IsTree) is not { } moved)
                    return Forget(entry);
                trash = moved;
            }

            _named[entry.Digest] = n - 1;
            return RemoveRecord(entry);
        }
        finally
        {
            _store.Leases.Pardon(entry.Digest);
            // Nobody waits for that.
            trash.ForEach(t => TreeRemoval.TryDelete(t));
        }
    }

    // Somebody uses the content. A path that was handed out must stay known, or it is fetched a second time beside it; a result of
    // work that is done once is objects and lines, which their readers have already, and removing it means that the work is to be done again.
    private PruneOutcome Forget(CacheEntry entry) => entry.IsOnce ? RemoveRecord(entry) : PruneOutcome.InUse;

    private bool IsRenewed(CacheEntry entry) => _store.Index.Find(entry.Key) is { } now && now.Committed != entry.Committed;

    private PruneOutcome RemoveRecord(CacheEntry entry)
    {
        if (IsRenewed(entry))
            return PruneOutcome.Renewed;
        _store.Index.Remove(entry.Key);
        return PruneOutcome.Removed;
    }

    private long RemoveOrphans()
    {
        HashSet<string> used = _store.Leases.ReadAll();
        long freed = 0;
        foreach (string folder in new[] { _store.Layout.Blobs, _store.Layout.Names, _store.Layout.Trees })
        {
            foreach (string path in Content(folder))
            {
                string digest = Path.GetFileName(path);
                if (IsNamed(digest) || used.Contains(digest) || IsYoung(path))
                    continue;
                bool isTree = folder == _store.Layout.Trees;
                long size = isTree ? 0 : _store.Blobs.SizeOf(digest) ?? 0;
                if (RemoveOrphan(digest, isTree))
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

    private bool RemoveOrphan(string digest, bool isTree)
    {
        if (!_store.Leases.TryCondemn(digest))
            return false;
        List<string>? trash = null;
        try
        {
            Reached?.Invoke(PruneStep.Condemned);
            return (trash = MoveAway(digest, isTree)) is not null;
        }
        finally
        {
            _store.Leases.Pardon(digest);
            trash?.ForEach(t => TreeRemoval.TryDelete(t));
        }
    }

    /// <summary>
    /// Away with all its names, then a last look whether somebody uses it: a mark may not have been written (a full
    /// disk), or not been waited for. Says where it is then; null if it stays.
    /// </summary>
    private List<string>? MoveAway(string digest, bool isTree)
    {
        StoreLayout layout = _store.Layout;
        string[] names = isTree
            ? [layout.TreeDirectory(digest), layout.ManifestFile(digest), layout.TimesOf(digest), layout.VerifiedFile(digest)]
            : [layout.BlobFile(digest), layout.NamesOf(digest)];
        var moved = new List<KeyValuePair<string, string>>();
        bool isMovable = true;
        foreach (string name in names)
        {
            string trash = Path.Combine(layout.Trash, OwnedName.New());
            try
            {
                if (!FileSystem.TryGetFacts(name, out _))
                    continue;
                Publishing.RenameOnly(name, trash);
                moved.Add(new KeyValuePair<string, string>(name, trash));
            }
            catch (PlatformException)
            {
                // Windows does not move what is open.
                isMovable = false;
                break;
            }
        }

        Reached?.Invoke(PruneStep.MovedAway);
        if (isMovable && !_store.Leases.ReadAll().Contains(digest))
            return moved.ConvertAll(m => m.Value);
        // The manifest before its tree: a tree that can be seen is complete.
        moved.Reverse();
        moved.ForEach(m => Restore(m.Value, m.Key));
        return null;
    }

    private static void Restore(string trash, string content)
    {
        try
        {
            Publishing.RenameOnly(trash, content);
        }
        catch (PlatformException)
        {
            // Somebody has made it anew: theirs is as good.
            TreeRemoval.TryDelete(trash);
        }
    }

    /// <summary>
    /// Removes what crashes and time leave behind: content without a record, abandoned downloads, old quarantine,
    /// leases of dead processes. Says how many bytes of content that were.
    /// </summary>
    public long Sweep()
    {
        long freed = RemoveOrphans();
        new CacheSweep(_store.Layout).Run(_store, _namedTimes);
        return freed;
    }

    /// <summary>The next prune may begin.</summary>
    public void Dispose() => _lease.Dispose();
}
