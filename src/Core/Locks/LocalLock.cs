using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Threading;
using ProcessDedup.Messages;
using ProcessDedup.Platform;

namespace ProcessDedup.Locks;

/// <summary>
/// The one place in this process for one lock file. Threads queue here, first come first served, so that the
/// kernel sees at most one waiter of this process per lock and processes get equal shares however many threads
/// they have.
/// </summary>
/// <remarks>
/// Whoever has the turn asks the kernel (<see cref="KernelAcquisition"/>); nobody else of this process does so
/// meanwhile, except to release. Descriptors stay open between locks, which makes a lock cheaper than open+flock+close;
/// a place whose file was replaced is retired and the next request makes a new one.
/// </remarks>
internal sealed class LocalLock
{
    // Looking for a gate costs a seventh of a lock, and passing one a third. Whoever comes to wait there may be overtaken
    // for a millisecond by those who saw none, or a free one, just before.
    private static readonly long GateLookInterval = Stopwatch.Frequency / 1000;

    private readonly object _sync = new();
    private readonly LinkedList<LocalTurn> _queue = new();
    private readonly List<LockLease> _leases = new(1);
    private LockHandle? _main;
    private LockHandle? _gate;
    private long _gateFreeAt = -GateLookInterval;
    private LockException? _doubt;
    private int _holders;
    private bool _isExclusive;
    private bool _isAcquiring;
    private volatile bool _isBlocked;
    private volatile bool _isRetired;

    public LocalLock(LockTarget target) => Target = target;

    public LockTarget Target { get; }

    /// <summary>True once the lock file was replaced or this place was given up: ask for another.</summary>
    public bool IsRetired => _isRetired;

    /// <summary>The open lock file. Only for whoever has the turn or a lease.</summary>
    public LockHandle Main => _main!;

    /// <summary>The open gate, once there is one. Only for whoever has the turn.</summary>
    public LockHandle? Gate => _gate;

    public FileIdentity Identity => _main!.Identity;

    /// <summary>How many threads wait for their turn.</summary>
    internal int Queued
    {
        get
        {
            lock (_sync)
                return _queue.Count;
        }
    }

    /// <summary>Gives the descriptors up if nobody uses them.</summary>
    public void RetireIfIdle()
    {
        lock (_sync)
        {
            if (!_isAcquiring && _holders == 0 && _queue.Count == 0)
                Retire();
        }
    }

    /// <summary>Waits for this process's turn at the lock. False: not granted, or the wait was stopped.</summary>
    /// <exception cref="LockException"><see cref="LockError.LockReentered"/></exception>
    public bool TakeTurn(LockAttempt attempt)
    {
        LockMode mode = attempt.Request.Mode;
        LocalTurn turn;
        var spin = new SpinWait();
        for (; ; )
        {
            lock (_sync)
            {
                ThrowIfReentered(attempt.Request);
                if (!_isAcquiring && _queue.Count == 0 && MayStart(mode))
                {
                    _isAcquiring = true;
                    return true;
                }

                if (!attempt.Request.NoWait)
                {
                    turn = new LocalTurn(mode, attempt.Wait(Target).Signal);
                    _queue.AddLast(turn);
                    break;
                }

                // Another thread is within its microseconds of asking the kernel: that alone is not "busy".
                if (!(_isAcquiring && !_isBlocked && _queue.Count == 0 && MayStart(mode)))
                    return false;
            }

            spin.SpinOnce();
        }

        if (turn.Signal.WaitFor(() => turn.IsGranted) && !turn.Signal.IsStopped)
            return true;
        lock (_sync)
        {
            if (turn.IsGranted)
                FinishTurn();
            else
                _queue.Remove(turn);
        }

        return false;
    }

    /// <summary>Gives the turn to the next thread.</summary>
    public void EndTurn()
    {
        lock (_sync)
            FinishTurn();
    }

    /// <summary>The lease counts as held from here on; the turn goes to the next thread.</summary>
    public void EndTurn(LockLease lease)
    {
        lock (_sync)
        {
            _leases.Add(lease);
            FinishTurn();
        }
    }

    private void FinishTurn()
    {
        _isAcquiring = false;
        _isBlocked = false;
        PassOn();
        if (_isRetired)
            CloseIfUnused();
    }

    private void PassOn()
    {
        if (_isAcquiring || _queue.First is not { } first || !MayStart(first.Value.Mode))
            return;
        _queue.RemoveFirst();
        _isAcquiring = true;
        first.Value.Grant();
    }

    private bool MayStart(LockMode mode) => mode == LockMode.Exclusive ? _holders == 0 : !_isExclusive;

