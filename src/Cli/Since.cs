using System;
using System.Globalization;

namespace ProcessDedup.Cli;

/// <summary>A moment in the past as people write it: "90m", "8h", "2d", or a date with or without a time. Pure.</summary>
internal static class Since
{
    // A thousand years, well within a date.
    private const double LongestDays = 1000 * 365.25;

    /// <summary>The moment; null if it is neither.</summary>
    public static DateTimeOffset? TryParse(string text, DateTimeOffset now)
    {
        string trimmed = text.Trim();
        if (trimmed.Length > 1 && Unit(trimmed[^1]) is { } unit
            && double.TryParse(trimmed.AsSpan(0, trimmed.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double count))
        {
            return count * unit.TotalDays <= LongestDays ? now - count * unit : null;
        }

        return DateTimeOffset.TryParse(
            trimmed, CultureInfo.InvariantCulture, DateTimeStyles.AssumeLocal | DateTimeStyles.AllowWhiteSpaces, out DateTimeOffset moment)
            ? moment
            : null;
    }

    private static TimeSpan? Unit(char letter) => letter switch
    {
        's' => TimeSpan.FromSeconds(1),
        'm' => TimeSpan.FromMinutes(1),
        'h' => TimeSpan.FromHours(1),
        'd' => TimeSpan.FromDays(1),
        'w' => TimeSpan.FromDays(7),
        _ => null,
    };
}
