using System;
using System.Globalization;
using ProcessDedup.Locks;

namespace ProcessDedup.Report;

/// <summary>Figures and moments as people read them.</summary>
internal static class Figures
{
    /// <summary>"12,345"</summary>
    public static string Number(long number) => number.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>"1 answer", "2,000 answers"</summary>
    public static string Count(long number, string one, string many) => Number(number) + " " + (number == 1 ? one : many);

    // A TimeSpan holds little more.
    private const double Longest = 9e11;

    /// <summary>"40 ms", "1.2 s", "3 min 5 s"</summary>
    public static string Seconds(double seconds) => seconds is > 0 and < 1
        ? Math.Max(1, Math.Round(seconds * 1000)).ToString("0", CultureInfo.InvariantCulture) + " ms"
        : Durations.Describe(TimeSpan.FromSeconds(Math.Min(seconds, Longest)));

    /// <summary>"21 Nov 2026, 09:40" as the clock on the wall says.</summary>
    public static string Moment(DateTimeOffset at) => at.ToLocalTime().ToString("d MMM yyyy, HH:mm", CultureInfo.InvariantCulture);

    /// <summary>The same to the second.</summary>
    public static string Second(DateTimeOffset at) => at.ToLocalTime().ToString("d MMM yyyy, HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary>"UTC+01:00"</summary>
    public static string Zone(DateTimeOffset at) => "UTC" + at.ToLocalTime().ToString("zzz", CultureInfo.InvariantCulture);

    /// <summary>From one moment to another; what is the same is said once.</summary>
    public static string Span(DateTimeOffset from, DateTimeOffset until) =>
        Moment(from) == Moment(until) ? Moment(from)
        : from.ToLocalTime().Date == until.ToLocalTime().Date ? $"{Moment(from)} to {until.ToLocalTime().ToString("HH:mm", CultureInfo.InvariantCulture)}"
        : $"{Moment(from)} to {Moment(until)}";
}
