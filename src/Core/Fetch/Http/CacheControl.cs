using System;
using System.Globalization;

namespace ProcessDedup.Fetch.Http;

/// <summary>The directives of a Cache-Control field that a private cache heeds (RFC 9111 §5.2.2, RFC 5861, RFC 8246).</summary>
internal readonly struct CacheControl
{
    // "a value greater than the greatest that it can represent" counts as 2^31 (RFC 9111 §1.2.2).
    private const long LongestSeconds = 1L << 31;

    public CacheControl(string? field)
    {
        foreach (string part in (field ?? string.Empty).Split(','))
        {
            int equals = part.IndexOf('=');
            string name = (equals < 0 ? part : part.Substring(0, equals)).Trim().ToLowerInvariant();
            string value = equals < 0 ? string.Empty : part.Substring(equals + 1).Trim().Trim('"');
            switch (name)
            {
                case "max-age":
                    // Of two that differ the more cautious one counts (§4.2.1); one that is no number is stale.
                    TimeSpan age = Seconds(value) ?? TimeSpan.Zero;
                    MaxAge = MaxAge is { } other && other < age ? other : age;
                    break;
                case "no-cache":
                    NoCache = true;
                    break;
                case "no-store":
                    NoStore = true;
                    break;
                case "private":
                    Private = true;
                    break;
                case "must-revalidate":
                    MustRevalidate = true;
                    break;
                case "immutable":
                    Immutable = true;
                    break;
                case "stale-while-revalidate":
                    StaleWhileRevalidate = Seconds(value);
                    break;
                case "stale-if-error":
                    StaleIfError = Seconds(value);
                    break;
            }
        }
    }

    public TimeSpan? MaxAge { get; }

    public TimeSpan? StaleIfError { get; }

    /// <summary>How long after its end it may be used while somebody asks again (RFC 5861 §3).</summary>
    public TimeSpan? StaleWhileRevalidate { get; }

    public bool NoCache { get; }

    public bool NoStore { get; }

    public bool MustRevalidate { get; }

    /// <summary>No cache that several users share may keep it.</summary>
    public bool Private { get; }

    public bool Immutable { get; }

    /// <summary>delta-seconds of RFC 9111 §1.2.2; null if it is none.</summary>
    public static TimeSpan? Seconds(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return null;
        foreach (char c in text!)
        {
            if (c is not (>= '0' and <= '9'))
                return null;
        }

        return TimeSpan.FromSeconds(
            long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value)
                ? Math.Min(value, LongestSeconds)
                : LongestSeconds);
    }
}
