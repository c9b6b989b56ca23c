using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using ProcessDedup.Bench.Contenders;
using ProcessDedup.Bench.Report;

namespace ProcessDedup.Bench.Measures;

/// <summary>The most memory that a download has resident, for a file and for one sixteen times as large.</summary>
internal sealed class FetchMemory : Measure
{
    private const long Most = 100L << 20;

    private static readonly string[] Columns =
        [DownloadField.Curl, DownloadField.AriaAlone, DownloadField.AriaFour, DownloadField.MakeFetchHappen];

    private static readonly (string Name, string Shown, long Size)[] Files = [("64m", "64 MiB", 64L << 20), ("1g", "1 GiB", 1L << 30)];

    public override string Name => "fetch-memory";

    public override IEnumerable<Row> Run(Bench bench)
    {
        if (bench.Downloads is not { } field)
            yield break;
        int rounds = bench.Pick(3, 1);
        foreach ((string name, string shown, long size) in Files)
        {
            Uri address = field.Origin.Serve(name, size);
            var peaks = new Dictionary<string, double>();
            foreach (Downloader contender in field.Named(bench.IsQuick ? [DownloadField.Curl] : Columns).Prepend(field.Worker))
            {
                for (int round = 0; round < rounds; round++)
                {
                    string directory = field.NewDirectory(contender);
                    // The worst, not the median: a limit holds always or not at all.
                    double peak = DownloadRun.Of(contender, address, directory).PeakBytes;
                    peaks[contender.Name] = Math.Max(peaks.GetValueOrDefault(contender.Name), peak);
                    Directory.Delete(directory, recursive: true);
                }
            }

            yield return new Row(
                $"peak resident memory, {shown}", Columns, Figures.Mebibytes(peaks[Field.Ours]),
                peaks.ToDictionary(p => p.Key, p => Figures.Mebibytes(p.Value)))
                .WithTarget("≤ " + Figures.Mebibytes(Most), peaks[Field.Ours] <= Most);
        }
    }
}
