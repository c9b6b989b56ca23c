using System;
using System.Diagnostics;
using System.Threading;
using ProcessDedup.Fetch;
using ProcessDedup.Locks;
using ProcessDedup.Platform;
using ProcessDedup.Store;

namespace ProcessDedup.Flight;

/// <summary>
/// The one protocol by which many processes get one thing: look up → lock → look up again → produce → verify → publish
/// → release.
/// </summary>
/// <remarks>
/// It is correct without the lock, which only saves work: whatever is produced becomes visible whole and in one step,
/// and two that produce the same do not disturb each other (the principle of Nix, Hugging Face and Go).
/// </remarks>
internal sealed partial class SingleFlight(CacheStore store, FlightHooks hooks)
{
    private const string LockPrefix = OwnLocks.Flight;

    // The lock of those whose leader has stalled: one of them does the work, not all.
    private const string SecondSuffix = OwnLocks.Second;

    private readonly SharedFailures _failures = new(store.Layout);

    /// <summary>Gets what the plan describes.</summary>
    /// <exception cref="FetchException">It cannot be had; also if it failed for the leader that was waited for.</exception>
    /// <exception cref="LockException">The lock cannot be taken, or not in time.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public FlightResult<TResult> Run<TStaged, TResult>(
        FlightPlan<TStaged, TResult> plan, FlightOptions options, CancellationToken cancellation)
        where TStaged : class, IDisposable
        where TResult : class
    {
        MachineMoment asked = options.Asked ?? MachineMoment.Now;
        if (plan.LookUp(asked) is { } hit)
            return new FlightResult<TResult>(hit, false, TimeSpan.Zero, TimeSpan.Zero);
        hooks.Reached?.Invoke(StoreStep.LookedUp);

        var queued = Stopwatch.StartNew();
        LockTarget first = LockOf(plan.Key, plan.Display);
        using var arrival = new ArrivalProbe<TResult>(() => plan.LookForArrival(asked));
        using LockLease? lease = hooks.WithoutLocks ? null
            : TakeLock(first, LockOf(plan.Key + SecondSuffix, plan.Display), arrival, options, cancellation, plan.LookUpMeanwhile);
        arrival.Dispose();
        if (arrival.Found is { } arrived)
            return new FlightResult<TResult>(arrived, false, queued.Elapsed, TimeSpan.Zero);
        // Two locks may have been waited for, or one without a grant.
        TimeSpan waited = hooks.WithoutLocks ? TimeSpan.Zero
            : lease is not null && ReferenceEquals(lease.Target, first) ? lease.Waited
            : queued.Elapsed;
        hooks.Reached?.Invoke(StoreStep.Locked);

        if (plan.LookUp(asked) is { } made)
            return new FlightResult<TResult>(made, false, waited, TimeSpan.Zero);
        if (waited > TimeSpan.Zero && _failures.Find(plan.Key, plan.FailureScope, asked) is { } failure)
        {
            return new FlightResult<TResult>(plan.FallBack(failure) ?? throw failure, false, waited, TimeSpan.Zero);
        }

        var leader = new FlightLeader(lease, hooks.Reached, cancellation);
        if (options.Fleet is { } fleet && plan.FleetKey is not null)
            return LeadInFleet(plan, fleet, leader, options, asked, waited, queued);

        hooks.Reached?.Invoke(StoreStep.LookedUpAgain);
        var clock = Stopwatch.StartNew();
        TResult result = Lead(plan, leader, null, null);
        return new FlightResult<TResult>(result, true, waited, clock.Elapsed);
    }

    private TResult Lead<TStaged, TResult>(
        FlightPlan<TStaged, TResult> plan, FlightLeader leader, Action<TResult>? share, Action<FetchException>? tell)
        where TStaged : class, IDisposable
        where TResult : class
    {
        try
        {
            using TStaged staged = plan.Produce(leader);
            hooks.Reached?.Invoke(StoreStep.Verified);
            TResult result = plan.Publish(staged, leader);
            _failures.Forget(plan.Key);
            share?.Invoke(result);
            return result;
        }
        catch (FetchException e)
        {
            if (e.IsShared)
            {
                _failures.Tell(plan.Key, plan.FailureScope, e);
                tell?.Invoke(e);
            }

            if (plan.FallBack(e) is { } older)
                return older;
            throw;
        }
        catch (PlatformException e)
        {
            throw FetchFailures.FromPlatform(plan.Display, e);
        }
    }

    /// <summary>The lock of a key.</summary>
    private LockTarget LockOf(string key, string display) => LockTarget.ForOwnUse(store.Locks, LockPrefix + key, display);

    /// <summary>A lock of what several flights use; null where locks never lock, or as the options say.</summary>
    public LockLease? Guard(string name, string why, FlightOptions options, CancellationToken cancellation) =>
        hooks.WithoutLocks ? null : TakeLock<object>(LockTarget.ForOwnUse(store.Locks, name, why), null, null, options, cancellation);

    /// <summary>Null: the result arrived first, or the lock was not granted in time and the caller prefers to do the work twice.</summary>
    /// <param name="target">The lock.</param>
    /// <param name="second">What is taken instead if the holder makes no progress; null: nothing is.</param>
    /// <param name="arrival">Ends the wait when the result is there; null: nothing arrives.</param>
    /// <param name="options">How to wait.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <param name="meanwhile">What may be used instead of a wait; null: nothing.</param>
    private static LockLease? TakeLock<TResult>(
        LockTarget target, LockTarget? second, ArrivalProbe<TResult>? arrival, FlightOptions options, CancellationToken cancellation,
        Func<TResult?>? meanwhile = null)
        where TResult : class
    {
        var request = new LockRequest(target)
        {
            Timeout = options.Timeout,
            NoWait = options.NoWait,
            Reason = target.Display,
            Flow = options.Flow,
            AllowNetworkFileSystem = options.AllowNetworkFileSystem,
            // A leader that died is nothing to be told of: what it left is resumed or removed.
            LeaveCrashRecord = false,
        };
        if (FileLock.TryAcquireAll(request, cancellation) is { } free)
            return free[0];
        if (meanwhile is not null && arrival?.TakeMeanwhile(meanwhile) == true)
            return null;
        var refused = Stopwatch.StartNew();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, arrival?.Arrived ?? CancellationToken.None);
        arrival?.Begin();
        options.Waiting?.Invoke(target, arrival is null ? null : arrival.IsOver);
        try
        {
            LockLease? lease = options.StallTimeout > TimeSpan.Zero
                ? AcquireUnlessStalled(target, second, arrival, request, options, either.Token)
                : FileLock.Acquire(request, either.Token);
            // Granted before it came to a wait: there was a leader all the same, whose failure is this one's too.
            if (lease is not null && lease.Waited == TimeSpan.Zero)
                lease.Waited = refused.Elapsed;
            return lease;
        }
        catch (OperationCanceledException) when (arrival?.Found is not null && !cancellation.IsCancellationRequested)
        {
            return null;
        }
        catch (LockTimeoutException) when (arrival?.Found is not null)
        {
            return null;
        }
        catch (LockTimeoutException) when (options.ProceedOnTimeout)
        {
            options.Proceeding?.Invoke();
            return null;
        }
        finally
        {
            options.Waiting?.Invoke(null, null);
        }
    }

    private static LockLease? AcquireUnlessStalled<TResult>(
        LockTarget target, LockTarget? second, ArrivalProbe<TResult>? arrival, LockRequest request, FlightOptions options,
        CancellationToken cancellation)
        where TResult : class
    {
        using var watch = new StallWatch(target, options.StallTimeout);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, watch.Stalled);
        try
        {
            return FileLock.Acquire(request, either.Token);
        }
        catch (OperationCanceledException) when (watch.Stalled.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            options.Stalled?.Invoke(watch.Holder);
            options.Proceeding?.Invoke();
        }

        return second is null ? null : TakeLock(second, null, arrival, options, cancellation);
    }
}
