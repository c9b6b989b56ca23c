using System;

namespace ProcessDedup.Retry;

/// <summary>
/// How long to wait before the next attempt: a random part ("full jitter") of a span that doubles with every attempt,
/// so that many processes that failed together do not come back together. Pure.
/// </summary>
/// <param name="Initial">Longest wait after the first attempt.</param>
/// <param name="Largest">Longest wait after any attempt.</param>
/// <remarks>M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.</remarks>
public readonly record struct Backoff(TimeSpan Initial, TimeSpan Largest)
{
    // 2^40 times a millisecond is 35 years: enough to reach any cap, few enough not to overflow.
    private const int MostDoublings = 40;

    /// <summary>The wait after an attempt.</summary>
    /// <param name="attempt">The attempt that failed, counted from 1.</param>
    /// <param name="random">From 0 (no wait) up to 1 (the longest wait).</param>
    /// <param name="floor">What the other side asked for (Retry-After): never less, whatever the cap.</param>
    public TimeSpan After(int attempt, double random, TimeSpan floor = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(attempt, 1);
        if (!(random >= 0 && random <= 1))
            throw new ArgumentOutOfRangeException(nameof(random));
        double span = Initial.TotalMilliseconds * Math.Pow(2, Math.Min(attempt - 1, MostDoublings));
        var wait = TimeSpan.FromMilliseconds(Math.Min(span, Largest.TotalMilliseconds) * random);
        return wait < floor ? floor : wait;
    }
}
