using System;
using System.Globalization;

namespace ProcessDedup.Cli;

/// <summary>Numbers of bytes as people type them.</summary>
internal static class ByteSize
{
    /// <summary>"4096", "200M" (powers of 1000), "1.5Gi" (powers of 1024), with or without a "B"; null if it is no such thing.</summary>
    public static long? TryParse(string text)
    {
        const string units = "KMGT";
        string rest = text.Trim();
        if (rest.EndsWith('B') || rest.EndsWith('b'))
            rest = rest[..^1];
        bool isBinary = rest.EndsWith('i') || rest.EndsWith('I');
        if (isBinary)
            rest = rest[..^1];
        int power = rest.Length == 0 ? 0 : 1 + units.IndexOf(char.ToUpperInvariant(rest[^1]), StringComparison.Ordinal);
        if (power > 0)
            rest = rest[..^1];
        else if (isBinary)
            return null;
        if (!decimal.TryParse(rest.Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number))
            return null;
        try
        {
            for (int i = 0; i < power; i++)
                number *= isBinary ? 1024 : 1000;
            return decimal.ToInt64(decimal.Floor(number));
        }
        catch (OverflowException)
        {
            return null;
        }
    }
}
