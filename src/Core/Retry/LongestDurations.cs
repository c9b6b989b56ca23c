namespace ProcessDedup.Retry;

/// <summary>
/// The longest durations that requests, cmdlets and options of commands take. Constants, as attributes of parameters need them;
/// far beyond anything sensible, but within what a <see cref="System.TimeSpan"/> and the system's clocks can hold.
/// </summary>
public static class LongestDurations
{
    private const double SecondsPerYear = 365.25 * 86400;

    /// <summary>A wait for a lock, a claim or a database, in seconds: twenty years.</summary>
    public const double WaitSec = 20 * SecondsPerYear;

    /// <summary>A fetch or a build as a whole, and the age of a result, in seconds: a leap year.</summary>
    public const double WorkSec = 366 * 86400.0;

    /// <summary>The times of a substituter, in seconds: 20 days, as the system's waits take at most 24.</summary>
    public const double SubstituterSec = 20 * 86400.0;

    /// <summary>The lease of a claim, in seconds: a hundred years.</summary>
    public const double LeaseSec = 100 * SecondsPerYear;

    /// <summary>How long a lock may be unused or an entry be in the cache, in hours: a thousand years.</summary>
    public const double AgeHours = 1000 * SecondsPerYear / 3600;

    /// <summary>The pause between two attempts, in milliseconds: a day.</summary>
    public const double DelayMs = 86400 * 1000.0;
}
