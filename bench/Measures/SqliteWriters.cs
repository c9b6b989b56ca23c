using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using ProcessDedup.Bench.Contenders;
using ProcessDedup.Bench.Report;

namespace ProcessDedup.Bench.Measures;

/// <summary>Eight processes write one row after the other into one database, in the ways that are common and in ours.</summary>
internal sealed class SqliteWriters(string journal, string synchronous) : Measure
{
    private const int Writers = 8;
    // To the bare gate, which hands over to whoever has it last. With a pause all get what they ask for; without one a turn in order
    // costs a switch of processes for each transaction.
    private const double LeastWithPause = 0.95, LeastOfJournal = 0.8, LeastOfLog = 0.7;
    private const double WorstTailWithPause = 25e6, SlowestWithoutPause = 50e6;

    private const string WithoutGate = "ours, no gate", Gate = "flock gate", GateKept = "flock gate, PERSIST", BusyTimeout = "busy_timeout 5 s";
    private const string Python = "Python's sqlite3";
    private static readonly string Provider = "provider " + SqliteWriter.ProviderVersion, Autocommit = Provider + ", autocommit";

    private static readonly string[] Columns = [WithoutGate, Gate, GateKept, BusyTimeout, Provider, Autocommit, Python];

    public override string Name => $"sqlite-{journal}-{synchronous}".ToLowerInvariant();

    public override IEnumerable<Row> Run(Bench bench)
    {
        string directory = Directory.CreateDirectory(Path.Combine(bench.Scratch, Name)).FullName;
        var teams = Contenders().ToDictionary(c => c.Name, c => Start(c, Path.Combine(directory, c.Name.Replace(' ', '-') + ".db")));
        try
        {
            foreach (int think in new[] { 5000, 0 })
            {
                foreach (Row row in Compare($"{journal}, {synchronous}, {(think == 0 ? "no pause" : "5 ms pause")}", Measured(bench, teams, think), think > 0))
                    yield return row;
            }
        }
        finally
        {
            foreach (WorkerProcess worker in teams.Values.SelectMany(t => t))
                worker.Dispose();
        }
    }

    private IEnumerable<Contender> Contenders()
    {
        yield return Own(Field.Ours, SqliteWriter.Ours, journal);
        yield return Own(WithoutGate, SqliteWriter.OursAlone, journal);
        yield return Own(Gate, SqliteWriter.Gate, journal);
        // What ours does instead of DELETE, for the same journal on both sides.
        if (journal == "DELETE")
            yield return Own(GateKept, SqliteWriter.Gate, "PERSIST");
        yield return Own(BusyTimeout, SqliteWriter.BusyTimeout, journal);
        yield return Own(Provider, SqliteWriter.Provider, journal);
        yield return Own(Autocommit, SqliteWriter.ProviderAutocommit, journal);
        string driver = Path.Combine(AppContext.BaseDirectory, "peers", "py-sqlite.py");
        if (Field.Succeeds("python3", "-c", "import sqlite3"))
            yield return new Contender(Python, true, file => new ProcessStartInfo("python3", [driver, journal, synchronous, file]));

        Contender Own(string name, string way, string mode) =>
            new(name, true, file => Contender.Self([SqliteWorker.Verb, way, mode, synchronous, file]));
    }

    // The first makes the table; eight at once would fail at that already, in the common ways.
    private static WorkerProcess[] Start(Contender contender, string file) =>
        [.. WorkerProcess.Start(contender, file, 1), .. WorkerProcess.Start(contender, file, Writers - 1)];

    private static Dictionary<string, Samples> Measured(Bench bench, Dictionary<string, WorkerProcess[]> teams, int think)
    {
        var all = teams.ToDictionary(t => t.Key, _ => new Samples());
        double seconds = bench.Pick(20, 5) / 10.0;
        for (int round = 0; round < bench.Pick(5, 1); round++)
        {
            foreach ((string name, WorkerProcess[] team) in teams)
            {
                long start = Worker.Now() + 20_000_000, end = start + (long)(seconds * 1e9);
                foreach (WorkerProcess worker in team)
                    worker.Tell(string.Create(CultureInfo.InvariantCulture, $"write {think} {start} {end}"));
                all[name].Add(team.Select(w => w.Read()), seconds);
            }
        }

        return all;
    }

    private IEnumerable<Row> Compare(string measure, Dictionary<string, Samples> all, bool hasPause)
    {
        double least = hasPause ? LeastWithPause : journal == "DELETE" ? LeastOfJournal : LeastOfLog;
        double ours = all[Field.Ours].Rate, provider = all[Provider].Rate;
        string like = all.ContainsKey(GateKept) ? GateKept : Gate;
        double ratio = Figures.Median(all[Field.Ours].Rates.Zip(all[like].Rates, (a, b) => a / b));
        yield return (OfAll($"{measure}: transactions/s", all, s => Figures.Count(s.Rate)) with { Ratio = Figures.Ratio(ratio) })
            .WithTarget("≥ " + Figures.Ratio(least), ratio >= least);
        // Without a target: with a pause and a log all writers together ask for less than three times what the provider manages.
        yield return new Row(
            "the same, to the provider", Columns, Figures.Count(ours), new Dictionary<string, string> { [Provider] = Figures.Count(provider) }) with
        {
            Ratio = Figures.Ratio(ours / provider),
        };
        yield return OfAll("a transaction, p50", all, s => Figures.Time(Figures.Median(s.Times)));
        double tail = Figures.Quantile(all[Field.Ours].Times, 0.99);
        Row tails = OfAll("a transaction, p99", all, s => Figures.Time(Figures.Quantile(s.Times, 0.99)));
        yield return hasPause ? tails.WithTarget("≤ " + Figures.Time(WorstTailWithPause), tail <= WorstTailWithPause) : tails;
        Row slowest = OfAll("the slowest", all, s => Figures.Time(s.Times.Max()));
        double longest = all[Field.Ours].Times.Max();
        yield return hasPause ? slowest : slowest.WithTarget("≤ " + Figures.Time(SlowestWithoutPause), longest <= SlowestWithoutPause);
        yield return OfAll("errors", all, s => Figures.Count(s.Errors));
    }

    private static Row OfAll(string measure, Dictionary<string, Samples> all, Func<Samples, string> figure)
    {
        Dictionary<string, string> texts = all.ToDictionary(s => s.Key, s => figure(s.Value));
        return new Row(measure, Columns, texts[Field.Ours], texts);
    }

    /// <summary>What one contender did in all rounds.</summary>
    private sealed class Samples
    {
        public List<double> Times { get; } = [];

        public List<double> Rates { get; } = [];

        public int Errors { get; private set; }

        public double Rate => Figures.Median(Rates);

        public void Add(IEnumerable<string> answers, double seconds)
        {
            int written = 0;
            foreach (string answer in answers)
            {
                double[] figures = answer.Split(' ').Select(f => double.Parse(f, CultureInfo.InvariantCulture)).ToArray();
                Errors += (int)figures[0];
                written += figures.Length - 1 - (int)figures[0];
                Times.AddRange(figures.Skip(1).Select(f => f * 1000));
            }

            Rates.Add(written / seconds);
        }
    }
}
