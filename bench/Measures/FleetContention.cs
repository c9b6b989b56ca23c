using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using Npgsql;
using ProcessDedup.Bench.Contenders;
using ProcessDedup.Bench.Report;

namespace ProcessDedup.Bench.Measures;

/// <summary>
/// Two processes that want one lock of a fleet, as two machines: how long a turn takes, how long from a release to the grant, and
/// what a wait asks the server; beside the two statements alone.
/// </summary>
internal static class FleetContention
{
    private const double MostTimesRaw = 1.5;

    private static readonly TimeSpan Hold = TimeSpan.FromMilliseconds(5);

    // A worker gets the order before this begins.
    private static readonly TimeSpan Start = TimeSpan.FromMilliseconds(50);

    public static IEnumerable<Row> Run(Bench bench, string connection)
    {
        Contender[] both =
        [
            new(Field.Ours, false, file => Contender.Self(FleetHeldLock.Kind, file)),
            new(Field.Raw, false, file => Contender.Self(RawFleetLock.Kind, file)),
        ];
        Dictionary<string, List<double>> turns = Turns(bench, both);
        var medians = turns.ToDictionary(t => t.Key, t => Figures.Median(t.Value));
        yield return Row.OfTimes("lock of a fleet that two processes want all the time: a turn", Field.Peers, Field.Ours, medians, Field.Raw)
            .WithTarget($"≤ {Figures.Ratio(MostTimesRaw)}", medians[Field.Ours] <= MostTimesRaw * medians[Field.Raw]);
        Dictionary<string, List<double>> handOffs = HandOff.Sample(bench, both, Hold, bench.Pick(300, 50));
        foreach ((string name, double share) in new[] { ("p50", 0.5), ("p99", 0.99) })
        {
            yield return Row.OfTimes(
                $"hand-off of a lock of a fleet {name}, held 5 ms", Field.Peers, Field.Ours,
                handOffs.ToDictionary(h => h.Key, h => Figures.Quantile(h.Value, share)), Field.Raw);
        }

        double asked = Statements(bench, both[0], connection);
        yield return new Row("statements of one waiter in a minute", Field.Peers, Figures.Count(asked), new Dictionary<string, string>())
            .WithTarget("0", asked == 0);
    }

    /// <summary>Nanoseconds for a turn, in periods in turn.</summary>
    private static Dictionary<string, List<double>> Turns(Bench bench, Contender[] both)
    {
        TimeSpan period = TimeSpan.FromMilliseconds(bench.Pick(500, 200));
        var pairs = both.Select(c => (c.Name, Workers: WorkerProcess.Start(c, bench.NewFile(), 2))).ToArray();
        var turns = both.ToDictionary(c => c.Name, _ => new List<double>());
        for (int round = bench.Pick(15, 4); round >= 0; round--)
        {
            foreach ((string name, WorkerProcess[] workers) in pairs)
            {
                long start = Worker.Now() + Start.Ticks * TimeSpan.NanosecondsPerTick, end = start + (period.Ticks * TimeSpan.NanosecondsPerTick);
                foreach (WorkerProcess worker in workers)
                    worker.Tell(string.Create(CultureInfo.InvariantCulture, $"cycle spin 0 {start} {end}"));
                long count = workers.Sum(w => long.Parse(w.Read().Split(' ')[0], CultureInfo.InvariantCulture));
                turns[name].Add(period.TotalNanoseconds / Math.Max(1, count));
            }
        }

        foreach (WorkerProcess worker in pairs.SelectMany(p => p.Workers))
            worker.Dispose();
        return turns;
    }

    /// <summary>What the server counts while one waits for a holder that says nothing itself: a session of another program.</summary>
    private static double Statements(Bench bench, Contender ours, string connection)
    {
        using NpgsqlConnection eye = Open(connection), holder = Open(connection);
        string file = bench.NewFile();
        WorkerProcess waiter = WorkerProcess.Start(ours, file, 1)[0];
        using (var take = new NpgsqlCommand("SELECT pg_advisory_lock(procdedup.lock_key($1))", holder))
        {
            take.Parameters.Add(new NpgsqlParameter { Value = Path.GetFileName(file) });
            waiter.Ask("acquire");
            waiter.Tell("release");
            take.ExecuteNonQuery();
        }

        waiter.Tell("acquire");
        using (var waits = new NpgsqlCommand("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted", eye))
        {
            while (waits.ExecuteScalar() is not > 0L)
                Thread.Sleep(10);
        }

        int seconds = bench.Pick(15, 4);
        // Sessions report what they did once a second at most.
        Thread.Sleep(TimeSpan.FromSeconds(2));
        // The server's own housekeeping counts as well, and comes once a minute.
        long asked = Enumerable.Range(0, 3).Min(_ =>
        {
            long before = Transactions(eye);
            Thread.Sleep(TimeSpan.FromSeconds(seconds));
            // The look before is one itself.
            return Transactions(eye) - before - 1;
        });
        waiter.Dispose();
        return asked * 60.0 / seconds;
    }

    private static NpgsqlConnection Open(string connection)
    {
        var opened = new NpgsqlConnection(connection + ";Pooling=false");
        opened.Open();
        return opened;
    }

    private static long Transactions(NpgsqlConnection eye)
    {
        using var command = new NpgsqlCommand(
            "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()", eye);
        return (long)command.ExecuteScalar()!;
    }
}
