using System;
using System.Diagnostics;
using ProcessDedup.Flight;
using ProcessDedup.Messages;
using ProcessDedup.Platform;
using ProcessDedup.Store;

namespace ProcessDedup.Fetch.Revisions;

/// <summary>
/// Which commit a branch or tag means. The answer is kept for <see cref="FetchRequest.MaxAge"/>; for an hour if that is
/// not given, as with Nix's tarball-ttl.
/// </summary>
internal abstract class RevisionPlan(FetchContext context, string key, string display, string scope)
    : ContentPlan<FoundRevision>(context, key, display)
{
    private const string Kind = "ref";

    private static readonly TimeSpan UsualAge = TimeSpan.FromHours(1);

    private readonly Stopwatch _clock = new();

    // What one user may not see, another one may.
    public override string FailureScope => scope;

    private TimeSpan MostAge => Request.MaxAge ?? UsualAge;

    /// <summary>The answer that there is, fresh or not; null if there is none.</summary>
    protected CacheEntry? Prior => Store.Index.Find(Key) is { Revision: not null } entry ? entry : null;

    /// <summary>Asks the origin.</summary>
    protected abstract FoundRevision Ask(FlightLeader leader);

    protected override bool IsWanted(CacheEntry entry) => entry.Revision is not null;

    // It becomes a part of addresses.
    public override bool IsAnswer(FleetFind found, MachineMoment asked) =>
        found.Entry is { Revision: { } commit, Digest: null } && CommitHash.IsHash(commit) && base.IsAnswer(found, asked);

    protected override LateMessage? Freshness(CacheEntry entry, DateTimeOffset now) => YoungerThan(entry, MostAge, now);

    public override FoundRevision Produce(FlightLeader leader)
    {
        if (Request.Offline)
            throw FetchFailures.Offline(Display);
        _clock.Restart();
        Request.Activity.Leads(leader);
        Request.Activity.Does(Message.Of(Messages.Key.ReasonAskingWhichCommitItIs));
        FoundRevision found = Ask(leader);
        leader.Reached?.Invoke(StoreStep.Staged);
        return found;
    }

    public override CachedContent Publish(FoundRevision staged, FlightLeader leader)
    {
        bool isSame = Prior?.Revision == staged.Commit;
        CacheEntry entry = CacheEntry.New(Key, Kind, Display) with
        {
            Revision = staged.Commit,
            ValidatedAt = staged.AskedAt,
            Work = _clock.Elapsed,
            Http = staged.Http,
        };
        return isSame
            ? Commit(entry, leader, FetchStatus.Revalidated, Message.Late(Messages.Key.ReasonOriginSaysThatItStillIs))
            : Commit(entry, leader, FetchStatus.Downloaded, Message.Late(Messages.Key.ReasonOriginSaysThatItIsAnother));
    }

    /// <summary>As with RFC 5861: the last answer when the origin cannot be asked, if the caller takes that.</summary>
    public override CachedContent? FallBack(FetchException failure)
    {
        bool isFailureOfTheOrigin = failure.Error is FetchError.FetchConnectionFailed or FetchError.FetchStalled
            or FetchError.FetchTruncated or FetchError.FetchRateLimited
            || (failure.Error == FetchError.FetchHttpStatus && failure.StatusCode >= 500);
        return isFailureOfTheOrigin && Request.StaleIfError is { } more && Prior is { } prior
            && prior.IsYoungerThan(MostAge + more, DateTimeOffset.UtcNow)
            ? Present(prior, FetchStatus.Stale, Message.Late(Messages.Key.ReasonOriginCouldNotBeAsked, failure.Cause))
            : null;
    }
}
