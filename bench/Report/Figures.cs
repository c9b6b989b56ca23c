using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace ProcessDedup.Bench.Report;

/// <summary>What the measures do with their samples, and how figures are written.</summary>
internal static class Figures
{
    public static double Quantile(IEnumerable<double> samples, double share)
    {
        double[] sorted = samples.Order().ToArray();
        return sorted[Math.Min(sorted.Length - 1, (int)(sorted.Length * share))];
    }

    public static double Median(IEnumerable<double> samples) => Quantile(samples, 0.5);

    /// <summary>Jain's fairness index: 1 if all shares are equal, 1/n if one takes everything.</summary>
    public static double Jain(IReadOnlyCollection<double> shares)
    {
        double sum = shares.Sum();
        double squares = shares.Sum(share => share * share);
        return squares == 0 ? 0 : sum * sum / (shares.Count * squares);
    }

    /// <summary>A duration in ns with three digits and a fitting unit.</summary>
    public static string Time(double nanoseconds) => nanoseconds switch
    {
        0 => "0",
        < 1e3 => Digits(nanoseconds) + " ns",
        < 1e6 => Digits(nanoseconds / 1e3) + " µs",
        < 1e9 => Digits(nanoseconds / 1e6) + " ms",
        _ => Digits(nanoseconds / 1e9) + " s",
    };

    /// <summary>Megabytes (10^6 bytes) per second.</summary>
    public static string Rate(double bytesPerSecond) => (bytesPerSecond / 1e6).ToString("0", CultureInfo.InvariantCulture) + " MB/s";

    public static string Mebibytes(double bytes) => Digits(bytes / (1 << 20)) + " MiB";

    public static string Ratio(double ratio) => Digits(ratio) + " ×";

    public static string Count(double value) => value.ToString("0", CultureInfo.InvariantCulture);

    public static string Share(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);

    private static string Digits(double value) =>
        value.ToString(value < 9.995 ? "0.00" : value < 99.95 ? "0.0" : "0", CultureInfo.InvariantCulture);
}
