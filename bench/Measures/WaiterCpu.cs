using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using ProcessDedup.Bench.Contenders;
using ProcessDedup.Bench.Report;

namespace ProcessDedup.Bench.Measures;

/// <summary>
/// CPU time (user and system) that eight waiting processes burn, per waiter and minute. All contenders wait at the
/// same time: their processes' own clocks are read, so they do not count for each other.
/// </summary>
internal sealed class WaiterCpu : Measure
{
    private const int Waiters = 8;

    // A thousandth of one CPU: less than any service uses that is said to be idle.
    private const double MostPerMinute = 60e6;

    public override string Name => "waiter-cpu";

    public override IEnumerable<Row> Run(Bench bench)
    {
        TimeSpan length = TimeSpan.FromSeconds(bench.Pick(15, 4));
        var workers = new Dictionary<string, WorkerProcess[]>();
        foreach (Contender contender in bench.Field.All)
        {
            WorkerProcess[] started = WorkerProcess.Start(contender, bench.NewFile(), Waiters + 1);
            workers.Add(contender.Name, started);
            started[0].Ask("acquire");
            foreach (WorkerProcess waiter in started.Skip(1))
                waiter.Tell("acquire");
        }

        // The start of the processes is not the wait. Nor is what .NET compiles again, in two steps of thirty calls: looks come
        // once a second, so it is over only then.
        Thread.Sleep(TimeSpan.FromSeconds(bench.Pick(100, 3)));
        Dictionary<string, long> before = workers.ToDictionary(w => w.Key, w => Used(w.Value));
        Thread.Sleep(length);
        Dictionary<string, double> perMinute = workers.ToDictionary(
            w => w.Key, w => (Used(w.Value) - before[w.Key]) / (double)Waiters * (60 / length.TotalSeconds));

        foreach (WorkerProcess worker in workers.Values.SelectMany(w => w))
            worker.Dispose();
        yield return Row.OfTimes("CPU time per waiter and minute, 8 waiters", Field.Peers, Field.Ours, perMinute, null)
            .WithTarget($"≤ {Figures.Time(MostPerMinute)}", perMinute[Field.Ours] <= MostPerMinute);
    }

    private static long Used(WorkerProcess[] workers) =>
        workers.Skip(1).Sum(w => NativeCalls.CpuTime(w.Id) + Children(w.Id).Sum(NativeCalls.CpuTime));

    // A shell waits by a child process.
    private static IEnumerable<int> Children(int processId)
    {
        string id = processId.ToString(CultureInfo.InvariantCulture);
        string file = $"/proc/{id}/task/{id}/children"; // missing in kernels without CONFIG_PROC_CHILDREN
        return File.Exists(file)
            ? File.ReadAllText(file).Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(c => int.Parse(c, CultureInfo.InvariantCulture))
            : [];
    }
}
