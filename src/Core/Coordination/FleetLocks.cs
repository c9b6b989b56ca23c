using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Threading;
using ProcessDedup.Locks;
using ProcessDedup.Messages;

namespace ProcessDedup.Coordination;

/// <summary>
/// Joins the locks that this machine has granted with those of the fleet. As only one process of a machine comes so far (as
/// many as there are slots, or shared holders), a machine needs one connection for a lock, however many of its processes wait.
/// </summary>
internal static class FleetLocks
{
    /// <summary>Files are of one machine.</summary>
    /// <exception cref="CoordinatorException"><see cref="CoordinatorError.CoordinatorNeedsName"/></exception>
    public static void Check(LockRequest request)
    {
        if (request.Coordinator is not null && request.Targets.FirstOrDefault(t => !t.IsNamed) is { } file)
            throw CoordinatorFailures.NeedsName(file.Display);
    }

    /// <summary>
    /// Takes in the fleet what is held here. If that is not granted or fails, nothing is held here either.
    /// </summary>
    /// <returns>Null if it is not granted.</returns>
    public static IReadOnlyList<LockLease>? Join(LockAttempt attempt, IReadOnlyList<LockLease> leases)
    {
        LockRequest request = attempt.Request;
        if (request.Coordinator is not { } coordinator)
            return leases;
        long began = Stopwatch.GetTimestamp();
        FleetHold? hold = null;
        try
        {
            TimeSpan? left = request.Timeout == TimeSpan.Zero ? null : Longer(request.Timeout - attempt.Waited);
            foreach (LockLease lease in leases)
                lease.Progress = Message.Of(Key.ReasonWaitingForFleet);
            hold = coordinator.Take(
                new FleetRequest([.. leases.Select(l => l.Target.Display)], request.Mode, request.Slots, left, request.NoWait, request.Reason)
                {
                    IsNamed = request.Targets.All(t => !t.IsForOwnUse),
                },
                attempt.Cancellation);
        }
        finally
        {
            if (hold is null)
            {
                for (int i = leases.Count - 1; i >= 0; i--)
                    leases[i].Dispose();
            }
        }

        if (hold is null)
            return null;
        TimeSpan waited = Since(began);
        for (int i = 0; i < leases.Count; i++)
        {
            leases[i].Progress = null;
            leases[i].Join(coordinator, hold, hold.Grants[i]);
            leases[i].Waited += waited;
        }

        return leases;
    }

    /// <summary>Why the fleet did not grant it.</summary>
    public static LockException Refusal(LockAttempt attempt)
    {
        LockRequest request = attempt.Request;
        LockStatus? found = null;
        string name = request.Targets[0].Display;
        // The time of the request is over: all of its locks together are looked at for as long as one.
        using var look = new CancellationTokenSource(Coordinator.LongestLook);
        foreach (LockTarget target in request.Targets)
        {
            if (request.Coordinator!.TryLook(target.Display, look.Token) is { Holders.Count: > 0 } status)
            {
                (found, name) = (status, target.Display);
                break;
            }
        }

        return request.NoWait ? LockFailures.Busy(name, found) : LockFailures.TimedOut(name, Since(attempt.BeganAt), found);
    }

    private static TimeSpan Since(long timestamp) =>
        TimeSpan.FromSeconds((Stopwatch.GetTimestamp() - timestamp) / (double)Stopwatch.Frequency);

    // Zero would be for ever.
    private static TimeSpan Longer(TimeSpan left) => left > TimeSpan.FromMilliseconds(1) ? left : TimeSpan.FromMilliseconds(1);
}
