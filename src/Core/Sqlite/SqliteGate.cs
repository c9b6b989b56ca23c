using System;
using System.Threading;
using ProcessDedup.Locks;
using ProcessDedup.Retry;

namespace ProcessDedup.Sqlite;

/// <summary>
/// The queue before a database: whoever asks for it comes in turn, instead of by the luck of the next look. It makes
/// waits short and fair; what keeps the data right are SQLite's own locks.
/// </summary>
internal static class SqliteGate
{
    private const string Reason = "a transaction";

    /// <summary>Takes the gate. Null without one, or if it cannot be had: then SQLite's locks alone decide.</summary>
    public static LockLease? Take(LockTarget? gate, Deadline deadline, CancellationToken cancellation)
    {
        if (gate is null)
            return null;
        // What is free costs no time, and a budget may be over before the work has begun: the machine was busy with others.
        bool isOver = deadline.IsOver;
        try
        {
            return FileLock.Acquire(
                new LockRequest(gate)
                {
                    Timeout = isOver || deadline.IsNever ? TimeSpan.Zero : AtLeastSomething(deadline.Remaining),
                    NoWait = isOver,
                    Reason = Reason,
                    // A transaction keeps its thread until its end: one within it would wait for itself.
                    Flow = (typeof(SqliteGate), Environment.CurrentManagedThreadId),
                },
                cancellation);
        }
        catch (LockException e) when (e.Error != LockError.LockCycle && !(e.Error == LockError.LockReentered && IsOwn(gate)))
        {
            return null;
        }
    }

    /// <summary>The same where nothing may fail; null at once where there is no time left.</summary>
    public static LockLease? TryTake(LockTarget? gate, TimeSpan longest, CancellationToken cancellation)
    {
        if (gate is null)
            return null;
        bool isHurried = longest <= TimeSpan.Zero || cancellation.IsCancellationRequested;
        try
        {
            return isHurried
                ? FileLock.Acquire(new LockRequest(gate) { NoWait = true, Reason = Reason }, CancellationToken.None)
                : Take(gate, Deadline.After(longest), cancellation);
        }
        catch (Exception e) when (e is LockException or OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>
    /// A transaction within one would wait for itself. But that a parent process is in one just now is a matter of
    /// milliseconds: it does not wait for this process, or SQLite's own locks tell when the time is up.
    /// </summary>
    private static bool IsOwn(LockTarget gate)
    {
        foreach (LockLease lease in HeldLocks.All())
        {
            if (lease.Target.LockFile == gate.LockFile)
                return true;
        }

        return false;
    }

    /// <summary>To a lock request zero is without end.</summary>
    private static TimeSpan AtLeastSomething(TimeSpan span) => span > TimeSpan.Zero ? span : TimeSpan.FromTicks(1);
}
