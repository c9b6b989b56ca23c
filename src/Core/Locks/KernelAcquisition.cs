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
        {
            place.CloseStaleGate();
            place.OpenGate(opening);
        }

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
        {
            place.GateWasTaken();
            if (!attempt.Request.NoWait || !IsHeldUpByNobody(place, kind))
                return Result.Refused;
            gate = null;
        }

        try
        {
            if (kind == KernelLock.Exclusive || !place.TryJoin())
            {
                if (!place.Main.TryLock(kind))
                    return Result.Refused;
                place.Granted(kind);
            }

            if (gate is not null)
                place.GateWasFree(attempt.Now);
            return Settle(place, attempt, opening, out slot);
        }
        finally
        {
            gate?.Unlock();
        }
    }

    /// <summary>
    /// Is the lock to be had, and is whoever has the gate none of those who come first? It is stopped, or cannot be seen, and
    /// then that the lock is free tells that nobody who runs waits for it.
    /// </summary>
    private static bool IsHeldUpByNobody(LocalLock place, KernelLock kind)
    {
        if (place.Gate is not { } gate)
            return false;
        if (place.TryJoin())
        {
            place.Drop();
        }
        else
        {
            if (!place.Main.TryLock(kind))
                return false;
            place.Main.Unlock();
        }

        GateQueue queue = GateQueue.Read(place.Target, gate.Identity);
        return queue.Keepers.Count == 0 ? kind == KernelLock.Exclusive : queue.FindPaused() is not null;
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
        place.GateWasTaken();
        using var probe = new GateProbe(place, Kind(attempt.Request.Mode), signal);
        while (TakeGate(place, opening, signal, probe))
        {
            try
            {
                Result result = TakeLock(place, attempt, opening, signal, probe, out slot);
                // Refused without an end of the wait: the gate is another one now.
                if (result != Result.Refused || signal.IsStopped)
                    return result;
            }
            finally
            {
                place.LeaveGate();
            }
        }

        return Result.Refused;
    }

    private static bool TakeGate(LocalLock place, LockOpening opening, StoppableWait signal, GateProbe probe)
    {
        for (; ; )
        {
            if (probe.HasLock)
                return true;
            if (signal.IsStopped)
                return false;
            place.CloseStaleGate();
            // Without the right to make a gate waiters are merely less fair.
            if (probe.IsGateless || !place.OpenGate(opening))
                return true;
            probe.MoveTo(QueuePlace.AtGate);
            bool isGranted = place.Gate!.Lock(KernelLock.Exclusive, signal);
            probe.MoveTo(QueuePlace.None);
            if (probe.TakeNewGate() is { } newGate)
            {
                place.Adopt(newGate);
                if (!signal.IsStopped)
                    return true;
                place.LeaveGate();
            }
            else if (isGranted && place.Gate.IsCurrent())
            {
                return true;
            }
            else if (isGranted)
            {
                place.Gate.Unlock();
            }
        }
    }

    private static Result TakeLock(
        LocalLock place, LockAttempt attempt, LockOpening opening, StoppableWait signal, GateProbe probe, out SlotGrant? slot)
    {
        slot = null;
        KernelLock kind = Kind(attempt.Request.Mode);
        for (; ; )
        {
            if (kind == KernelLock.Exclusive || !place.TryJoin())
            {
                probe.MoveTo(QueuePlace.AtLock);
                bool isGranted = probe.HasLock || place.Main.Lock(kind, signal);
                probe.MoveTo(QueuePlace.None);
                if (!isGranted)
                    return Result.Refused;
                place.Granted(kind);
            }

            Result result = Settle(place, attempt, opening, out slot);
            if (result != Result.Refused || attempt.Request.Mode != LockMode.Slot || signal.IsStopped)
                return result;

            // All slots are taken. Nothing but the gate may be held while waiting for one: a process that is stopped here
            // would keep out all who want the lock for themselves.
            probe.MoveTo(QueuePlace.AtLock);
            slot = SlotFiles.TakeAny(place.Target, attempt.Request.Slots, opening, signal);
            probe.MoveTo(QueuePlace.None);
            if (slot is null)
                return Result.Refused;
            if (TryKeep(place, slot))
                return Result.Granted;
            slot.Free();
            slot = null;
        }
    }

    /// <summary>A slot was granted; is the lock there to be held with it, and are both still the right files?</summary>
    private static bool TryKeep(LocalLock place, SlotGrant slot)
    {
        if (!place.TryJoin())
        {
            if (!place.Main.TryLock(KernelLock.Shared))
                return false;
            place.Granted(KernelLock.Shared);
        }

        if (place.Main.IsCurrent() && slot.Handle.IsCurrent())
            return true;
        place.Drop();
        return false;
    }

    /// <summary>The lock file is granted; is it still the right one, and is there a free slot?</summary>
    private static Result Settle(LocalLock place, LockAttempt attempt, LockOpening opening, out SlotGrant? slot)
    {
        slot = null;
        bool isKept = false;
        try
        {
            if (!place.Main.IsCurrent())
                return Result.Replaced;
            if (attempt.Request.Mode == LockMode.Slot)
            {
                SlotFiles.EnsureCount(place.Target, attempt.Request.Slots, opening);
                slot = SlotFiles.TryTake(place.Target, attempt.Request.Slots, opening);
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
