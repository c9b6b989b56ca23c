using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using ProcessDedup.Bench.Contenders;
using ProcessDedup.Bench.Report;

namespace ProcessDedup.Bench.Measures;

/// <summary>
/// <c>Import-Module</c> in fresh processes, beside an empty script module: the difference is ours. And what an import
/// opens that the empty one does not: it is to load no native library, list no directory but its own, use no network.
/// </summary>
internal sealed partial class ModuleImport : Measure
{
    private const string Empty = "empty module";
    private const double MostTime = 40e6;

    private static readonly string[] Columns = [Empty];

    public override string Name => "import";

    public override IEnumerable<Row> Run(Bench bench)
    {
        if (Repository.Module() is not { } module || !PowerShellProcess.IsAvailable)
        {
            bench.Notes.WriteLine("skipped: import (needs pwsh, and the module built by build.ps1)");
            yield break;
        }

        string empty = Path.Combine(bench.Scratch, "Empty.psm1");
        File.WriteAllText(empty, "");
        var times = new Dictionary<string, List<double>> { [Field.Ours] = [], [Empty] = [] };
        int rounds = bench.Pick(15, 5);
        for (int round = -1; round < rounds; round++)
        {
            foreach ((string name, string path) in new[] { (Field.Ours, module), (Empty, empty) })
            {
                double time = Import(path);
                if (round >= 0)
                    times[name].Add(time);
            }
        }

        var medians = times.ToDictionary(t => t.Key, t => Figures.Median(t.Value));
        yield return Row.OfTimes("Import-Module in a fresh pwsh, median", Columns, Field.Ours, medians, Empty)
            .WithTarget($"≤ {Figures.Time(MostTime)}", medians[Field.Ours] <= MostTime);
        if (PowerShellProcess.CanTrace)
            yield return SideEffects(bench, module, empty);
        else
            bench.Notes.WriteLine("skipped: side effects of the import (needs strace)");
    }

    private static double Import(string module)
    {
        string time = PowerShellProcess.Run(
            "-Command",
            $"$w = [Diagnostics.Stopwatch]::StartNew(); Import-Module '{module}'; $w.Stop(); $w.Elapsed.Ticks");
        return double.Parse(time.Trim(), CultureInfo.InvariantCulture) * 100;
    }

    private static Row SideEffects(Bench bench, string module, string empty)
    {
        string traceFile = Path.Combine(bench.Scratch, "trace");
        string own = Path.GetDirectoryName(module)!;
        var usual = new HashSet<string>(Effects(PowerShellProcess.Trace(traceFile, $"Import-Module '{empty}'")));
        var ours = new SortedSet<string>(Effects(PowerShellProcess.Trace(traceFile, $"Import-Module '{module}'")));
        ours.ExceptWith(usual);
        ours.RemoveWhere(effect => effect == $"list {own}" || effect.StartsWith($"list {own}/", StringComparison.Ordinal));
        foreach (string effect in ours)
            bench.Notes.WriteLine("import: " + effect);
        string count = ours.Count.ToString(CultureInfo.InvariantCulture);
        return new Row("native loads, directory scans, sockets in it", Columns, count, new Dictionary<string, string> { [Empty] = "0" })
            .WithTarget("0", ours.Count == 0);
    }

    private static IEnumerable<string> Effects(string[] trace)
    {
        foreach (string line in trace)
        {
            if (NativeLoad().Match(line) is { Success: true } load)
                yield return "load " + load.Groups[1].Value;
            else if (Listing().Match(line) is { Success: true } listing)
                yield return "list " + ProcessNumber().Replace(listing.Groups[1].Value, "/proc/PID");
            else if (Network().IsMatch(line))
                yield return "network socket";
        }
    }

    // openat(AT_FDCWD</dir>, "/path/lib.so", …) = 5</path/lib.so>
    [GeneratedRegex("""openat\(.*, "([^"]+\.so[.0-9]*)",.* = \d""")]
    private static partial Regex NativeLoad();

    [GeneratedRegex(@"getdents64\(\d+<([^>]+)>")]
    private static partial Regex Listing();

    [GeneratedRegex(@"^/proc/\d+")]
    private static partial Regex ProcessNumber();

    [GeneratedRegex(@"socket\(AF_INET")]
    private static partial Regex Network();
}
