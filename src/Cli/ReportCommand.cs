using System;
using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using ProcessDedup.Fetch;
using ProcessDedup.Locks;
using ProcessDedup.Messages;
using ProcessDedup.Report;

namespace ProcessDedup.Cli;

/// <summary><c>procdedup report</c>: what was fetched, shared and waited for, as a page or as text.</summary>
internal static class ReportCommand
{
    public static Command Create()
    {
        var path = new Option<string?>("--out")
        {
            Description = "Write one HTML page that needs nothing else to this file ('-' is the output); without it, print the figures.",
            HelpName = "FILE",
        };
        var since = new Option<DateTimeOffset?>("--since")
        {
            Description = "Count what came after: 90m, 8h, 2d, or a date such as 2026-11-21 or 2026-11-21T08:00; without it, as far as the journal goes back (30 days).",
            HelpName = "WHEN",
            CustomParser = result =>
            {
                if (Since.TryParse(result.Tokens[0].Value, DateTimeOffset.UtcNow) is { } moment)
                    return moment;
                result.AddError(Message.Of(Key.UsageSinceMustBeTimeSuchAs, result.Tokens[0].Value));
                return null;
            },
        };
        var json = new Option<bool>("--json") { Description = "Print a JSON object." };
        var command = new Command("report", "Shows what was fetched, shared and waited for: by key, over time, and who waited for whom.")
        {
            path, since, json,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(json) && result.GetValue(path) is not null)
                result.AddError(Message.Of(Key.UsageOutWritesPageAndJsonPrints));
        });
        command.SetAction(parsed =>
        {
            DedupReport report = CacheCommand.Open().Report(parsed.GetValue(since) ?? DateTimeOffset.MinValue);
            if (parsed.GetValue(path) is { } file)
                Write(report, file);
            else if (parsed.GetValue(json))
                Console.Out.WriteLine(JsonSerializer.Serialize(report, DedupReportJson.Default.DedupReport));
            else
                Print(report);
            return ExitCode.Success;
        });
        return command;
    }

    private static void Write(DedupReport report, string file)
    {
        if (file == "-")
            Console.Out.Write(ReportFile.ToHtml(report));
        else
            Console.Out.WriteLine(ReportFile.Write(report, file));
    }

    private static void Print(DedupReport report)
    {
        CacheStatsCommand.Print(report.Totals);
        if (report.Keys.Count == 0)
            return;
        Console.Out.WriteLine();
        var table = new TextTable("TIME SAVED", "BYTES SAVED", "ANSWERS", "MADE", "WAITED", "SOURCE");
        foreach (ReportKey key in report.Keys)
        {
            table.Add(
                Durations.Describe(TimeSpan.FromSeconds(key.SavedSec)), ByteCount.Describe(key.BytesSaved),
                key.Answers.ToString(CultureInfo.InvariantCulture), key.Produced.ToString(CultureInfo.InvariantCulture),
                key.Waits.ToString(CultureInfo.InvariantCulture), key.Source);
        }

        table.Write(Console.Out);
        if (report.MoreKeys > 0)
            Console.Out.WriteLine(Message.Of(Key.ReasonAndMoreOfThem, report.MoreKeys));
    }
}

/// <summary>How <c>report --json</c> writes the figures.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(DedupReport))]
internal sealed partial class DedupReportJson : JsonSerializerContext;
