using System;
using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using ProcessDedup.Fetch;
using ProcessDedup.Locks;
using ProcessDedup.Messages;
using ProcessDedup.Retry;
using ProcessDedup.Store;

namespace ProcessDedup.Cli;

/// <summary><c>procdedup cache stats</c>: what the cache has spared everybody.</summary>
internal static class CacheStatsCommand
{
    // A thousand years, well within a date.
    public static Command Create()
    {
        Option<double?> hours = CommandLine.OptionalDuration(
            "--since-hours", "Count the last so many hours; without it, as far as the journal goes back.", LongestDurations.AgeHours);
        var json = new Option<bool>("--json") { Description = "Print a JSON object." };
        var command = new Command("stats", "Shows how many answers came from the cache, and how many bytes and seconds that saved.")
        {
            hours, json,
        };
        command.SetAction(parsed =>
        {
            DateTimeOffset since = parsed.GetValue(hours) is { } span ? DateTimeOffset.UtcNow - TimeSpan.FromHours(span) : DateTimeOffset.MinValue;
            CacheStatistics statistics = CacheCommand.Open().Statistics(since);
            if (parsed.GetValue(json))
                Console.Out.WriteLine(JsonSerializer.Serialize(statistics, CacheStatisticsJson.Default.CacheStatistics));
            else
                Print(statistics);
            return ExitCode.Success;
        });
        return command;
    }

    public static void Print(CacheStatistics s)
    {
        if (s.Since is not { } since)
        {
            Console.Out.WriteLine(Message.Of(Key.NoticeNothingWasAskedFor));
            return;
        }

        string share = s.HitPercent is { } percent ? Message.Of(Key.ReasonWithoutWork, percent.ToString(CultureInfo.InvariantCulture)) : string.Empty;
        var table = new TextTable("since", since.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture));
        table.Add("answers", Number(s.Answers) + share);
        table.Add(Message.Of(Key.ReasonFromCache), Number(s.Hits));
        table.Add(Message.Of(Key.ReasonByWaitingForAnotherProcess), Number(s.Waits));
        table.Add(Message.Of(Key.ReasonConfirmedByOrigin), Number(s.Revalidated));
        table.Add(Message.Of(Key.ReasonFetchedOrMade), Number(s.Produced));
        table.Add(Message.Of(Key.ReasonOlderThanWanted), Number(s.Stale));
        table.Add("bytes", Message.Of(Key.ReasonCameSaved, ByteCount.Describe(s.BytesTransferred), ByteCount.Describe(s.BytesSaved)));
        table.Add("time", Message.Of(Key.ReasonOfWorkOfWaitingSaved, Seconds(s.WorkedSec), Seconds(s.WaitedSec), Seconds(s.SavedSec)));
        table.Write(Console.Out);
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Seconds(double seconds) => Durations.Describe(TimeSpan.FromSeconds(seconds));
}

/// <summary>How <c>cache stats --json</c> writes the figures.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(CacheStatistics))]
internal sealed partial class CacheStatisticsJson : JsonSerializerContext;
