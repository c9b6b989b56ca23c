using System;
using System.Globalization;
using System.Text;
using ProcessDedup.Platform;

namespace ProcessDedup.Store;

/// <summary>That a tree was read to the last byte, and found to be what its digest says.</summary>
/// <param name="Boot">The boot in which that was: times of change are compared within one boot only.</param>
/// <param name="Clock"><see cref="SystemClock.SinceBootDifference"/> of that time: the clock has not been set since.</param>
/// <param name="Facts"><see cref="FactsDigest"/> of its files at that time.</param>
/// <remarks>
/// The text form, in UTF-8 with '\n' after every line: <c>procdedup-verified 1</c>, <c>tree DIGEST</c>, <c>boot ID</c>,
/// <c>clock NANOSECONDS</c>, <c>facts SHA256</c>, and <c>end SHA256</c> with the hash of all lines before.
/// </remarks>
internal sealed record VerificationRecord(string Boot, long Clock, string Facts)
{
    // A step of the clock that is shorter than the tick of ChangeTimes leads to no time that was there before.
    private const long ClockSlack = 10_000_000;

    /// <summary>The beginning of a record: this boot, and the clock as it is. Null where no record can be relied on.</summary>
    public static VerificationRecord? Begin() =>
        ProcessIdentity.Current.BootId is { Length: > 0 } boot && SystemClock.SinceBootDifference() is { } clock
            ? new VerificationRecord(boot, clock, string.Empty)
            : null;

    /// <summary>Is it of this boot, and has nobody set the clock since?</summary>
    public bool IsCurrent => Begin() is { } now && Boot == now.Boot && Math.Abs(Clock - now.Clock) < ClockSlack;

    /// <summary>The text form.</summary>
    public byte[] Render(string tree)
    {
        string text = string.Create(
            CultureInfo.InvariantCulture, $"procdedup-verified 1\ntree {tree}\nboot {Boot}\nclock {Clock}\nfacts {Facts}\n");
        return Encoding.UTF8.GetBytes($"{text}end {ContentHash.HexOf(text)}\n");
    }

    /// <summary>Reads what <see cref="Render"/> has written; null if it is anything else, such as a part of it.</summary>
    public static VerificationRecord? TryParse(byte[] content, string tree)
    {
        string[] lines = Encoding.UTF8.GetString(content).Split('\n');
        const int count = 7;
        if (lines.Length != count
            || Field(lines[2], "boot ") is not { Length: > 0 } boot
            || !long.TryParse(Field(lines[3], "clock "), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long clock)
            || Field(lines[4], "facts ") is not { } facts)
        {
            return null;
        }

        var record = new VerificationRecord(boot, clock, facts);
        return record.Render(tree).AsSpan().SequenceEqual(content) ? record : null;
    }

    private static string? Field(string line, string name) => line.StartsWith(name, StringComparison.Ordinal) ? line[name.Length..] : null;
}
