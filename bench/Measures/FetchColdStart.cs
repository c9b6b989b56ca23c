using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using ProcessDedup.Bench.Contenders;
using ProcessDedup.Bench.Report;

namespace ProcessDedup.Bench.Measures;

/// <summary>Many processes that want the same thing which nobody has: what the origin sees, and when the last has it.</summary>
internal sealed class FetchColdStart : Measure
{
    private static readonly string[] Columns = [DownloadField.Curl, DownloadField.NixPrefetch, DownloadField.MakeFetchHappen];

    private static readonly (int Count, string File, string Shown, long Size)[] Crowds =
    [
        (1, "64m", "64 MiB", 64 << 20), (4, "64m", "64 MiB", 64 << 20), (16, "64m", "64 MiB", 64 << 20), (64, "8m", "8 MiB", 8 << 20),
    ];

    public override string Name => "fetch-cold";

    public override IEnumerable<Row> Run(Bench bench)
    {
        if (bench.Downloads is not { } field)
            yield break;
        int rounds = bench.Pick(3, 1);
        var gets = new List<Row>();
        var times = new List<Row>();
        foreach ((int count, string file, string shown, long size) in Crowds)
        {
            if (bench.IsQuick && count is 1 or 64)
                continue;
            Uri address = field.Origin.Serve(file, size);
            Downloader[] contenders = [field.Product ?? field.Worker, .. field.Named(Columns)];
            var asked = contenders.ToDictionary(c => c.Name, _ => 0);
            var taken = contenders.ToDictionary(c => c.Name, _ => new List<double>());
            for (int round = 0; round < rounds; round++)
            {
                foreach (Downloader contender in contenders)
                {
                    string directory = field.NewDirectory(contender);
                    int before = field.Origin.Gets(address);
                    taken[contender.Name].Add(DownloadRun.OfMany(contender, address, directory, count));
                    asked[contender.Name] = Math.Max(asked[contender.Name], field.Origin.Gets(address) - before);
                    Directory.Delete(directory, recursive: true);
                }
            }

            string crowd = string.Create(CultureInfo.InvariantCulture, $"{count} × {shown}");
            Dictionary<string, string> counts = asked.ToDictionary(a => a.Key, a => a.Value.ToString(CultureInfo.InvariantCulture));
            gets.Add(new Row($"GETs at the origin, {crowd}", Columns, counts[Field.Ours], counts).WithTarget("1", asked[Field.Ours] == 1));
            times.Add(Row.OfTimes(
                $"until the last is done, {crowd}", Columns, Field.Ours,
                taken.ToDictionary(t => t.Key, t => Figures.Median(t.Value)), DownloadField.Curl));
        }

        foreach (Row row in gets.Concat(times))
            yield return row;
    }
}