    /// <summary>Refuses a directory whose locks cannot be relied on; looked at before the file is first opened.</summary>
    /// <exception cref="LockException"><see cref="LockError.LockFileSystemUnsupported"/>, or the root's own errors.</exception>
    public void CheckDirectory(bool allowNetworkFileSystem)
    {
        if (_main is null)
            _doubt = LockDirectory.Check(Target);
        if (_doubt is not null && !allowNetworkFileSystem)
            throw _doubt;
    }

    /// <summary>Has this process the lock file open? Only for whoever has the turn.</summary>
    public bool IsOpen => _main is not null;

    /// <summary>Opens the lock file.</summary>
    public void Open(LockOpening opening) => _main ??= LockHandle.Open(Target.Files.Lock, opening);

    /// <summary>The gate that a request has to pass; null if there is none, or it was free or missing a moment ago.</summary>
    public LockHandle? GateToPass(LockOpening opening, long now)
    {
        if (now - _gateFreeAt < GateLookInterval)
            return null;
        CloseStaleGate();
        if (_gate is null && FileSystem.Exists(Target.Files.Gate))
            OpenGate(opening with { Create = false });
        if (_gate is null)
            _gateFreeAt = now;
        return _gate;
    }

    /// <summary>The gate was passed without a wait.</summary>
    public void GateWasFree(long now) => _gateFreeAt = now;

    /// <summary>Somebody is at the gate: the next request has to look.</summary>
    public void GateWasTaken() => _gateFreeAt = -GateLookInterval;

    /// <summary>Opens or creates the gate. Without one (no right to create it) waiters are merely less fair.</summary>
    public bool OpenGate(LockOpening opening)
    {
        if (_gate is not null)
            return true;
        try
        {
            _gate = LockHandle.Open(Target.Files.Gate, opening);
        }
        catch (PlatformException)
        {
            return false;
        }

        return true;
    }

    /// <summary>Takes an open gate over, in the place of another.</summary>
    public void Adopt(LockHandle gate)
    {
        CloseGate();
        _gate = gate;
    }

    /// <summary>Leaves the gate to the next one.</summary>
    public void LeaveGate()
    {
        _gate?.Unlock();
        CloseStaleGate();
    }

    /// <summary>Closes a gate that the others do not queue at any more.</summary>
    public void CloseStaleGate()
    {
        if (_gate is not null && !_gate.IsCurrent())
            CloseGate();
    }

    private void CloseGate()
    {
        _gate?.Dispose();
        _gate = null;
    }

    /// <summary>From here on a request that does not wait may call the lock busy.</summary>
    public void Blocking() => _isBlocked = true;

    /// <summary>Adds a holder to a lock that this process holds shared already.</summary>
    public bool TryJoin()
    {
        lock (_sync)
        {
            if (_holders == 0)
                return false;
            _holders++;
            return true;
        }
    }

    /// <summary>The kernel has granted the lock to this process.</summary>
    /// <remarks>Needs no lock: nobody held it, so nobody can release it, and the others look again after the turn.</remarks>
    public void Granted(KernelLock kind)
    {
        _holders = 1;
        _isExclusive = kind == KernelLock.Exclusive;
    }

    /// <summary>One holder less, or a grant that is not wanted after all.</summary>
    public void Drop()
    {
        lock (_sync)
            DropOne();
    }

    private void DropOne()
    {
        if (--_holders > 0)
            return;
        _isExclusive = false;
        _main!.Unlock();
    }

    public void Release(LockLease lease)
    {
        lock (_sync)
        {
            _leases.Remove(lease);
            DropOne();
            PassOn();
            if (LocalLocks.AreClosedWhenIdle)
                RetireIfIdle();
            if (_isRetired)
                CloseIfUnused();
        }
    }

    /// <summary>Does the path still lead to the file that is locked?</summary>
    public bool IsHeldFileCurrent() => _main!.IsCurrent();

    /// <summary>This place's file is gone: whoever comes now gets a new place. Holders keep the old file.</summary>
    public void Retire()
    {
        lock (_sync)
        {
            _isRetired = true;
            LocalLocks.Forget(this);
            CloseIfUnused();
        }
    }

    private void CloseIfUnused()
    {
        if (_holders > 0 || _isAcquiring)
            return;
        CloseGate();
        _main?.Dispose();
        _main = null;
    }

    private void ThrowIfReentered(LockRequest request)
    {
        foreach (LockLease lease in _leases)
        {
            // One runspace waits for itself. What a flow has started may outlive the hold: with a deadline it may wait.
            if ((request.Flow is not null && request.Flow.Equals(lease.Flow))
                || (HeldLocks.Contains(lease) && request.Timeout == TimeSpan.Zero))
                throw LockFailures.Reentered(Target.Display, Message.Of(Key.ReasonCallerItself));
        }
    }
}
