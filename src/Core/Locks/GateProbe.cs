using System;
using System.Collections.Generic;
using System.Diagnostics;
using ProcessDedup.Platform;

namespace ProcessDedup.Locks;

/// <summary>Where a wait stands.</summary>
internal enum QueuePlace
{
    None,

    /// <summary>In the queue at the gate.</summary>
    AtGate,

    /// <summary>Through the gate, in the queue for the lock or for a slot.</summary>
    AtLock,
}

/// <summary>
/// Looks from time to time whether the queue that this process waits in still moves: a process that was stopped with the
/// gate would keep it for as long as it is stopped. The next one puts a new gate, which it has already, in the place of that.
/// </summary>
/// <remarks>
/// docs/design/locks.md says why this is right. In short: the lock file alone excludes, so that a gate taken away in error
/// costs a place in the queue and nothing else.
/// </remarks>
internal sealed class GateProbe : IDisposable
{
    // A look costs about 0.1 ms, and on a machine that is busy with many waiters every one of them makes all waits longer: most
    // are over before the first.
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Second = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Later = TimeSpan.FromSeconds(1);

    // Who is not next leaves a gate that was taken away after those before it: that keeps the order.
    private static readonly TimeSpan EachBefore = TimeSpan.FromMilliseconds(10);

    // On its way from the gate into the queue behind it a process needs microseconds, or a look at a slow disk.
    private static readonly TimeSpan LongestWay = TimeSpan.FromMilliseconds(200);

    // The next one may be stopped too, or a program that knows nothing of this.
    private static readonly TimeSpan PatienceWithNext = TimeSpan.FromSeconds(10);

    // One that cannot be seen may as well run; a writer among them would be overtaken.
    private static readonly TimeSpan PatienceWithUnseen = TimeSpan.FromSeconds(10);

    // Where the table of locks is long, looking takes its time: never more than this part of it, as far as looks stay useful.
    private const int IdleShare = 200;
    private static readonly TimeSpan Rarest = TimeSpan.FromSeconds(5);

    private readonly LocalLock _local;
    private readonly KernelLock _kind;
    private readonly StoppableWait _signal;
    private readonly object _sync = new();
    private readonly QuietTimer _timer;
    private QueuePlace _place;
    private int _looks;
    private TimeSpan _leastCost = Rarest;
    private ProcessIdentity? _idle;
    private long _idleSince;
    private long _stalledSince;
    private long _unseenSince;
    private bool _wasNext;
    private IReadOnlyList<int> _keepers = [];
    private string? _moving;
    private LockHandle? _newGate;
    private bool _isOver;

    public GateProbe(LocalLock local, KernelLock kind, StoppableWait signal)
    {
        _local = local;
        _kind = kind;
        _signal = signal;
        _timer = new QuietTimer(Look);
        // A suspended process of Windows stays in the kernel's queues and is granted what it waits for, as with any program.
        if (!OperatingSystemKind.IsWindows)
            _timer.Schedule(First);
    }

    /// <summary>The look found the lock itself free, and has taken it.</summary>
    public bool HasLock { get; private set; }

    /// <summary>The gate cannot be had; go on without.</summary>
    public bool IsGateless { get; private set; }

    /// <summary>Called by the waiter before and after it blocks. After it the waiter's handles are its own again.</summary>
    public void MoveTo(QueuePlace place)
    {
        lock (_sync)
        {
            if (_place != place)
                (_idle, _stalledSince, _unseenSince) = (null, 0, 0);
            _place = place;
            if (place == QueuePlace.None)
                _signal.TakeNudge();
        }
    }

    private void Look()
    {
        lock (_sync)
        {
            if (_isOver)
                return;
            long began = Stopwatch.GetTimestamp();
            TimeSpan next = ++_looks == 1 ? Second : Later;
            try
            {
                next = _place switch
                {
                    QueuePlace.AtGate => LookAtGate(next),
                    QueuePlace.AtLock => LookAtOwnGate(next),
                    _ => next,
                };
            }
#pragma warning disable CA1031 // On a timer's thread anything that escapes ends the process.
            catch (Exception)
#pragma warning restore CA1031
            {
                // The wait itself goes on.
            }

            // The least of all: in the first one code is compiled, and the processor may be busy with others.
            TimeSpan cost = Since(began);
            _leastCost = _looks > 1 && cost < _leastCost ? cost : _leastCost;
            TimeSpan rest = _looks == 1 || _stalledSince != 0 ? next : Min(Rarest, TimeSpan.FromTicks(_leastCost.Ticks * IdleShare));
            _timer.Schedule(next > rest ? next : rest);
        }
    }

