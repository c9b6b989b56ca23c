using System;
using System.Diagnostics;
using System.Threading;
using ProcessDedup.Platform;

namespace ProcessDedup.Locks;

/// <summary>How one request asks the kernel for one lock, once its process has its turn.</summary>
/// <remarks>
/// <para>Fast: try the gate if there is one, try the lock, leave the gate. Slow: queue at the gate, and only whoever
/// is through it waits for the lock itself. A releaser that comes back at once therefore finds the gate taken by the
/// one who waited. Plain flock(2) wakes that one too late: 8 processes that hold for 1 ms of work each in a loop got
/// shares with a Jain index of 0.33 without a gate and 0.998 with one; and with overlapping shared holders an
/// exclusive request would never be granted.</para>
/// <para>After the grant the path is looked up again: a file that was cleared or replaced while we waited would give
/// us a lock that nobody else sees.</para>
/// </remarks>
internal static class KernelAcquisition
{
    // Longer than another's try takes, even where its code is being compiled; whoever is at the gate for longer waits there.
    private const int GateYields = 20;
    private const int GatePauses = 10;

    // At the first use of slots one process writes down how many there are, and on a busy machine may have to wait for a
    // processor in the midst of it. From then on nobody has to wait for the gate.
    private static readonly TimeSpan FirstUsePatience = TimeSpan.FromSeconds(1);

    internal enum Result
    {
        Granted,
        Refused,
        Replaced,
    }

    public static Result Take(LocalLock place, LockAttempt attempt, out SlotGrant? slot)
    {
        LockOpening opening = LockAttempt.Opening(place.Target);
        place.Open(opening);
        LockMode mode = attempt.Request.Mode;
        // Slots are written down and searched under the gate, so they need one from the start.
        if (mode == LockMode.Slot)
            place.OpenGate(opening);

        Result result = TryFast(place, attempt, opening, out slot);
        if (result != Result.Refused || attempt.Request.NoWait)
            return result;
        place.Blocking();
        return TakeSlow(place, attempt, opening, out slot);
    }

    private static Result TryFast(LocalLock place, LockAttempt attempt, LockOpening opening, out SlotGrant? slot)
    {
        slot = null;
        KernelLock kind = Kind(attempt.Request.Mode);
        // Shared requests that do not wait pass the gate together, else they would find each other "busy".
        KernelLock gateKind = attempt.Request.Mode == LockMode.Shared ? KernelLock.Shared : KernelLock.Exclusive;
        LockHandle? gate = attempt.Request.Mode == LockMode.Slot ? place.Gate : place.GateToPass(opening, attempt.Now);
        if (!TryPass(ref gate, gateKind, attempt.Request, place.Target.Files))
            return Result.Refused;
        try
        {
            if (kind == KernelLock.Exclusive || !place.TryJoin())
            {
                if (!place.Main.TryLock(kind))
                    return Result.Refused;
                place.Granted(kind);
            }

            return Settle(place, attempt, opening, null, out slot);
        }
        finally
        {
            gate?.Unlock();
        }
    }

    /// <summary>
    /// The gate may be taken for no more than the moment that another one needs to try its luck. Who only tries once
    /// must not call that "busy" while there is room for it, beside other shared holders or in a free slot.
    /// </summary>
    private static bool TryPass(ref LockHandle? gate, KernelLock kind, LockRequest request, LockFiles files)
    {
        if (gate is null || gate.TryLock(kind))
            return true;
        if (!request.NoWait || request.Mode == LockMode.Exclusive)
            return false;
        const int tries = GateYields + GatePauses;
        var clock = Stopwatch.StartNew();
        for (int i = 1; i <= tries || (request.Mode == LockMode.Slot && clock.Elapsed < FirstUsePatience); i++)
        {
            if (request.Mode == LockMode.Slot && SlotFiles.TryReadCount(files) is not null)
            {
                // Nothing is left to be written down; the slots themselves tell whether one is free.
                gate = null;
                return true;
            }

            Thread.Sleep(i <= GateYields ? 0 : 1);
            if (gate.TryLock(kind))
                return true;
            if (request.Mode == LockMode.Slot && i % tries == 0 && MayBeWaitedFor(files))
                return false;
        }

        return false;
    }

    // Then whoever is at the gate waits for who holds the lock, and not for a processor.
    private static bool MayBeWaitedFor(LockFiles files)
    {
        if (!ProcLocks.IsAvailable)
            return true;
        foreach (ProcLockLine line in new KernelLockTable().Of(files.Lock.Text))
        {
            if (line.IsWaiter)
                return true;
        }

        return false;
    }

    private static Result TakeSlow(LocalLock place, LockAttempt attempt, LockOpening opening, out SlotGrant? slot)
    {
        slot = null;
        StoppableWait signal = attempt.Wait(place.Target).Signal;
        if (!TakeGate(place, opening, signal))
            return Result.Refused;
        try
        {
            KernelLock kind = Kind(attempt.Request.Mode);
            if (kind == KernelLock.Exclusive || !place.TryJoin())
            {
                if (!place.Main.Lock(kind, signal))
                    return Result.Refused;
                place.Granted(kind);
            }

            return Settle(place, attempt, opening, signal, out slot);
        }
        finally
        {
            place.Gate?.Unlock();
        }
    }

    private static bool TakeGate(LocalLock place, LockOpening opening, StoppableWait signal)
    {
        while (place.OpenGate(opening))
        {
            if (!place.Gate!.Lock(KernelLock.Exclusive, signal))
                return false;
            if (place.Gate.IsCurrent())
                return true;
            place.Gate.Unlock();
            place.CloseGate();
        }

        return true;
    }

    /// <summary>The lock file is granted; is it still the right one, and is there a slot?</summary>
    private static Result Settle(
        LocalLock place, LockAttempt attempt, LockOpening opening, StoppableWait? signal, out SlotGrant? slot)
    {
        slot = null;
        bool isKept = false;
        try
        {
            if (!place.Main.IsCurrent())
                return Result.Replaced;
            if (attempt.Request.Mode == LockMode.Slot)
            {
                LockTarget target = place.Target;
                int slots = attempt.Request.Slots;
                SlotFiles.EnsureCount(target, slots);
                slot = SlotFiles.TryTake(target, slots, opening);
                while (slot is null && signal is { IsStopped: false })
                    slot = SlotFiles.TakeAny(target, slots, opening, signal);
                if (slot is null)
                    return Result.Refused;
            }

            isKept = true;
            return Result.Granted;
        }
        finally
        {
            if (!isKept)
                place.Drop();
        }
    }

    private static KernelLock Kind(LockMode mode) =>
        mode == LockMode.Exclusive ? KernelLock.Exclusive : KernelLock.Shared;
}
