using System;
using System.Collections.Generic;
using System.Diagnostics;
using ProcessDedup.Bench.Contenders;
using ProcessDedup.Bench.Report;

namespace ProcessDedup.Bench.Measures;

/// <summary>
/// Acquire and release of a lock of a fleet when nobody else wants it, beside the two statements alone on one connection.
/// Both in this process, batch by batch in turn.
/// </summary>
internal sealed class FleetLock : Measure
{
    private const double MostTimesRaw = 1.5;
    private const int Batch = 300;

    public override string Name => "fleet";

    public override IEnumerable<Row> Run(Bench bench)
    {
        using FleetServer? server = FleetServer.Find(bench.Notes);
        if (server is null)
            yield break;
        // The workers' processes find it there.
        string? given = Environment.GetEnvironmentVariable(FleetServer.Variable);
        Environment.SetEnvironmentVariable(FleetServer.Variable, server.Connection);
        yield return Uncontended(bench, server.Connection);
        foreach (Row row in FleetContention.Run(bench, server.Connection))
            yield return row;
        Environment.SetEnvironmentVariable(FleetServer.Variable, given);
    }

    private static Row Uncontended(Bench bench, string connection)
    {
        string file = bench.NewFile();
        using var own = new FleetHeldLock(file, connection);
        using var raw = new RawFleetLock(file, connection);
        List<double> ours = [], theirs = [];
        for (int round = bench.Pick(41, 11); round > -3; round--)
        {
            double taken = Time(own);
            double alone = Time(raw);
            // The first ones warm up.
            if (round > bench.Pick(38, 8))
                continue;
            ours.Add(taken);
            theirs.Add(alone);
        }

        double median = Figures.Median(ours), rawMedian = Figures.Median(theirs);
        return Row.OfTimes(
            "lock of a fleet; raw: pg_advisory_lock+unlock, one connection", Field.Peers, Field.Ours,
            new Dictionary<string, double> { [Field.Ours] = median, [Field.Raw] = rawMedian }, Field.Raw)
            .WithTarget($"≤ {Figures.Ratio(MostTimesRaw)}", median <= MostTimesRaw * rawMedian);
    }

    /// <summary>Nanoseconds for one.</summary>
    private static double Time(HeldLock held)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < Batch; i++)
        {
            held.Acquire();
            held.Release();
        }

        return Stopwatch.GetElapsedTime(start).TotalNanoseconds / Batch;
    }
}
