using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using System.Threading.Tasks;

namespace ProcessDedup.Tour;

/// <summary>One process holds a lock and is killed; five wait, and come in one after the other.</summary>
internal static class OneLock
{
    public static async Task PlayAsync(Stage stage)
    {
        Screen screen = stage.Screen;
        screen.Scene("One lock", "One process has the lock, five wait for it. Then the holder is killed.");
        screen.PowerShellCommand("Invoke-WithFileLock restore -Reason 'npm ci' { ... }");
        screen.ShellCommand("procdedup lock restore -- ...");

        // The end of the tour ends it too: nobody writes to its standard input then.
        Job holder = stage.PowerShell(
            "Invoke-WithFileLock restore -Reason 'npm ci' { [Console]::WriteLine('HELD'); $null = [Console]::ReadLine() }");
        await holder.WaitForLineAsync("HELD", stage.Token);
        string log = Path.Combine(stage.Folder, "restore.log");
        List<Job> jobs = [];
        for (int number = 1; number <= 3; number++)
            jobs.Add(stage.PowerShell($"Invoke-WithFileLock restore -Reason 'npm ci' {{ {Visit(log, jobs.Count)} }}"));
        for (int number = 1; number <= 2; number++)
            jobs.Add(stage.Procdedup(["lock", "restore", "--reason", "npm ci", "--", .. stage.PlainPowerShell(Visit(log, jobs.Count))]));
        bool waited = await stage.WaitForWaitersAsync(jobs.Count, jobs);

        screen.PowerShellCommand("Get-FileLock restore");
        screen.Quote(await stage.PowerShell("(Get-FileLock restore | Out-String -Width 70).Trim()").ReadToEndAsync(stage.Token));
        screen.Say();
        await holder.KillAsync();
        long killed = DateTime.UtcNow.Ticks;
        screen.Tell(holder, "held the lock, and was killed");
        foreach (Job job in jobs)
            await job.ReadToEndAsync(stage.Token);

        List<Line> visits = [.. (await File.ReadAllLinesAsync(log, stage.Token)).Select(Line.Parse)];
        foreach (Line visit in visits.Where(v => v.Entered))
            screen.Tell(jobs[visit.Job], $"came in {TimeSpan.FromTicks(visit.Ticks - killed).TotalSeconds:0.0} s after that");
        int inside = 0, most = 0;
        foreach (Line visit in visits)
            most = Math.Max(most, inside += visit.Entered ? 1 : -1);
        JsonArray locks = await stage.LocksAsync();

        screen.Say();
        screen.Check(waited, $"{jobs.Count} processes waited, and could see for whom");
        screen.Check(most == 1 && inside == 0, $"never more than {most} at a time");
        screen.Check(visits.Count(v => v.Entered) == jobs.Count, "each had its turn; the killed holder blocked nobody");
        screen.Check(locks.All(l => (string)l!["state"]! == "Free"), "the lock is free again");
    }

    /// <summary>What must not be done twice at the same time: it says when it begins and when it ends.</summary>
    private static string Visit(string log, int job) =>
        $"foreach ($what in 'in', 'out') {{ [IO.File]::AppendAllText({PowerShell.Quote(log)}, "
        + $"\"$what {job} $([DateTime]::UtcNow.Ticks)`n\"); if ($what -eq 'in') {{ Start-Sleep -Milliseconds 200 }} }}";

    private readonly record struct Line(bool Entered, int Job, long Ticks)
    {
        public static Line Parse(string line) =>
            line.Split(' ') is [string what, string job, string ticks]
                ? new Line(what == "in", int.Parse(job), long.Parse(ticks))
                : throw new TourException($"Not a line of the log: {line}");
    }
}
