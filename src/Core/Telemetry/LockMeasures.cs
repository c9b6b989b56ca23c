using System;
using System.Collections.Generic;
using System.Diagnostics;
using ProcessDedup.Locks;

namespace ProcessDedup.Telemetry;

/// <summary>What is measured of locks. Each costs a comparison where nobody listens.</summary>
internal static class LockMeasures
{
    private static bool AreRequestsHeard =>
        Instruments.LockRequests.Enabled || Instruments.LockWait.Enabled || Followed.AreHeard;

    private static bool AreHoldsHeard => Instruments.LockHold.Enabled || Followed.AreHeard;

    /// <summary>A request has got what it wanted.</summary>
    public static void Granted(LockAttempt attempt)
    {
        if (AreRequestsHeard)
            Ended(attempt, "granted");
    }

    /// <summary>A request that does not wait has found the lock held.</summary>
    public static void Busy(LockAttempt attempt)
    {
        if (AreRequestsHeard)
            Ended(attempt, "busy");
    }

    /// <summary>A request has failed.</summary>
    public static void Failed(LockAttempt attempt, Exception failure)
    {
        if (AreRequestsHeard)
            Ended(attempt, Outcome(failure));
    }

    private static void Ended(LockAttempt attempt, string result)
    {
        LockTarget target = attempt.Request.Targets[0];
        var mode = new KeyValuePair<string, object?>("procdedup.lock.mode", Name(attempt.Request.Mode));
        var kind = new KeyValuePair<string, object?>("procdedup.lock.kind", Kind(target));
        var outcome = new KeyValuePair<string, object?>("procdedup.lock.outcome", result);
        Instruments.LockRequests.Add(1, mode, kind, outcome);
        // A fleet is always asked, which takes its time.
        TimeSpan waited = attempt.Request.Coordinator is null ? attempt.Waited : Since(attempt.BeganAt);
        if (waited <= TimeSpan.Zero)
            return;
        Instruments.LockWait.Record(waited, mode, kind, outcome);
        Followed.Past("procdedup.lock.wait", waited, mode, kind, outcome, NameOf(target));
    }

    /// <summary>A lock is released.</summary>
    public static void Released(LockLease lease)
    {
        if (!AreHoldsHeard)
            return;
        var mode = new KeyValuePair<string, object?>("procdedup.lock.mode", Name(lease.Mode));
        var kind = new KeyValuePair<string, object?>("procdedup.lock.kind", Kind(lease.Target));
        TimeSpan held = lease.HeldFor;
        Instruments.LockHold.Record(held, mode, kind);
        Followed.Past("procdedup.lock.hold", held, mode, kind, NameOf(lease.Target));
    }

    /// <summary>A lock is lost.</summary>
    public static void Lost(LockLease lease)
    {
        if (Instruments.LocksLost.Enabled)
        {
            Instruments.LocksLost.Add(
                1,
                new KeyValuePair<string, object?>("procdedup.lock.mode", Name(lease.Mode)),
                new KeyValuePair<string, object?>("procdedup.lock.kind", Kind(lease.Target)));
        }
    }

    private static KeyValuePair<string, object?> NameOf(LockTarget target) => new("procdedup.lock.name", target.Display);

    private static string Outcome(Exception failure) => failure switch
    {
        OperationCanceledException => "cancelled",
        LockException { Error: LockError.LockTimeout } => "timeout",
        LockException { Error: LockError.LockBusy } => "busy",
        LockException { Error: LockError.LockReentered or LockError.LockCycle } => "deadlock",
        _ => "error",
    };

    private static TimeSpan Since(long timestamp) =>
        TimeSpan.FromSeconds((Stopwatch.GetTimestamp() - timestamp) / (double)Stopwatch.Frequency);

    private static string Kind(LockTarget target) => target.IsForOwnUse ? "internal" : target.IsNamed ? "named" : "file";

    private static string Name(LockMode mode) => mode switch
    {
        LockMode.Exclusive => "exclusive",
        LockMode.Shared => "shared",
        _ => "slot",
    };
}
