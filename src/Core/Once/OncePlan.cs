using System;
using ProcessDedup.Fetch;
using ProcessDedup.Flight;
using ProcessDedup.Locks;
using ProcessDedup.Messages;
using ProcessDedup.Store;
using ProcessDedup.Substituters;

namespace ProcessDedup.Once;

/// <summary>
/// Work that one process does for all who ask at the same time, and for those who ask later if it went well. A failure
/// is a result as well, but only for those who were waiting for it.
/// </summary>
internal sealed class OncePlan(FetchContext context, string form, string name, Func<string, LockLease?, bool> work)
    : TreePlan(context, CacheEntry.OnceKind, ContentHash.HexOf("once\n" + form + "\n" + name), FetchFailures.PublicName(name))
{
    private const string Failed = "failed";

    private bool _wentWell;

    public static bool WentWell(CacheEntry entry) => entry.Stamp != Failed;

    // On whatever system: it is the deed that is to be done once.
    public override string? FleetKey => Context.Fleet is null ? null : Key;

    protected override bool KeepsTimes => false;

    protected override LateMessage Why => Message.Late(Messages.Key.ReasonNobodyHadDoneItYetOr);

    protected override LateMessage? Freshness(CacheEntry entry, DateTimeOffset now) => !WentWell(entry) ? null
        : Request.MaxAge is { } most ? YoungerThan(entry, most, now)
        : Message.Late(Messages.Key.ReasonDoneBefore);

    protected override void Fill(string directory, StagingDirectory place, FlightLeader leader)
    {
        Context.LiftTimeLimit();
        Request.Activity.Does("runs");
        _wentWell = work(directory, leader.Lease);
    }

    protected override Substituted? Receive(FleetFind found, string directory, StagingDirectory place, FlightLeader leader)
    {
        Fleet fleet = Context.Fleet!;
        if (fleet.Coordinator.Records.ReadContent(Key, found.Record.Fence, leader.Cancellation) is not { } pack)
            return null;
        try
        {
            return OncePack.Unpack(pack, found.Entry!, directory, place, fleet.Coordinator.Place, leader.Cancellation);
        }
        catch (SubstituterFault fault)
        {
            Request.Activity.Remark(Message.Of(Messages.Key.NoticeWhatCoordinatorHasOfIsRefused, fleet.Coordinator.Place, Display, fault.Message));
            return null;
        }
    }

    public override FleetShare? Share(CachedContent result, FlightLeader leader) => new(
        result.Entry with { From = null },
        OncePack.Pack(Store, result.Entry, Display, leader.Cancellation));

    protected override CacheEntry Describe(CacheEntry entry) => entry with { FileName = Display, Stamp = _wentWell ? null : Failed };
}
