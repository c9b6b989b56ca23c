using System;
using System.Diagnostics;
using System.Threading;
using ProcessDedup.Locks;
using ProcessDedup.Retry;

namespace ProcessDedup.Sqlite;

/// <summary>
/// The only place where a transaction waits: between two looks at a lock, within one deadline. Around a millisecond at
/// first, growing; never nothing, as a loop without sleep starves the one it waits for (sqlite3-ruby #443).
/// </summary>
internal sealed class SqliteWait(SqliteOptions options, Deadline deadline, CancellationToken cancellation)
{
    // The first handle after a fault of the lock service comes at once; a service that restarts takes seconds, and
    // opening a hundred times a second would only burden it.
    private static readonly TimeSpan LongestBetweenHandles = TimeSpan.FromMilliseconds(250);

    private const int MostDoublings = 20;

    [ThreadStatic]
    private static Random? _random;

    private readonly Stopwatch _clock = new();

    public TimeSpan Waited => _clock.Elapsed;

    public Deadline Deadline => deadline;

    public CancellationToken Cancellation => cancellation;

    /// <summary>Waits between two looks at a lock; false if the time is up.</summary>
    /// <param name="times">How often this lock has been looked at, from 1.</param>
    public bool ForLock(int times) => For(options.MaxDelay, times);

    /// <summary>Waits before the next handle; false if the time is up.</summary>
    public bool ForHandle(int times) =>
        For(options.MaxDelay > LongestBetweenHandles ? options.MaxDelay : LongestBetweenHandles, times);

    /// <summary>
    /// Waits for one's turn at the gate, as long as for any lock within a try; null if it cannot be had in that time.
    /// </summary>
    public LockLease? ForGate(LockTarget? gate)
    {
        Deadline end = options.BusyTimeout > TimeSpan.Zero && options.BusyTimeout < deadline.Remaining
            ? Deadline.After(options.BusyTimeout)
            : deadline;
        _clock.Start();
        try
        {
            return SqliteGate.Take(gate, end, cancellation);
        }
        finally
        {
            _clock.Stop();
        }
    }

    private bool For(TimeSpan longest, int times)
    {
        cancellation.ThrowIfCancellationRequested();
        double left = deadline.Remaining.TotalMilliseconds;
        if (left < 1)
            return false;
        _random ??= new Random(Guid.NewGuid().GetHashCode());
        double span = Math.Min(options.InitialDelay.TotalMilliseconds * Math.Pow(2, Math.Min(times - 1, MostDoublings)), longest.TotalMilliseconds);
        // Half of it more or less, so that processes that came together do not stay together.
        int milliseconds = (int)Math.Max(1, Math.Min(Math.Round(span * (0.5 + _random.NextDouble())), left));
        _clock.Start();
        try
        {
            if (cancellation.CanBeCanceled)
                cancellation.WaitHandle.WaitOne(milliseconds);
            else
                Thread.Sleep(milliseconds);
        }
        finally
        {
            _clock.Stop();
        }

        cancellation.ThrowIfCancellationRequested();
        return true;
    }
}
