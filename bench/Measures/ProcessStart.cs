using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using ProcessDedup.Bench.Contenders;
using ProcessDedup.Bench.Report;

namespace ProcessDedup.Bench.Measures;

/// <summary>What a shell pays to run <c>true</c> under a lock: the start of the program that takes it.</summary>
internal sealed class ProcessStart : Measure
{
    private static readonly string[] Columns = [Field.Flock, "true alone"];

    public override string Name => "process-start";

    public override IEnumerable<Row> Run(Bench bench)
    {
        string? program = Repository.Procdedup();
        if (program is null || bench.Field.All.All(c => c.Name != Field.Flock))
        {
            bench.Notes.WriteLine("skipped: process-start (needs flock(1), and procdedup built in the same configuration)");
            yield break;
        }

        string file = bench.NewFile();
        var commands = new Dictionary<string, ProcessStartInfo>
        {
            [Field.Ours] = new(program, ["lock", "--file", file, "--", "true"]),
            [Field.Flock] = new("flock", [file, "true"]),
            ["true alone"] = new("true"),
        };
        var times = commands.ToDictionary(c => c.Key, _ => new List<double>());
        int rounds = bench.Pick(30, 8);
        for (int round = -2; round < rounds; round++)
        {
            foreach ((string name, ProcessStartInfo start) in commands)
            {
                long before = Worker.Now();
                using (Process process = Process.Start(start)!)
                    process.WaitForExit();
                if (round >= 0)
                    times[name].Add(Worker.Now() - before);
            }
        }

        yield return Row.OfTimes(
            $"{Path.GetFileName(program)} lock --file F -- true", Columns, Field.Ours,
            times.ToDictionary(t => t.Key, t => Figures.Median(t.Value)), Field.Flock);
    }
}
