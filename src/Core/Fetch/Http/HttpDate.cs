using System;
using System.Globalization;

namespace ProcessDedup.Fetch.Http;

/// <summary>The three forms of a date in HTTP (RFC 9110 §5.6.7).</summary>
internal static class HttpDate
{
    private static readonly string[] Forms =
    [
        "ddd, dd MMM yyyy HH:mm:ss 'GMT'",
        "dddd, dd-MMM-yy HH:mm:ss 'GMT'",
        "ddd MMM d HH:mm:ss yyyy",
    ];

    public static DateTimeOffset? TryParse(string? text) => DateTimeOffset.TryParseExact(
        text, Forms, CultureInfo.InvariantCulture,
        DateTimeStyles.AssumeUniversal | DateTimeStyles.AllowInnerWhite, out DateTimeOffset date)
        ? date
        : null;
}
