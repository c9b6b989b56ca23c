using System;
using System.Threading;
using ProcessDedup.Flight;
using ProcessDedup.Locks;
using ProcessDedup.Messages;
using ProcessDedup.Platform;
using ProcessDedup.Retry;
using ProcessDedup.Store;
using ProcessDedup.Substituters;
using ProcessDedup.Telemetry;

namespace ProcessDedup.Fetch;

/// <summary>One fetch on its way: what is asked for, where it is kept, and who will use it.</summary>
internal sealed class FetchContext(CacheStore store, SingleFlight flight, FetchRequest request, TimeLimit limit, Followed activity)
{
    public CacheStore Store { get; } = store;

    public FetchRequest Request { get; } = request;

    /// <summary>Until when others are waited for; the work itself gets as long again if it begins after a wait.</summary>
    public Deadline Deadline { get; private set; } = Deadline.After(request.Timeout);

    /// <summary>The machines that share what this one gets; null: none.</summary>
    public Fleet? Fleet { get; } = request.Coordinator is { } coordinator && !request.Offline
        ? new Fleet(coordinator, request.Activity.Remark, () => limit.IsOver)
        : null;

    /// <summary>Where they exchange content; null: nowhere.</summary>
    public ContentExchange? Exchange => _exchange ??= NewExchange();

    private ContentExchange? _exchange;

    private ContentExchange? NewExchange() => Fleet is null || Request.PublishTo is not { } to
        ? null
        : new ContentExchange(
            Store, Request.Activity, new SubstituterSet(Request.Substituters, Store) { BelievesAbsence = false, AllowOutwardLinks = Request.AllowOutwardLinks },
            new ArtifactPublisher(Request.Substituters, Store), to, Request.SigningKey);

    public CancellationToken Cancellation { get; } = limit.Token;

    /// <summary>The process that uses the result.</summary>
    public ProcessIdentity Owner { get; } =
        request.IsForParent && ProcessTree.ParentOfThisProcess() is { } parent ? parent : ProcessIdentity.Current;

    /// <summary>A block or command of the caller's begins: it is not cut short, and what it made is not thrown away.</summary>
    public void LiftTimeLimit() => limit.Lift();

    /// <summary>Gets a part of the answer by the one protocol.</summary>
    public CachedContent Fly<TStaged>(FlightPlan<TStaged, CachedContent> plan)
        where TStaged : class, IDisposable
    {
        Cancellation.ThrowIfCancellationRequested();
        FlightResult<CachedContent> result = flight.Run(plan, Options(), Cancellation);
        CachedContent content = result.Result with { Waited = result.Waited, Worked = result.Worked, Ended = result.Ended };
        return result is { IsLeader: false } && result.Waited > TimeSpan.Zero && content.Status != FetchStatus.Stale
            ? content with
            {
                Status = FetchStatus.Waited,
                Reason = Message.Late(Key.ReasonGotItWhileThisProcessWaited, FetchResult.Shown(content.Entry.Committer)),
            }
            : content;
    }

    /// <summary>
    /// Something that flights share, for this one alone. Always taken after a flight's lock and never before, so that no
    /// circle can arise. Null where locks do not lock: it only spares work, as every lock here.
    /// </summary>
    public LockLease? Guard(string name, string why) => flight.Guard(name, why, Options(), Cancellation);

    /// <summary>The same for what need not be awaited: null also if the lock cannot be had within this time, or at all.</summary>
    public LockLease? TryGuard(string name, string why, TimeSpan patience)
    {
        TimeSpan timeout = Deadline.IsNever || Deadline.Remaining > patience ? patience : Longer(Deadline.Remaining);
        try
        {
            return flight.Guard(
                name, why, Options() with { Timeout = timeout, NoWait = false, StallTimeout = TimeSpan.Zero, ProceedOnTimeout = true, Proceeding = null }, Cancellation);
        }
        catch (LockException)
        {
            return null;
        }
    }

    /// <summary>Writes an answer into the journal.</summary>
    public void Note(CachedContent content)
    {
        CacheEntry entry = content.Entry;
        string status = content.Status.Name();
        CacheMeasures.Answered(activity, content, Request.Activity.Transferred);
        Store.Events.Add(new CacheEvent(
            content.Ended, entry.Key, status, entry.Size, Request.Activity.Transferred, content.Waited, content.Worked,
            CacheStatistics.IsSpared(status) ? entry.Work : TimeSpan.Zero, ProcessIdentity.CurrentProcessId())
        {
            Source = entry.Source,
            Kind = entry.Kind,
            Leader = content.Status == FetchStatus.Waited ? entry.Committer.ProcessId : null,
        });
    }

    /// <summary>Runs a request within its time.</summary>
    /// <exception cref="FetchException"><see cref="FetchError.FetchTimedOut"/>: the time was up.</exception>
    public static T Within<T>(
        CacheStore store, SingleFlight flight, FetchRequest request, Func<FetchContext, T> get, CancellationToken cancellation)
    {
        using var limit = new TimeLimit(request.Timeout, cancellation);
        using Followed activity = CacheMeasures.Begin(request.Address);
        try
        {
            return get(new FetchContext(store, flight, request, limit, activity));
        }
        catch (OperationCanceledException) when (limit.IsOver)
        {
            FetchException late = FetchFailures.TimedOut(FetchFailures.Public(request.Address), request.Timeout);
            CacheMeasures.Failed(activity, late);
            throw late;
        }
        catch (Exception e)
        {
            CacheMeasures.Failed(activity, e);
            throw;
        }
    }

    private FlightOptions Options() => new()
    {
        Timeout = Deadline.IsNever ? TimeSpan.Zero : Longer(Deadline.Remaining),
        Asked = Request.Asked,
        NoWait = Request.NoWait,
        ProceedOnTimeout = Request.ProceedOnTimeout,
        StallTimeout = Request.StallTimeout,
        Stalled = Request.Activity.Stalls,
        AllowNetworkFileSystem = Request.AllowNetworkFileSystem,
        Flow = Request.Flow,
        Waiting = (target, hasArrived) =>
        {
            PauseLimit(target is not null);
            Request.Activity.Waits(target, hasArrived);
        },
        Fleet = Fleet,
        WaitingInFleet = wait =>
        {
            PauseLimit(wait is not null);
            Request.Activity.WaitsInFleet(wait);
        },
        // The wait has used up the time; the work needs some too.
        Proceeding = () =>
        {
            Deadline = Deadline.After(Request.Timeout);
            limit.Restart();
        },
    };

    private void PauseLimit(bool isWaiting)
    {
        if (isWaiting)
            limit.Pause();
        else
            limit.Resume(Deadline.Remaining);
    }

    // Zero would wait for ever.
    private static TimeSpan Longer(TimeSpan time) => time > TimeSpan.Zero ? time : TimeSpan.FromTicks(1);
}
