using System;
using ProcessDedup.Flight;
using ProcessDedup.Messages;
using ProcessDedup.Platform;
using ProcessDedup.Store;

namespace ProcessDedup.Fetch;

/// <summary>A plan whose result is a record in the index, and the blob or tree that the record names.</summary>
internal abstract partial class ContentPlan<TStaged>(FetchContext context, string key, string display) : FlightPlan<TStaged, CachedContent>
    where TStaged : class, IDisposable
{
    public override string Key { get; } = key;

    public override string Display { get; } = display;

    protected FetchContext Context { get; } = context;

    protected CacheStore Store => Context.Store;

    protected FetchRequest Request => Context.Request;

    /// <summary>Why the entry is fresh for this reader, as a part of a sentence; null if it is not.</summary>
    protected abstract LateMessage? Freshness(CacheEntry entry, DateTimeOffset now);

    /// <summary>May this entry be an answer at all, however fresh it is?</summary>
    protected virtual bool IsWanted(CacheEntry entry) => true;

    public override CachedContent? LookUp(MachineMoment asked)
    {
        if (Store.Index.Find(Key) is not { } entry || !IsWanted(entry))
            return null;
        if (Freshness(entry, DateTimeOffset.UtcNow) is { } fresh)
            return Present(entry, FetchStatus.Hit, fresh);
        if (entry.Committed.IsSince(asked))
            return Present(entry, FetchStatus.Hit, Message.Late(Messages.Key.ReasonCameAfterThisRequestHadBegun));
        return Request.Offline ? Present(entry, FetchStatus.Stale, Message.Late(Messages.Key.ReasonNetworkMayNotBeAsked)) : null;
    }

    /// <summary>The content of an entry, leased to its user; null if it is not there any more.</summary>
    protected CachedContent? Present(CacheEntry entry, FetchStatus status, LateMessage reason)
    {
        if (entry.Digest is null)
        {
            if (status is FetchStatus.Hit or FetchStatus.Stale)
                Store.Index.Touch(entry);
            return new CachedContent(entry, string.Empty, status, reason);
        }

        // The lease first, then the look: see BlobLeases.
        TryLease(entry.Digest);
        string? path = entry.IsTree ? Store.Trees.Find(entry.Digest) : Store.Blobs.Find(entry.Digest, entry.Size, entry.FileName);
        if (path is null || !Store.Trees.HasAttributes(entry))
            return null;
        if (status is FetchStatus.Hit or FetchStatus.Stale)
            Store.Index.Touch(entry);
        return new CachedContent(entry, path, status, reason);
    }

    /// <summary>From here on no prune takes it, if it is there.</summary>
    protected void TryLease(string digest)
    {
        try
        {
            Store.Leases.Take(Context.Owner, digest);
        }
        catch (PlatformException)
        {
            // A full or read-only disk: what is there can be used all the same.
        }
    }

    /// <summary>Commits an entry and gives its content.</summary>
    protected CachedContent Commit(
        CacheEntry entry, FlightLeader leader, FetchStatus status, LateMessage reason, MachineMoment? at = null, bool isDurable = true)
    {
        CacheEntry committed = Store.Index.Commit(entry, at, isDurable);
        leader.Reached?.Invoke(StoreStep.Committed);
        return Present(committed, status, reason)
            ?? throw FetchFailures.Vanished(Display, Store.Layout.Directory);
    }

    /// <summary>"fetched 3 min ago, at most 1 h old was asked for".</summary>
    protected static LateMessage? YoungerThan(CacheEntry entry, TimeSpan most, DateTimeOffset now) => entry.IsYoungerThan(most, now)
        ? Message.Late(Messages.Key.ReasonSourceWasAskedAgoAndIs, Locks.Durations.Describe(entry.Age(now)!.Value), Locks.Durations.Describe(most))
        : null;
}
