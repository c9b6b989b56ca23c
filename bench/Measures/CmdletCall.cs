using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using ProcessDedup.Bench.Contenders;
using ProcessDedup.Bench.Report;

namespace ProcessDedup.Bench.Measures;

/// <summary>What a call of <c>Invoke-WithFileLock x {}</c> costs in PowerShell.</summary>
internal sealed class CmdletCall : Measure
{
    private const string Block = "& {}";
    private const string NoOp = "no-op cmdlet";
    private const double MostPerCall = 60e3;

    private static readonly string[] Columns = [Block, NoOp];

    public override string Name => "cmdlet";

    public override IEnumerable<Row> Run(Bench bench)
    {
        if (Repository.Module() is not { } module || !PowerShellProcess.IsAvailable)
        {
            bench.Notes.WriteLine("skipped: cmdlet (needs pwsh, and the module built by build.ps1)");
            yield break;
        }

        string script = Path.Combine(AppContext.BaseDirectory, "peers", "cmdlet.ps1");
        string answer = PowerShellProcess.Run(
            "-File", script, "-Module", module, "-Rounds", bench.Pick(31, 9).ToString(CultureInfo.InvariantCulture), "-Calls", "1000");
        var times = new Dictionary<string, double>();
        foreach (string line in answer.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            string[] words = line.Split(' ');
            string name = words[0] switch { "cmdlet" => Field.Ours, "block" => Block, _ => NoOp };
            times[name] = double.Parse(words[1], CultureInfo.InvariantCulture) * 1000;
        }

        yield return Row.OfTimes("Invoke-WithFileLock x {}, per call", Columns, Field.Ours, times, Block)
            .WithTarget($"≤ {Figures.Time(MostPerCall)}", times[Field.Ours] <= MostPerCall);
        yield return Row.OfTimes(
            "the same, less the no-op cmdlet", Columns, Field.Ours,
            new Dictionary<string, double> { [Field.Ours] = times[Field.Ours] - times[NoOp] }, null);
    }
}
