using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text.Json.Nodes;
using System.Threading.Tasks;

namespace ProcessDedup.Tour;

/// <summary>Many processes write one SQLite file; what was acknowledged is there, once.</summary>
internal static class OneDatabase
{
    private const int Loops = 3, RowsOfEach = 40, SingleRows = 9;

    public static async Task PlayAsync(Stage stage)
    {
        Screen screen = stage.Screen;
        string database = Path.Combine(stage.Folder, "jobs.db");
        screen.Scene("One SQLite file", $"{Loops + SingleRows} processes write it at the same time.");
        const string Create = "CREATE TABLE job(name)", Insert = "INSERT INTO job VALUES(@n)";
        await stage.Procdedup("sqlite", database, "--query", Create).ReadToEndAsync(stage.Token);
        screen.PowerShellCommand($"Invoke-SqliteRetry -Path jobs.db '{Insert}' @{{ n = 7 }}");
        screen.ShellCommand($"procdedup sqlite jobs.db --query '{Insert}' --param n=7");

        List<Job> loops = [], singles = [];
        for (int i = 0; i < Loops; i++)
        {
            loops.Add(stage.PowerShell(
                $"(1..{RowsOfEach} | ForEach-Object {{ Invoke-SqliteRetry -Path {PowerShell.Quote(database)} "
                + $"'{Insert}' @{{ n = \"$PID-$_\" }} -PassThru }} | Where-Object Outcome -EQ Committed).Count"));
        }

        for (int i = 0; i < SingleRows; i++)
            singles.Add(stage.Procdedup("sqlite", database, "--query", Insert, "--param", $"n=single-{i}"));

        screen.Say();
        int acknowledged = 0;
        foreach (Job job in loops)
        {
            int rows = int.Parse(await job.ReadLastLineAsync(stage.Token), CultureInfo.InvariantCulture);
            acknowledged += rows;
            screen.Tell(job, $"{rows} of {RowsOfEach} rows acknowledged");
        }

        foreach (Job job in singles)
        {
            // Its exit code is the acknowledgement.
            await job.ReadToEndAsync(stage.Token);
            acknowledged++;
        }

        screen.Say($"   procdedup   {singles.Count} times  1 of 1 row acknowledged");
        const string Count = "SELECT count(*) AS n, count(DISTINCT name) AS names FROM job";
        JsonNode rowsNow = (await stage.Procdedup("sqlite", database, "--query", Count, "--json").ReadJsonAsync(stage.Token))[0]!;
        string integrity = await stage.Procdedup("sqlite", database, "--query", "PRAGMA integrity_check", "--tsv").ReadToEndAsync(stage.Token);

        screen.Say();
        screen.Check(acknowledged == (Loops * RowsOfEach) + SingleRows, "nobody was told 'database is locked'");
        screen.Check(
            (int)rowsNow["n"]! == acknowledged && (int)rowsNow["names"]! == acknowledged,
            $"{rowsNow["n"]} rows for {acknowledged} acknowledgements, none twice");
        screen.Check(integrity.EndsWith("\nok", StringComparison.Ordinal), "the database is sound (PRAGMA integrity_check)");
    }
}
