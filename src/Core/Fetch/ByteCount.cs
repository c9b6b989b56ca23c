using System.Globalization;

namespace ProcessDedup.Fetch;

/// <summary>Numbers of bytes for people: "512 B", "1.4 MB", "64 GB"; powers of ten, as download sizes are given.</summary>
public static class ByteCount
{
    private static readonly string[] Units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];

    /// <summary>Writes a number of bytes with the unit that fits.</summary>
    public static string Describe(long bytes)
    {
        double value = bytes;
        int unit = 0;
        while (value >= 999.5 && unit < Units.Length - 1)
        {
            value /= 1000;
            unit++;
        }

        string number = unit == 0 || value >= 99.5
            ? value.ToString("0", CultureInfo.InvariantCulture)
            : value.ToString(value >= 9.95 ? "0.#" : "0.##", CultureInfo.InvariantCulture);
        return number + " " + Units[unit];
    }
}
