using System;
using ProcessDedup.Flight;
using ProcessDedup.Messages;
using ProcessDedup.Platform;
using ProcessDedup.Store;
using ProcessDedup.Substituters;

namespace ProcessDedup.Fetch;

/// <content>What is shared with other machines: the record through the coordinator, the content by its digest.</content>
internal abstract partial class ContentPlan<TStaged>
{
    private const string Inside = "content";

    public override bool IsAnswer(FleetFind found, MachineMoment asked) =>
        found.Entry is { } entry && IsWanted(entry)
        && (Freshness(entry, DateTimeOffset.UtcNow) is not null || found.Record.Committed.IsSince(asked));

    public override CachedContent? Take(FleetFind found, FlightLeader leader)
    {
        Request.Activity.Leads(leader);
        CacheEntry entry = Adopt(found.Entry!);
        LateMessage reason = Message.Late(Messages.Key.ReasonGotItForFleet, FetchResult.Shown(entry.Committer));
        MachineMoment at = found.Record.Committed;
        if (entry.Digest is null)
            return Commit(entry with { From = Context.Fleet!.Coordinator.Place }, leader, FetchStatus.Substituted, reason, at);
        // The lease first, then the look: see BlobLeases.
        TryLease(entry.Digest);
        if (entry.IsTree ? Store.Trees.Find(entry.Digest) is not null && Store.Trees.HasAttributes(entry) : Store.Blobs.Has(entry.Digest, entry.Size))
            return Commit(entry, leader, FetchStatus.Revalidated, Message.Late(Messages.Key.ReasonAndItsContentIsHere, reason), at);
        try
        {
            return Restore(found, entry, leader) is { } restored
                ? Commit(restored, leader, FetchStatus.Substituted, reason, at)
                : null;
        }
        catch (PlatformException e)
        {
            throw FetchFailures.FromPlatform(Display, e);
        }
        catch (Exception e) when (ManagedFailures.IsAboutFiles(e))
        {
            throw FetchFailures.FromIo(Display, Store.Layout.Staging, e);
        }
    }

    private CacheEntry? Restore(FleetFind found, CacheEntry entry, FlightLeader leader)
    {
        using StagingDirectory place = Store.NewStaging();
        string directory = place.File(Inside);
        FileSystem.CreatePrivateDirectory(directory);
        // The transfer may take long, and none of it comes from the coordinator.
        if (found.Record.ContentSize is null)
            Context.Fleet!.Coordinator.Records.Rest();
        if (Receive(found, directory, place, leader) is not { } received)
            return null;
        leader.Reached?.Invoke(StoreStep.Staged);
        if (entry.IsTree)
        {
            Store.Trees.Publish(directory, received.Manifest, Context.Owner, leader.Reached, entry.Times is not null);
        }
        else
        {
            if (!IsExpected(System.IO.Path.Combine(directory, ContentExchange.FileName), leader))
                return null;
            Store.Blobs.Publish(
                System.IO.Path.Combine(directory, ContentExchange.FileName), entry.Digest!, entry.Size, Context.Owner, leader.Reached);
        }

        string? times = entry.Times is null || !entry.IsTree ? null : received.Manifest.Times?.Digest;
        return Complete(entry with { From = received.From, Times = times, Attributes = entry.IsTree ? received.Manifest.Attributes?.Digest : null }, received);
    }

    /// <summary>Is a file that has the record's digest what this caller expects, by another hash perhaps?</summary>
    protected virtual bool IsExpected(string file, FlightLeader leader) => true;

    /// <summary>The entry of another machine as one of this plan.</summary>
    protected virtual CacheEntry Adopt(CacheEntry entry) => entry with { Key = Key, Source = Display };

    /// <summary>What is known better once the content is here.</summary>
    protected virtual CacheEntry Complete(CacheEntry entry, Substituted received) => entry;

    /// <summary>Fills the directory with the content of a record, verified; null: it cannot be had.</summary>
    protected virtual Substituted? Receive(FleetFind found, string directory, StagingDirectory place, FlightLeader leader) =>
        Context.Exchange?.TryGet(found.Entry!, Display, directory, place, leader);

    public override FleetShare? Share(CachedContent result, FlightLeader leader)
    {
        CacheEntry entry = result.Entry;
        if (entry.Digest is not null)
        {
            if (Context.Exchange is not { } exchange)
                return null;
            exchange.Put(entry, Display, leader);
        }

        // Whence this machine has it is its own business.
        return new FleetShare(entry with { From = null }, null);
    }
}
