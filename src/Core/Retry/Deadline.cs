using System;
using System.Diagnostics;

namespace ProcessDedup.Retry;

/// <summary>A point in time after which nothing is begun any more. Monotonic: setting the clock does not move it.</summary>
public readonly struct Deadline
{
    private readonly long _timestamp;

    private Deadline(long timestamp) => _timestamp = timestamp;

    /// <summary>No deadline.</summary>
    public static Deadline Never => default;

    /// <summary>A deadline from now on; zero means never, as with every timeout here.</summary>
    public static Deadline After(TimeSpan span)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(span, TimeSpan.Zero);
        if (span == TimeSpan.Zero)
            return Never;
        double ticks = span.TotalSeconds * Stopwatch.Frequency;
        long now = Stopwatch.GetTimestamp();
        return ticks >= long.MaxValue - now ? Never : new Deadline(Math.Max(1, now + (long)ticks));
    }

    /// <summary>True if there is no deadline.</summary>
    public bool IsNever => _timestamp == 0;

    /// <summary>Time left, never negative; <see cref="TimeSpan.MaxValue"/> without a deadline.</summary>
    public TimeSpan Remaining => IsNever
        ? TimeSpan.MaxValue
        : TimeSpan.FromSeconds(Math.Max(0, _timestamp - Stopwatch.GetTimestamp()) / (double)Stopwatch.Frequency);

    /// <summary>True once the time is up.</summary>
    public bool IsOver => !IsNever && Stopwatch.GetTimestamp() >= _timestamp;
}
