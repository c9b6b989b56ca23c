using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;

namespace ProcessDedup.Tour;

/// <summary>A step that takes two seconds is wanted by many; one runs it, all have what it gave.</summary>
internal static class OneResult
{
    /// <summary>How many processes ask.</summary>
    public const int Requests = 2 * OfEach;

    private const int OfEach = 3;

    public static async Task PlayAsync(Stage stage)
    {
        Screen screen = stage.Screen;
        screen.Scene("One result", $"{OfEach} PowerShells want a version, {OfEach} shells a migration; both take two seconds.");
        screen.PowerShellCommand("Invoke-Once version-4711 { ./Get-NextVersion.ps1 }");
        screen.ShellCommand("procdedup once migrate-4711 -- ./migrate");
        string runs = Path.Combine(stage.Folder, "runs.log");
        List<Job> jobs = [];
        for (int i = 0; i < OfEach; i++)
            jobs.Add(stage.PowerShell($"Invoke-Once version-4711 {{ {Step(runs, "version")} }}"));
        string[] migrate = stage.PlainPowerShell(Step(runs, "schema"));
        for (int i = 0; i < OfEach; i++)
            jobs.Add(stage.Procdedup(["once", "migrate-4711", "--", .. migrate]));

        screen.Say();
        List<string> printed = [];
        foreach (Job job in jobs)
        {
            printed.Add(await job.ReadLastLineAsync(stage.Token));
            screen.Tell(job, printed[^1]);
        }

        string[] ran = await File.ReadAllLinesAsync(runs, stage.Token);
        screen.Say();
        screen.Check(ran.Order().SequenceEqual(["schema", "version"]), $"{ran.Length} runs for {jobs.Count} requests");
        screen.Check(printed.Distinct().Count() == 2, "all who asked for the same have the same");
    }

    /// <summary>Notes that it ran, takes its time, and gives something that no other run would give.</summary>
    private static string Step(string runs, string name) =>
        $"[IO.File]::AppendAllText({PowerShell.Quote(runs)}, \"{name}`n\"); Start-Sleep 2; "
        + $"\"{name} 1.0.$(Get-Random -Maximum 1000000), made by PID $PID\"";
}
