using System;
using System.Diagnostics;

namespace ProcessDedup.Platform;

/// <summary>
/// A moment that all processes of one machine can compare, however the clock is set: the boot and the time since then
/// (CLOCK_MONOTONIC, QueryPerformanceCounter).
/// </summary>
/// <param name="BootId">/proc/sys/kernel/random/boot_id; empty where the system has none.</param>
/// <param name="Ticks">Units of <see cref="Stopwatch.Frequency"/>.</param>
/// <param name="Utc">The same moment by the clock: where there is no boot id it keeps boots apart.</param>
internal readonly record struct MachineMoment(string BootId, long Ticks, DateTimeOffset Utc)
{
    // How far the clock may be set while something is awaited, before a moment counts as one of another boot.
    private static readonly TimeSpan ClockSlack = TimeSpan.FromMinutes(5);

    public static MachineMoment Now => new(ProcessIdentity.Current.BootId, Stopwatch.GetTimestamp(), DateTimeOffset.UtcNow);

    /// <summary>Did this happen in this boot, not before <paramref name="start"/>, and not in the future?</summary>
    public bool IsSince(MachineMoment start)
    {
        if (BootId != start.BootId || Ticks < start.Ticks || Ticks > Stopwatch.GetTimestamp())
            return false;
        return BootId.Length > 0 || Utc >= start.Utc - ClockSlack;
    }

    /// <summary>So much earlier; that may be before the boot.</summary>
    public MachineMoment Before(TimeSpan span) => this with
    {
        Ticks = Ticks - (long)(span.TotalSeconds * Stopwatch.Frequency),
        Utc = Utc - span,
    };

    /// <summary>Time from then until this; zero if it was not in the same boot.</summary>
    public TimeSpan Since(MachineMoment start) => BootId == start.BootId
        ? TimeSpan.FromSeconds(Math.Max(0, Ticks - start.Ticks) / (double)Stopwatch.Frequency)
        : TimeSpan.Zero;
}
