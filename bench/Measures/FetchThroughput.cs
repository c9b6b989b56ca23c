using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using ProcessDedup.Bench.Contenders;
using ProcessDedup.Bench.Report;

namespace ProcessDedup.Bench.Measures;

/// <summary>One large file into an empty cache: ours with SHA-256 and fsync, the others with what they do.</summary>
internal sealed class FetchThroughput : Measure
{
    private const long Size = 1L << 30;

    // Of curl with sync: what is asked for is a file that outlives a power failure. SHA-256 comes on top of that.
    private const double LeastWarm = 1.0;
    private const double LeastOfProgram = 0.9;
    private const string Session = "in a session";
    private const string Program = "procdedup fetch";

    private static readonly string[] Columns =
    [
        DownloadField.CurlAndSync, DownloadField.Curl, DownloadField.CurlAndHash, DownloadField.AriaAlone,
        DownloadField.AriaFour, DownloadField.MakeFetchHappen,
    ];

    public override string Name => "fetch-large";

    public override IEnumerable<Row> Run(Bench bench)
    {
        if (bench.Downloads is not { } field)
            yield break;
        Uri address = field.Origin.Serve("1g", Size);
        // The native program, if PROCESSDEDUP_BENCH_PROCDEDUP names it.
        Downloader[] program = field.Product is { } product ? [product with { Name = Program }] : [];
        Downloader[] contenders = [field.Worker, SessionWorker(field), .. program, .. field.Named(Columns)];
        var rates = contenders.ToDictionary(c => c.Name, _ => new List<double>());
        int rounds = bench.Pick(9, 1);
        for (int round = bench.IsQuick ? 0 : -1; round < rounds; round++)
        {
            foreach (Downloader contender in contenders)
            {
                string directory = field.NewDirectory(contender);
                DownloadRun run = DownloadRun.Of(contender, address, directory);
                double time = contender.Name == Session ? LastTime(run.Output) : run.Time;
                if (round >= 0)
                    rates[contender.Name].Add(Size / time * 1e9);
                Clear(directory);
            }
        }

        Dictionary<string, double> medians = rates.ToDictionary(r => r.Key, r => Figures.Median(r.Value));
        yield return Compared("1 GiB, in a session that is warm", medians[Session], medians, LeastWarm);
        yield return Compared("1 GiB, a small program, from start to exit", medians[Field.Ours], medians, null);
        if (medians.TryGetValue(Program, out double whole))
            yield return Compared("1 GiB, procdedup, from start to exit", whole, medians, LeastOfProgram);
    }

    private static Row Compared(string measure, double ours, Dictionary<string, double> rates, double? least)
    {
        var row = new Row(measure, Columns, Figures.Rate(ours), rates.ToDictionary(r => r.Key, r => Figures.Rate(r.Value)));
        if (!rates.TryGetValue(DownloadField.CurlAndSync, out double curl))
            return row;
        row = row with { Ratio = Figures.Ratio(ours / curl) };
        return least is { } wanted ? row.WithTarget("≥ " + Figures.Ratio(wanted), ours >= wanted * curl) : row;
    }

    // Code is compiled and optimised by what comes before; nginx does not look at the query.
    private static Downloader SessionWorker(DownloadField field)
    {
        string small = field.Origin.Serve("64m", 64 << 20).AbsoluteUri;
        return new(Session, (address, directory, _) =>
        {
            ProcessStartInfo start = Contender.Self(
                [FetchWorker.Verb, .. Enumerable.Range(0, 4).Select(i => string.Create(CultureInfo.InvariantCulture, $"{small}?{i}")), address.AbsoluteUri]);
            start.Environment[Locks.LockRoot.HomeVariable] = directory;
            return start;
        });
    }

    private static double LastTime(string output) =>
        double.Parse(output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1].Split(' ')[0], CultureInfo.InvariantCulture);

    // Nothing of one contender's write-back must be left to the next.
    private static void Clear(string directory)
    {
        Directory.Delete(directory, recursive: true);
        using Process sync = Process.Start("sync");
        sync.WaitForExit();
    }
}
