using System;
using ProcessDedup.Telemetry;

namespace ProcessDedup.Retry;

/// <summary>How often something is tried, and when: attempts, waits between them, and one deadline over all.</summary>
public sealed class RetrySchedule
{
    private readonly Backoff _backoff;
    private readonly int _most;
    private readonly Deadline _deadline;
    private readonly Func<double> _random;

    /// <summary>Begins a schedule; the first attempt may be made at once.</summary>
    /// <param name="backoff">The waits.</param>
    /// <param name="most">Most attempts, at least 1.</param>
    /// <param name="deadline">No attempt begins after it.</param>
    /// <param name="random">Numbers from 0 up to 1.</param>
    public RetrySchedule(Backoff backoff, int most, Deadline deadline, Func<double> random)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        _backoff = backoff;
        _most = most;
        _deadline = deadline;
        _random = random ?? throw new ArgumentNullException(nameof(random));
    }

    /// <summary>The attempt that is under way, counted from 1.</summary>
    public int Attempt { get; private set; } = 1;

    /// <summary>
    /// The attempt failed: how long to wait before the next; null if there is none, as the attempts are used up or the
    /// wait would end after the deadline.
    /// </summary>
    /// <param name="floor">What the other side asked for (Retry-After).</param>
    public TimeSpan? Next(TimeSpan floor = default)
    {
        if (Attempt >= _most)
            return null;
        TimeSpan wait = _backoff.After(Attempt, _random(), floor);
        if (_deadline.Remaining < wait || _deadline.IsOver)
            return null;
        WorkMeasures.Retried("block");
        Attempt++;
        return wait;
    }
}
