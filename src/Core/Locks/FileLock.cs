using System;
using System.Collections.Generic;
using System.Threading;
using ProcessDedup.Coordination;
using ProcessDedup.Messages;
using ProcessDedup.Platform;
using ProcessDedup.Telemetry;

namespace ProcessDedup.Locks;

/// <summary>
/// Locks that processes share, owned by the kernel: when the holder dies, however it dies, the lock is free.
/// </summary>
/// <remarks>
/// <para><b>Guaranteed</b>, on local file systems: never two exclusive holders, never more holders than slots,
/// whatever is killed when; waits block in the kernel and cost no CPU; an exclusive request is not starved by shared
/// ones; threads and processes are served roughly in the order they came.</para>
/// <para><b>Not guaranteed</b>: that a program which does not ask for the lock stays away (flock(2) is advisory);
/// anything on network file systems, where these locks are refused unless allowed; exclusion of somebody who deletes
/// lock files by hand (<see cref="LockLease.GetLostToken"/> tells of it).</para>
/// <para><b>Not reentrant</b>: taking a lock again in the same flow, or in a child process of the holder, fails.</para>
/// </remarks>
public static class FileLock
{
    /// <summary>Takes every lock of the request, or none.</summary>
    /// <param name="request">What is wanted.</param>
    /// <param name="cancellation">Ends the wait within milliseconds.</param>
    /// <returns>The leases, in the order of <see cref="LockRequest.Targets"/>.</returns>
    /// <exception cref="LockTimeoutException">Not granted in time, or not free and nobody wanted to wait.</exception>
    /// <exception cref="LockException">It cannot be taken at all.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    public static IReadOnlyList<LockLease> AcquireAll(LockRequest request, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        FleetLocks.Check(request);
        using var attempt = new LockAttempt(request, cancellation);
        try
        {
            LockLease[] leases = TakeAll(attempt, out LockTarget? refused) ?? throw Refusal(refused!, attempt);
            IReadOnlyList<LockLease> held = FleetLocks.Join(attempt, leases) ?? throw FleetLocks.Refusal(attempt);
            LockMeasures.Granted(attempt);
            return held;
        }
        catch (Exception e)
        {
            LockMeasures.Failed(attempt, e);
            throw;
        }
    }

    /// <summary>
    /// Takes every lock of the request without waiting; null if one of them is held. Cheaper than an error: nobody
    /// looks up who holds it.
    /// </summary>
    /// <exception cref="LockException">It cannot be taken at all.</exception>
    public static IReadOnlyList<LockLease>? TryAcquireAll(LockRequest request, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        FleetLocks.Check(request);
        using var attempt = new LockAttempt(request.NoWait ? request : request with { NoWait = true }, cancellation);
        try
        {
            IReadOnlyList<LockLease>? held = TakeAll(attempt, out _) is { } leases ? FleetLocks.Join(attempt, leases) : null;
            if (held is null)
                LockMeasures.Busy(attempt);
            else
                LockMeasures.Granted(attempt);
            return held;
        }
        catch (Exception e)
        {
            LockMeasures.Failed(attempt, e);
            throw;
        }
    }

    private static LockLease[]? TakeAll(LockAttempt attempt, out LockTarget? refused)
    {
        IReadOnlyList<LockTarget> targets = attempt.Request.Targets;
        var leases = new LockLease[targets.Count];
        int taken = 0;
        refused = null;
        try
        {
            while (taken < leases.Length && Take(targets[taken], attempt) is { } lease)
                leases[taken++] = lease;
        }
        catch
        {
            Release(leases, taken);
            throw;
        }

        if (taken == leases.Length)
            return leases;
        refused = targets[taken];
        Release(leases, taken);
        return null;
    }

    private static void Release(LockLease[] leases, int taken)
    {
        while (taken-- > 0)
            leases[taken].Dispose();
    }

    /// <summary>Takes the one lock of the request; see <see cref="AcquireAll"/>.</summary>
    public static LockLease Acquire(LockRequest request, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Targets.Count != 1)
            throw new ArgumentException(Message.Of(Key.MisuseSeveralLocks), nameof(request));
        FleetLocks.Check(request);
        using var attempt = new LockAttempt(request, cancellation);
        try
        {
            LockLease lease = Take(request.Targets[0], attempt) ?? throw Refusal(request.Targets[0], attempt);
            if (request.Coordinator is not null)
                lease = (FleetLocks.Join(attempt, [lease]) ?? throw FleetLocks.Refusal(attempt))[0];
            LockMeasures.Granted(attempt);
            return lease;
        }
        catch (Exception e)
        {
            LockMeasures.Failed(attempt, e);
            throw;
        }
    }

    /// <summary>Takes one lock; null if it is held and the request does not wait, or its wait was ended.</summary>
    private static LockLease? Take(LockTarget target, LockAttempt attempt)
    {
        if (attempt.Request.Mode == LockMode.Slot && attempt.Request.Slots is < 1 or > SlotFiles.Most)
            throw LockFailures.SlotsInvalid(target.Display, attempt.Request.Slots);
        attempt.Cancellation.ThrowIfCancellationRequested();
        try
        {
            for (; ; )
            {
                LocalLock place = target.Local;
                if (!place.TakeTurn(attempt))
                    return null;
                switch (TakeInTurn(place, target, attempt, out LockLease? lease))
                {
                    case KernelAcquisition.Result.Granted:
                        return lease;
                    case KernelAcquisition.Result.Refused:
                        return null;
                }
            }
        }
        catch (PlatformException e)
        {
            throw LockFailures.FromPlatform(target.Display, e);
        }
    }

    /// <summary>Asks the kernel. Ends the turn in any case.</summary>
    private static KernelAcquisition.Result TakeInTurn(
        LocalLock place, LockTarget target, LockAttempt attempt, out LockLease? lease)
    {
        lease = null;
        try
        {
            if (place.IsRetired)
                return KernelAcquisition.Result.Replaced;
            // Once for as long as the file stays open: a lock that is taken again and again must not look for more.
            if (!place.IsOpen && target is { IsNamed: true, IsForOwnUse: false, Root: { } root })
                NameRegistry.Demand(root, target.Display);
            place.CheckDirectory(attempt.Request.AllowNetworkFileSystem);
            KernelAcquisition.Result result = KernelAcquisition.Take(place, attempt, out SlotGrant? slot);
            if (result == KernelAcquisition.Result.Granted)
                lease = new LockLease(place, target, attempt.Request.Mode, attempt.Request, slot, attempt.Now) { Waited = attempt.Waited };
            else if (result == KernelAcquisition.Result.Replaced)
                place.Retire();
            return result;
        }
        finally
        {
            if (lease is null)
                place.EndTurn();
            else
                Begin(place, lease, attempt.Request);
        }
    }

    private static void Begin(LocalLock place, LockLease lease, LockRequest request)
    {
        place.EndTurn(lease);
        HeldLocks.Push(lease);
        if (!request.LeaveCrashRecord)
            lease.Found(CrashedHolders.Take(lease));
        LeaseKeeper.Add(lease);
    }

    private static Exception Refusal(LockTarget target, LockAttempt attempt) =>
        attempt.Begun is { } wait
            ? wait.Failure(target, attempt.Waited)
            : LockFailures.Busy(target.Display, LockInspector.TryInspect(target));
}
