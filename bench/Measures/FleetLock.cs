using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using Npgsql;
using ProcessDedup.Bench.Contenders;
using ProcessDedup.Bench.Report;
using ProcessDedup.Coordination;
using ProcessDedup.Locks;
using ProcessDedup.Postgres;

namespace ProcessDedup.Bench.Measures;

/// <summary>
/// Acquire and release of a lock of a fleet when nobody else wants it, beside the two statements alone on one connection.
/// Both in this process, batch by batch in turn, against the server of PROCESSDEDUP_BENCH_POSTGRES.
/// </summary>
internal sealed class FleetLock : Measure
{
    private const string Variable = "PROCESSDEDUP_BENCH_POSTGRES";
    private const double MostTimesRaw = 1.5;
    private const int Batch = 300;

    public override string Name => "fleet";

    public override IEnumerable<Row> Run(Bench bench)
    {
        string? connection = Environment.GetEnvironmentVariable(Variable);
        if (string.IsNullOrEmpty(connection))
        {
            bench.Notes.WriteLine($"fleet: not measured; {Variable} names no server");
            yield break;
        }

        using Coordinator fleet = PostgresCoordinator.Open(connection);
        var request = new LockRequest(LockTarget.FromName(LockRoot.At(Path.Combine(bench.Scratch, "fleet")), "bench")) { Coordinator = fleet };
        using var raw = new NpgsqlConnection(connection + ";Pooling=false");
        raw.Open();
        using NpgsqlCommand take = Prepared(raw, "SELECT pg_advisory_lock($1)"), release = Prepared(raw, "SELECT pg_advisory_unlock($1)");
        List<double> ours = [], theirs = [];
        for (int round = bench.Pick(41, 11); round > -3; round--)
        {
            double own = Time(() => FileLock.Acquire(request).Dispose());
            double alone = Time(() =>
            {
                take.ExecuteNonQuery();
                release.ExecuteNonQuery();
            });
            // The first ones warm up.
            if (round > bench.Pick(38, 8))
                continue;
            ours.Add(own);
            theirs.Add(alone);
        }

        double median = Figures.Median(ours), rawMedian = Figures.Median(theirs);
        yield return Row.OfTimes(
            "lock of a fleet; raw: pg_advisory_lock+unlock, one connection", Field.Peers, Field.Ours,
            new Dictionary<string, double> { [Field.Ours] = median, [Field.Raw] = rawMedian }, Field.Raw)
            .WithTarget($"≤ {Figures.Ratio(MostTimesRaw)}", median <= MostTimesRaw * rawMedian);
    }

    private static NpgsqlCommand Prepared(NpgsqlConnection connection, string sql)
    {
        var command = new NpgsqlCommand(sql, connection);
        command.Parameters.Add(new NpgsqlParameter { Value = 4711L });
        command.Prepare();
        return command;
    }

    /// <summary>Nanoseconds for one.</summary>
    private static double Time(Action once)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < Batch; i++)
            once();
        return Stopwatch.GetElapsedTime(start).TotalNanoseconds / Batch;
    }
}
