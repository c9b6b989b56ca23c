using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using ProcessDedup.Bench.Contenders;
using ProcessDedup.Bench.Report;

namespace ProcessDedup.Bench.Measures;

/// <summary>
/// Eight processes take one lock in a loop, hold it for 1 ms, and come back at once. A holder that works keeps its
/// CPU and is back before the one it has woken is awake; a holder that sleeps is not.
/// </summary>
internal sealed class Fairness : Measure
{
    private const int Processes = 8;
    private const int HoldMicroseconds = 1000;
    private const double LeastJain = 0.99;

    public override string Name => "fairness";

    public override IEnumerable<Row> Run(Bench bench)
    {
        TimeSpan length = TimeSpan.FromMilliseconds(bench.Pick(3000, 700));
        foreach ((string hold, string text) in new[] { ("sleep", "holders sleep 1 ms"), ("spin", "holders work 1 ms") })
        {
            var results = bench.Field.All.ToDictionary(c => c.Name, _ => new List<Outcome>());
            for (int repetition = 0; repetition < bench.Pick(2, 1); repetition++)
            {
                foreach (Contender contender in bench.Field.All)
                    results[contender.Name].Add(Sample(bench, contender, hold, length));
            }

            yield return Compare($"Jain index of 8, {text}", results, r => Figures.Share(r.Min(o => o.Jain)))
                .WithTarget($"≥ {LeastJain.ToString(CultureInfo.InvariantCulture)}", results[Field.Ours].Min(o => o.Jain) >= LeastJain);
            yield return Compare($"worst wait of 8, {text}", results, r => Figures.Time(r.Max(o => o.WorstWait)));
            yield return Compare(
                $"grants per second, {text}", results,
                r => (r.Average(o => o.Grants) / length.TotalSeconds).ToString("0", CultureInfo.InvariantCulture));
        }
    }

    /// <summary>The worse of the repetitions counts.</summary>
    private static Row Compare(string measure, Dictionary<string, List<Outcome>> results, Func<List<Outcome>, string> figure)
    {
        var texts = results.ToDictionary(r => r.Key, r => figure(r.Value));
        return new Row(measure, Field.Peers, texts[Field.Ours], texts);
    }

    private static Outcome Sample(Bench bench, Contender contender, string hold, TimeSpan length)
    {
        WorkerProcess[] workers = WorkerProcess.Start(contender, bench.NewFile(), Processes);
        long start = Worker.Now() + 50_000_000;
        long end = start + (long)length.TotalNanoseconds;
        string command = string.Create(CultureInfo.InvariantCulture, $"cycle {hold} {HoldMicroseconds} {start} {end}");
        foreach (WorkerProcess worker in workers)
            worker.Tell(command);
        double[][] answers = workers.Select(w => Numbers(w.Read())).ToArray();
        foreach (WorkerProcess worker in workers)
            worker.Dispose();
        double[] grants = answers.Select(a => a[0]).ToArray();
        return new Outcome(Figures.Jain(grants), answers.Max(a => a[1]), grants.Sum());
    }

    private static double[] Numbers(string line) =>
        line.Split(' ').Select(word => double.Parse(word, CultureInfo.InvariantCulture)).ToArray();

    private sealed record Outcome(double Jain, double WorstWait, double Grants);
}
