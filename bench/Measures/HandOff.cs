using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using ProcessDedup.Bench.Contenders;
using ProcessDedup.Bench.Report;

namespace ProcessDedup.Bench.Measures;

/// <summary>From the moment a holder begins to release to the moment the waiter, in another process, holds.</summary>
internal sealed class HandOff : Measure
{
    private const double MostTimesRaw = 3;

    // Long enough that the waiter is asleep; a long hold also has an owner record, and waiters that look who holds.
    private static readonly TimeSpan ShortHold = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan LongHold = TimeSpan.FromMilliseconds(250);

    // The longest period of a polling contender, so that its waiters are met in any phase of it.
    private const int LongestPoll = 100;

    public override string Name => "hand-off";

    public override IEnumerable<Row> Run(Bench bench)
    {
        Dictionary<string, List<double>> shortHolds = Sample(bench, bench.Field.All, ShortHold, bench.Pick(300, 50));
        yield return Compare(shortHolds, "hand-off p50, held 5 ms", 0.5)
            .WithTarget($"≤ {Figures.Ratio(MostTimesRaw)}", Median(shortHolds, Field.Ours) <= MostTimesRaw * Median(shortHolds, Field.Raw));
        yield return Compare(shortHolds, "hand-off p99, held 5 ms", 0.99);

        IEnumerable<Contender> inKernel = bench.Field.All.Where(c => c.Name is Field.Ours or Field.Raw);
        Dictionary<string, List<double>> longHolds = Sample(bench, inKernel, LongHold, bench.Pick(24, 4));
        yield return Compare(longHolds, "hand-off p50, held 250 ms", 0.5);
    }

    private static double Median(Dictionary<string, List<double>> samples, string name) => Figures.Median(samples[name]);

    private static Row Compare(Dictionary<string, List<double>> samples, string measure, double quantile) => Row.OfTimes(
        measure, Field.Peers, Field.Ours, samples.ToDictionary(s => s.Key, s => Figures.Quantile(s.Value, quantile)), Field.Raw);

    public static Dictionary<string, List<double>> Sample(
        Bench bench, IEnumerable<Contender> contenders, TimeSpan hold, int rounds)
    {
        var pairs = contenders
            .Select(c => (Contender: c, Workers: WorkerProcess.Start(c, bench.NewFile(), 2)))
            .ToArray();
        var samples = pairs.ToDictionary(p => p.Contender.Name, _ => new List<double>());
        var random = new Random(1);
        int warmUp = Math.Min(20, rounds / 4);
        for (int round = -warmUp; round < rounds; round++)
        {
            foreach ((Contender contender, WorkerProcess[] workers) in pairs)
            {
                // Pollers take their time; a tenth of the rounds shows it as well.
                if (contender.Polls && (round < 0 || round % (bench.IsQuick ? 12 : 8) != 0))
                    continue;
                TimeSpan held = contender.Polls ? hold + TimeSpan.FromMilliseconds(random.Next(LongestPoll)) : hold;
                double time = Once(workers[round & 1], workers[1 - (round & 1)], held);
                if (round >= 0)
                    samples[contender.Name].Add(time);
            }
        }

        foreach (WorkerProcess worker in pairs.SelectMany(p => p.Workers))
            worker.Dispose();
        return samples;
    }

    private static long Once(WorkerProcess holder, WorkerProcess waiter, TimeSpan hold)
    {
        holder.Ask("acquire");
        waiter.Tell("acquire");
        Thread.Sleep(hold);
        holder.Tell("release");
        long granted = waiter.ReadNumber();
        long released = holder.Ask("when");
        waiter.Tell("release");
        waiter.Ask("when");
        return granted - released;
    }
}
