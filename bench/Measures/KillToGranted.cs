using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using ProcessDedup.Bench.Contenders;
using ProcessDedup.Bench.Report;

namespace ProcessDedup.Bench.Measures;

/// <summary>From kill -9 of the holder to the moment a waiting process holds the lock.</summary>
internal sealed class KillToGranted : Measure
{
    // Long enough for an owner record, so that our waiter has a crash to tell of.
    private static readonly TimeSpan Hold = TimeSpan.FromMilliseconds(250);

    // A hold that is a multiple of a poll's period would meet the waiter in the same phase of it every time.
    private const int LongestPoll = 100;

    private readonly Random _random = new(1);

    public override string Name => "kill";

    public override IEnumerable<Row> Run(Bench bench)
    {
        var samples = new Dictionary<string, List<double>>();
        int rounds = bench.Pick(9, 2);
        for (int round = 0; round < rounds; round++)
        {
            foreach (Contender contender in bench.Field.All)
            {
                if (contender.TrustsAge && (round > 0 || bench.IsQuick))
                    continue;
                if (!samples.TryGetValue(contender.Name, out List<double>? times))
                    samples.Add(contender.Name, times = []);
                times.Add(Once(bench, contender));
            }
        }

        if (bench.IsQuick)
            bench.Notes.WriteLine($"kill: {Field.ProperLockfile} is left out; it waits for 10 s until it believes in a death");
        yield return Row.OfTimes(
            "kill -9 of the holder to granted, median", Field.Peers, Field.Ours,
            samples.ToDictionary(s => s.Key, s => Figures.Median(s.Value)), Field.Raw);
    }

    private double Once(Bench bench, Contender contender)
    {
        WorkerProcess[] workers = WorkerProcess.Start(contender, bench.NewFile(), 2);
        workers[0].Ask("acquire");
        workers[1].Tell("acquire");
        Thread.Sleep(contender.Polls ? Hold + TimeSpan.FromMilliseconds(_random.Next(LongestPoll)) : Hold);
        long killed = Worker.Now();
        workers[0].Kill();
        long granted = workers[1].ReadNumber();
        foreach (WorkerProcess worker in workers)
            worker.Dispose();
        return granted - killed;
    }
}
