using System.Collections.Generic;
using System.IO;
using System.Linq;
using ProcessDedup.Bench.Contenders;
using ProcessDedup.Bench.Report;

namespace ProcessDedup.Bench.Measures;

/// <summary>
/// Acquire and release when nobody else wants the lock. Ours and the system calls run in this process, batch by
/// batch in turn; the peers in processes of their own between them.
/// </summary>
internal sealed class Uncontended : Measure
{
    private const double MostTimesRaw = 1.5;

    public override string Name => "uncontended";

    public override IEnumerable<Row> Run(Bench bench)
    {
        // A lock that was waited for has a gate file from then on, and each request passes it.
        string gated = bench.NewFile();
        File.WriteAllBytes(gated + ".gate", []);
        using var own = HeldLock.Create(Contender.CoreKind, bench.NewFile());
        using var ownGated = HeldLock.Create(Contender.CoreKind, gated);
        using var raw = HeldLock.Create(Contender.RawOpenKind, bench.NewFile());
        using var rawKept = HeldLock.Create(Contender.RawKind, bench.NewFile());
        // Three compilations of what is called most: as it is, instrumented, optimised.
        foreach (string kind in new[] { Contender.CoreKind, Contender.RawOpenKind, Contender.RawKind })
            Worker.WarmUp(kind, bench.NewFile(), 6);

        var inProcess = new (string Name, HeldLock Lock, List<double> Times)[]
        {
            ("own", own, []), ("ownGated", ownGated, []), ("raw", raw, []), ("rawKept", rawKept, []),
        };
        var peers = bench.Field.Others
            .Select(peer => (Peer: peer, Worker: WorkerProcess.Start(peer, bench.NewFile(), 1)[0], Times: new List<double>()))
            .ToArray();
        int rounds = bench.Pick(41, 11);
        for (int round = 0; round < rounds; round++)
        {
            foreach ((_, HeldLock held, List<double> times) in inProcess)
                times.Add(Worker.Loop(held, 2000));
            // A shell pays a process for each; that needs no more rounds to be seen.
            if (round % 8 != 0)
                continue;
            foreach ((Contender peer, WorkerProcess worker, List<double> times) in peers)
                times.Add(worker.Ask(peer.Name == Field.Flock ? "loop 30" : "loop 300"));
        }

        foreach ((_, WorkerProcess worker, _) in peers)
            worker.Dispose();
        var medians = inProcess.ToDictionary(p => p.Name, p => Figures.Median(p.Times));
        var others = peers.ToDictionary(p => p.Peer.Name, p => Figures.Median(p.Times));
        yield return Compare("acquire + release; raw: open+flock+close", medians["own"], medians["raw"], others);
        yield return Compare("the same, lock was contended before", medians["ownGated"], medians["raw"], others);
        yield return Row.OfTimes(
            "the same; raw: flock+unlock, file kept open", Field.Peers, Field.Ours,
            new Dictionary<string, double> { [Field.Ours] = medians["own"], [Field.Raw] = medians["rawKept"] }, Field.Raw);
    }

    private static Row Compare(string measure, double own, double raw, Dictionary<string, double> others)
    {
        var times = new Dictionary<string, double>(others) { [Field.Ours] = own, [Field.Raw] = raw };
        return Row.OfTimes(measure, Field.Peers, Field.Ours, times, Field.Raw)
            .WithTarget($"≤ {Figures.Ratio(MostTimesRaw)}", own <= MostTimesRaw * raw);
    }
}
