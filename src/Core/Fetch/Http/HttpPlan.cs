using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using ProcessDedup.Fetch.Files;
using ProcessDedup.Flight;
using ProcessDedup.Messages;
using ProcessDedup.Platform;
using ProcessDedup.Store;

namespace ProcessDedup.Fetch.Http;

/// <summary>A file by HTTP, from the first of several addresses that has it.</summary>
internal sealed class HttpPlan(FetchContext context, string key, IReadOnlyList<HttpSource> sources, string failureScope)
    : ContentPlan<StagedDownload>(context, key, sources[0].Display)
{
    private readonly Stopwatch _clock = new();

    public override string FailureScope { get; } = failureScope;

    /// <summary>
    /// What everybody gets: by its hash, from wherever it came, or by its address. A mirror is this caller's choice, and must not
    /// speak for the address to others.
    /// </summary>
    public override string? FleetKey => Context.Exchange is null || !sources.All(s => s.IsAnonymous) ? null
        : Request.Expected is { } expected ? ContentHash.HexOf("hash\n" + expected)
        : sources.Count == 1 ? Key
        : null;

    protected override CacheEntry Adopt(CacheEntry entry) => Request.Expected is null
        // It becomes a file's name.
        ? base.Adopt(entry) with { FileName = DownloadName.Safe(entry.FileName) ?? DownloadName.From(null, sources[0].Uri) }
        // Its validators are those of another address, perhaps.
        : base.Adopt(entry) with { Http = null, FileName = DownloadName.From(null, sources[0].Uri) };

    protected override bool IsExpected(string file, FlightLeader leader) =>
        Request.Expected is not { Algorithm: not ContentHash.Sha256 } expected
        || Expectation.IsMet(expected, FileHashing.Of(file, Expectation.Algorithms(expected), leader.Cancellation));

    public override FleetShare? Share(CachedContent result, FlightLeader leader)
    {
        // Somebody on the way was shown a login; or the origin wants it in no cache that several users share (RFC 9111 §3).
        var control = new CacheControl(result.Entry.Http?.CacheControl);
        return sources.All(s => s.IsAnonymous) && !control.NoStore && !control.Private ? base.Share(result, leader) : null;
    }

    protected override bool IsWanted(CacheEntry entry) => Request.Expected is { } expected
        ? entry.IsKnownToBe(expected)
        // What another caller's mirror gave is no answer of this address.
        : entry.Http?.Mirror is not { } mirror || sources.Skip(1).Any(s => MirrorOf(s) == mirror);

    private string? MirrorOf(HttpSource source) => source == sources[0] ? null : ContentHash.HexOf(source.Uri.AbsoluteUri);

    protected override LateMessage? Freshness(CacheEntry entry, DateTimeOffset now)
    {
        if (Request.Expected is not null)
            return Message.Late(Messages.Key.ReasonHasExpectedHash);
        if (entry.Http is null || !new Freshness(entry.Http, entry.ValidatedAt, now).IsFresh(Request.MaxAge))
            return null;
        return Request.MaxAge is { } most
            ? YoungerThan(entry, most, now)
            : Message.Late(Messages.Key.ReasonOriginSaidThatItWouldStay);
    }

    public override CachedContent? LookUp(MachineMoment asked) => base.LookUp(asked) ?? LookUpByDigest();

    // Content that no record names would be read to its end each time.
    public override CachedContent? LookForArrival(MachineMoment asked) => base.LookUp(asked);

    public override CachedContent? LookUpMeanwhile() => PriorWhileRevalidated() is { } prior
        ? Present(prior, FetchStatus.Stale, Message.Late(Messages.Key.ReasonStaleWhileRevalidate))
        : null;

    // The reader's own measure counts, not the origin's.
    private CacheEntry? PriorWhileRevalidated() =>
        Request is { MaxAge: null, Expected: null, Offline: false } && PriorWithContent() is { } prior && IsWanted(prior)
        && new Freshness(prior.Http!, prior.ValidatedAt, DateTimeOffset.UtcNow).MayServeWhileRevalidated
            ? prior
            : null;

    /// <summary>The expected content itself, from wherever it came.</summary>
    private CachedContent? LookUpByDigest()
    {
        if (Request.Expected is not { Algorithm: ContentHash.Sha256 } expected || Store.Blobs.SizeOfSound(expected.Hex) is not { } size)
            return null;
        CacheEntry entry = CacheEntry.New(Key, "http", Display) with
        {
            Digest = expected.Hex,
            Size = size,
            FileName = DownloadName.From(null, sources[0].Uri),
        };
        try
        {
            // It was read to the end to see that it is what its name says: not again for the next caller. Without the key's lock, so
            // a record that another process has made meanwhile stays.
            Store.Index.CommitNew(entry);
        }
        catch (PlatformException)
        {
            // A full or read-only disk: what is there can be used all the same.
        }

        return Present(entry, FetchStatus.Hit, Message.Late(Messages.Key.ReasonCacheHasContentWithThatHash));
    }

    public override StagedDownload Produce(FlightLeader leader)
    {
        if (Request.Offline)
            throw FetchFailures.Offline(Display);
        _clock.Restart();
        Request.Activity.Leads(leader);
        CacheEntry? prior = PriorWithContent();
        var failures = new List<FetchException>();
        for (int i = 0; i < sources.Count; i++)
        {
            try
            {
                // Other addresses have other validators.
                return Ask(sources[i], i == 0 && Request.Expected is null ? prior : null, leader);
            }
            catch (FetchException e) when (sources.Count > 1 && (e.IsShared || e.Error == FetchError.FetchRateLimited))
            {
                failures.Add(e);
            }
        }

        throw FetchFailures.AllMirrorsFailed(Display, failures);
    }

    private CacheEntry? PriorWithContent()
    {
        if (Store.Index.Find(Key) is not { Digest: { } digest, Http: not null } entry)
            return null;
        // The origin may take its time to say that it has not changed; a prune must not take it meanwhile.
        TryLease(digest);
        return Store.Blobs.Has(digest, entry.Size) ? entry : null;
    }

    private StagedDownload Ask(HttpSource source, CacheEntry? prior, FlightLeader leader)
    {
        var limits = new HttpLimits
        {
            InactivityTimeout = Request.InactivityTimeout,
            MaxBytes = Request.MaxBytes,
            MaxAttempts = Request.MaxAttempts,
            Deadline = Context.Deadline,
            OnCooldown = Request.IgnoreCooldown ? CooldownAction.Ignore : CooldownAction.Wait,
        };
        IReadOnlyCollection<string> algorithms = Expectation.Algorithms(Request.Expected);
        PartialDownload part = new PartialDownloads(Store.Layout.Directory).Claim(Key);
        try
        {
            HttpAnswer answer = HttpDownload.Run(source, limits, prior?.Http, algorithms, part, Request.Activity, leader.Cancellation);
            if (answer.IsNotModified)
            {
                part.Dispose();
                return new StagedDownload(
                    answer, prior! with { Http = answer.Metadata with { Mirror = MirrorOf(source) }, ValidatedAt = answer.ReceivedAt }, null);
            }

            // Perhaps it was what an earlier attempt had left that is wrong.
            if (!Expectation.IsMet(Request.Expected, answer.Hashes.Values) && answer.Resumed > 0)
            {
                part.Discard();
                answer = HttpDownload.Run(source, limits, null, algorithms, part, Request.Activity, leader.Cancellation);
            }

            leader.Reached?.Invoke(StoreStep.Staged);
            return Expectation.IsMet(Request.Expected, answer.Hashes.Values)
                ? new StagedDownload(answer with { Metadata = answer.Metadata with { Mirror = MirrorOf(source) } }, null, part)
                : throw Expectation.Violated(
                    Store.Layout, source.Display, Request.Expected!.Value, answer.Hashes.Values, part.DataPath, answer.Metadata.ContentType, source.Secrets);
        }
        catch
        {
            part.Dispose();
            throw;
        }
    }

    public override CachedContent Publish(StagedDownload staged, FlightLeader leader)
    {
        if (staged.Unchanged is { } unchanged)
            // Two fsyncs would cost more than the request: a power failure takes the freshness, and the origin is asked once more.
            return Commit(unchanged, leader, FetchStatus.Revalidated, Message.Late(Messages.Key.ReasonOriginSaysThatItHasNot), isDurable: false);
        HttpAnswer answer = staged.Answer;
        ContentHash sha256 = answer.Hashes[ContentHash.Sha256];
        Store.Blobs.Publish(staged.Part!.DataPath, sha256.Hex, answer.Length, Context.Owner, leader.Reached);
        staged.Part.Take();
        CacheEntry entry = CacheEntry.New(Key, "http", Display) with
        {
            Digest = sha256.Hex,
            Size = answer.Length,
            FileName = answer.Metadata.FileName,
            Integrity = Request.Expected is { Algorithm: not ContentHash.Sha256 } other ? other.ToString() : null,
            ValidatedAt = answer.ReceivedAt,
            Work = _clock.Elapsed,
            Http = answer.Metadata,
        };
        return answer.Resumed > 0
            ? Commit(entry, leader, FetchStatus.Resumed, Message.Late(Messages.Key.ReasonEarlierAttemptHadLeftPartOf))
            : Commit(entry, leader, FetchStatus.Downloaded, Message.Late(Messages.Key.ReasonNotInCacheOrNotFresh));
    }

    /// <summary>RFC 5861: what is there, when the origin cannot be asked; never when it has answered that there is nothing.</summary>
    public override CachedContent? FallBack(FetchException failure)
    {
        bool isFailureOfTheOrigin = failure.Error is FetchError.FetchConnectionFailed or FetchError.FetchStalled
            or FetchError.FetchTruncated or FetchError.FetchRateLimited
            || (failure.Error == FetchError.FetchHttpStatus && failure.StatusCode >= 500);
        if (!isFailureOfTheOrigin || PriorWithContent() is not { } prior || !IsWanted(prior))
            return null;
        return PriorWhileRevalidated() is not null || new Freshness(prior.Http!, prior.ValidatedAt, DateTimeOffset.UtcNow).MayServeStale(Request.StaleIfError)
            ? Present(prior, FetchStatus.Stale, Message.Late(Messages.Key.ReasonOriginCouldNotBeAsked, failure.Cause))
            : null;
    }
}
