using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using ProcessDedup.Bench.Contenders;
using ProcessDedup.Bench.Measures;
using ProcessDedup.Bench.Report;

if (args is [Worker.Verb, { } kind, { } file])
    return Worker.Run(kind, file);
if (args is [FetchWorker.Verb, .. string[] addresses])
    return FetchWorker.Run(addresses);
if (args is [SqliteWorker.Verb, { } way, { } journal, { } synchronous, { } database])
    return SqliteWorker.Run(way, journal, synchronous, database);

Measure[] all = [
    new Uncontended(), new FleetLock(), new HandOff(), new Fairness(), new KillToGranted(), new WaiterCpu(), new ProcessStart(), new CmdletCall(), new ModuleImport(),
    new FetchThroughput(), new FetchMemory(), new FetchColdStart(), new FetchHit(), new FetchAgain(),
    new ArtifactRestore(),
    new SqliteWriters("DELETE", "FULL"), new SqliteWriters("DELETE", "NORMAL"), new SqliteWriters("WAL", "FULL"), new SqliteWriters("WAL", "NORMAL"),
];
bool isQuick = args.Contains("--quick");
string[] filters = args.Where(a => a != "--quick").ToArray();
Measure[] chosen = all.Where(m => filters.Length == 0 || filters.Any(f => m.Name.Contains(f, StringComparison.OrdinalIgnoreCase))).ToArray();
if (!OperatingSystem.IsLinux() || chosen.Length == 0)
{
    Console.Error.WriteLine("usage (on Linux): dotnet run -c Release --project bench [-- [--quick] [MEASURE]...]");
    Console.Error.WriteLine("measures: " + string.Join(", ", all.Select(m => m.Name)));
    return 64;
}

string scratch = Directory.CreateTempSubdirectory("processdedup-bench-").FullName;
Environment.SetEnvironmentVariable(ProcessDedup.Locks.LockRoot.HomeVariable, Path.Combine(scratch, "home"));
try
{
    var watch = Stopwatch.StartNew();
    Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{RuntimeInformation.OSDescription}, {Environment.ProcessorCount} CPUs, {RuntimeInformation.FrameworkDescription}, lock files on {new DriveInfo(scratch).DriveFormat}, load {File.ReadAllText("/proc/loadavg").Split(' ')[0]} at the start{(isQuick ? ", --quick: a glance, not a measurement" : "")}"));
    var field = Field.Find(scratch, Console.Out);
    using var bench = new Bench(field, scratch, isQuick, Console.Out);
    var rows = new List<Row>();
    foreach (Measure measure in chosen)
    {
        Console.Error.WriteLine($"{watch.Elapsed.TotalSeconds,4:0} s  {measure.Name} …");
        rows.AddRange(measure.Run(bench));
    }

    Console.WriteLine();
    Table.Write(rows, Console.Out);
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{watch.Elapsed.TotalSeconds:0} s in all; ratio: ours to the first peer, unless the row says otherwise"));
    return 0;
}
finally
{
    Directory.Delete(scratch, recursive: true);
}