    /// <summary>Through the gate: still the one that the others queue at? It was not while this process was stopped.</summary>
    private TimeSpan LookAtOwnGate(TimeSpan next)
    {
        if (!IsGateless && _local.Gate is { } gate && !gate.IsCurrent())
            _signal.Nudge();
        return next;
    }

    private TimeSpan LookAtGate(TimeSpan next)
    {
        if (_local.Gate is not { } gate)
            return next;
        bool isReplaced = !gate.IsCurrent();
        // In most looks of a long wait nothing has changed since the last one.
        if (!isReplaced && _moving is not null && ProcLocks.ReadLines(gate.Identity.Inode, _keepers) == _moving)
            return next;
        GateQueue queue = GateQueue.Read(_local.Target, gate.Identity);
        _keepers = queue.Keepers;
        _moving = queue.Moves ? ProcLocks.ReadLines(gate.Identity.Inode, _keepers) : null;
        int before = queue.Before(ProcessIdentity.CurrentProcessId());
        if (!isReplaced && queue.Keepers.Count == 0)
            return LookAtUnseen(next);
        _unseenSince = 0;
        if (!isReplaced && !IsStalled(queue))
        {
            _stalledSince = 0;
            return next;
        }

        if (_stalledSince == 0)
            _stalledSince = Stopwatch.GetTimestamp();
        bool isNext = before == 0;
        bool wasNext = _wasNext;
        _wasNext = isNext;
        // Twice in a row: a long table may leave out those before.
        if (!(isNext && wasNext) && Since(_stalledSince) < PatienceWithNext)
            return TimeSpan.FromTicks(EachBefore.Ticks * Math.Max(before, 1));
        if (!isReplaced)
            Replace(gate);
        _signal.Nudge();
        return next;
    }

    private bool IsStalled(GateQueue queue)
    {
        if (queue.FindPaused() is not null)
            return true;
        ProcessIdentity? idle = queue.FindIdle();
        if (idle is null || idle != _idle)
        {
            (_idle, _idleSince) = (idle, Stopwatch.GetTimestamp());
            return false;
        }

        return Since(_idleSince) >= LongestWay;
    }

    // Made and locked under another name first: whoever comes now queues behind this process.
    private void Replace(LockHandle gate)
    {
        NativePath path = _local.Target.Files.Gate;
        string temporary = $"{path.Text}.{Guid.NewGuid():N}.tmp";
        LockHandle? made = null;
        try
        {
            made = LockHandle.Open(new NativePath(temporary), LockAttempt.Opening(_local.Target));
            if (!gate.IsCurrent() || !made.TryLock(KernelLock.Exclusive))
                return;
            made.RenameOver(path);
            (_newGate, made) = (made, null);
        }
        catch (PlatformException)
        {
            // Another user's gate in a shared root, or no space.
            IsGateless = true;
        }
        finally
        {
            if (made is not null)
            {
                FileSystem.TryDelete(temporary);
                made.Dispose();
            }
        }
    }

    /// <summary>The gate that the look has made and taken for the waiter; it is the waiter's from here on.</summary>
    public LockHandle? TakeNewGate()
    {
        LockHandle? gate = _newGate;
        _newGate = null;
        return gate;
    }

    // In another container or without /proc nobody can be seen at the gate. If the lock is free all the same, nobody who
    // runs waits for it, but for the moment of a hand-over.
    private TimeSpan LookAtUnseen(TimeSpan next)
    {
        if (_unseenSince == 0)
        {
            _unseenSince = Stopwatch.GetTimestamp();
            return next;
        }

        if (_kind == KernelLock.Exclusive && !HasLock)
            HasLock = _local.Main.TryLock(_kind);
        if (!HasLock && Since(_unseenSince) >= PatienceWithUnseen)
            IsGateless = true;
        if (HasLock || IsGateless)
            _signal.Nudge();
        return next;
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private static TimeSpan Since(long timestamp) =>
        TimeSpan.FromSeconds((Stopwatch.GetTimestamp() - timestamp) / (double)Stopwatch.Frequency);

    public void Dispose()
    {
        lock (_sync)
        {
            _isOver = true;
            _timer.Dispose();
            _newGate?.Dispose();
        }
    }
}
