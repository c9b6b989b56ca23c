using System;
using System.Globalization;

namespace ProcessDedup.Fetch.Archives;

/// <summary>Times as archives write them, in nanoseconds since 1970-01-01 UTC. What cannot be such a time is null: it is not kept.</summary>
internal static class EntryTime
{
    private const long NanosecondsOfSecond = 1_000_000_000;
    private const int DigitsOfNanoseconds = 9;

    // What fits into 64 bits: the years 1678 to 2262.
    private const long MostSeconds = long.MaxValue / NanosecondsOfSecond - 1;

    // 1601-01-01, where Windows begins to count, in seconds before 1970.
    private const long WindowsEpoch = 11_644_473_600;
    private const long TicksOfSecond = 10_000_000;

    /// <summary>Whole seconds.</summary>
    public static long? OfSeconds(long seconds) =>
        seconds is >= -MostSeconds and <= MostSeconds ? seconds * NanosecondsOfSecond : null;

    /// <summary>pax: "[-]SECONDS[.FRACTION]" (POSIX pax, "pax Extended Header"). More digits than nanoseconds are cut off towards the past.</summary>
    public static long? OfPax(string text)
    {
        bool isNegative = text.Length > 0 && text[0] == '-';
        string digits = isNegative ? text.Substring(1) : text;
        int dot = digits.IndexOf('.');
        string whole = dot < 0 ? digits : digits.Substring(0, dot);
        string fraction = dot < 0 ? string.Empty : digits.Substring(dot + 1);
        if (!IsDigits(whole + fraction) || !long.TryParse(whole, out long seconds) || seconds > MostSeconds)
            return null;
        bool isCut = isNegative && fraction.Length > DigitsOfNanoseconds && fraction.AsSpan(DigitsOfNanoseconds).Trim('0').Length > 0;
        long rest = fraction.Length == 0 ? 0 : long.Parse(
            fraction.PadRight(DigitsOfNanoseconds, '0').AsSpan(0, DigitsOfNanoseconds), NumberStyles.None, CultureInfo.InvariantCulture);
        long value = seconds * NanosecondsOfSecond + rest + (isCut ? 1 : 0);
        return isNegative ? -value : value;
    }

    /// <summary>Windows: 100 ns since 1601.</summary>
    public static long? OfFileTime(long ticks) => ticks > 0 && OfSeconds(ticks / TicksOfSecond - WindowsEpoch) is { } seconds
        ? seconds + ticks % TicksOfSecond * 100
        : null;

    /// <summary>MS-DOS: two seconds, in the time zone of the reader, as nobody knows that of the writer (unzip does the same).</summary>
    public static long? OfDos(uint value)
    {
        (int day, int month, int year) = ((int)(value >> 16 & 0x1f), (int)(value >> 21 & 0xf), 1980 + (int)(value >> 25 & 0x7f));
        (int second, int minute, int hour) = ((int)(value & 0x1f) * 2, (int)(value >> 5 & 0x3f), (int)(value >> 11 & 0x1f));
        if (month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month) || hour > 23 || minute > 59 || second > 59)
            return null;
        var local = new DateTime(year, month, day, hour, minute, second, DateTimeKind.Local);
        return OfSeconds(new DateTimeOffset(local).ToUnixTimeSeconds());
    }

    private static bool IsDigits(string text)
    {
        foreach (char c in text)
        {
            if (c is < '0' or > '9')
                return false;
        }

        return text.Length > 0;
    }
}
