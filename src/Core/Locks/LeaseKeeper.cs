using System;
using System.Collections.Generic;
using System.Threading;

namespace ProcessDedup.Locks;

/// <summary>
/// Looks after the leases of this process: writes the owner record of those that are held for a while, and notices
/// when a lock file is deleted or replaced. One timer for all; it stops when nothing is held.
/// </summary>
internal static class LeaseKeeper
{
    // Measured on ext4: writing and removing a record costs about 140 µs, a lock 2 µs. A lock held for less than
    // this is over before anybody could read of it.
    internal static readonly TimeSpan RecordAfter = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(125);

    // Stopping and starting the timer at every short lock would cost more than the lock.
    private const int IdleTicksBeforeStop = 8;

    private static readonly object Sync = new();
    private static readonly Timer Clock = CreateClock();
    private static LockLease? _first;
    private static int _idleTicks;
    private static bool _isRunning;

    public static void Add(LockLease lease)
    {
        lock (Sync)
        {
            lease.NextKept = _first;
            if (_first is not null)
                _first.PreviousKept = lease;
            _first = lease;
            if (_isRunning)
                return;
            _isRunning = true;
            _idleTicks = 0;
            Clock.Change(Period, Period);
        }
    }

    /// <summary>Writes the records of all that this process holds now, for a look from within.</summary>
    /// <param name="lockFile">Only of this lock; null for all.</param>
    public static void WriteRecords(string? lockFile = null)
    {
        foreach (LockLease lease in Kept())
        {
            if (lockFile is null || lease.Target.LockFile == lockFile)
                lease.Look(recordIsDue: true);
        }
    }

    private static List<LockLease> Kept()
    {
        var kept = new List<LockLease>();
        lock (Sync)
        {
            for (LockLease? lease = _first; lease is not null; lease = lease.NextKept)
                kept.Add(lease);
        }

        return kept;
    }

    public static void Remove(LockLease lease)
    {
        lock (Sync)
        {
            if (lease.PreviousKept is not null)
                lease.PreviousKept.NextKept = lease.NextKept;
            else if (ReferenceEquals(_first, lease))
                _first = lease.NextKept;
            if (lease.NextKept is not null)
                lease.NextKept.PreviousKept = lease.PreviousKept;
            lease.PreviousKept = lease.NextKept = null;
        }
    }

    private static Timer CreateClock()
    {
        // For the life of the process: it must not keep the context of whoever came first.
        bool isFlowing = !ExecutionContext.IsFlowSuppressed();
        if (isFlowing)
            ExecutionContext.SuppressFlow();
        try
        {
            return new Timer(Tick);
        }
        finally
        {
            if (isFlowing)
                ExecutionContext.RestoreFlow();
        }
    }

    private static void Tick(object? state)
    {
        List<LockLease>? due = null;
        lock (Sync)
        {
            for (LockLease? lease = _first; lease is not null; lease = lease.NextKept)
                (due ??= []).Add(lease);
            _idleTicks = due is null ? _idleTicks + 1 : 0;
            if (_idleTicks >= IdleTicksBeforeStop)
            {
                _isRunning = false;
                Clock.Change(Timeout.Infinite, Timeout.Infinite);
            }
        }

        if (due is null)
            return;
        foreach (LockLease lease in due)
        {
            try
            {
                lease.Look(lease.HeldFor >= RecordAfter);
            }
#pragma warning disable CA1031 // On a timer's thread anything that escapes ends the process.
            catch (Exception)
#pragma warning restore CA1031
            {
                // Looking after a lease only informs; a disk that fails now will tell the holder itself.
            }
        }
    }
}
