using System;
using System.Globalization;

namespace ProcessDedup.Locks;

/// <summary>Durations for people: "0.4 s", "12 s", "3 min 5 s", "2 h 10 min", "4 d 1 h".</summary>
public static class Durations
{
    /// <summary>Writes a duration with the two units that matter.</summary>
    public static string Describe(TimeSpan duration)
    {
        if (duration.TotalSeconds < 10)
            return duration.TotalSeconds.ToString("0.#", CultureInfo.InvariantCulture) + " s";
        if (duration.TotalMinutes < 1)
            return Format("{0} s", (int)duration.TotalSeconds);
        if (duration.TotalHours < 1)
            return Format("{0} min {1} s", (int)duration.TotalMinutes, duration.Seconds);
        return duration.TotalDays < 1
            ? Format("{0} h {1} min", (int)duration.TotalHours, duration.Minutes)
            : Format("{0} d {1} h", (int)duration.TotalDays, duration.Hours);
    }

    /// <summary>A duration as outputs have it: in seconds, to the millisecond.</summary>
    public static double Seconds(TimeSpan duration) => Math.Round(duration.TotalSeconds, 3);

    private static string Format(string text, params object[] values) =>
        string.Format(CultureInfo.InvariantCulture, text, values);
}
