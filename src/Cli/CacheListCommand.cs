using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using ProcessDedup.Fetch;
using ProcessDedup.Locks;
using ProcessDedup.Messages;
using ProcessDedup.Store;

namespace ProcessDedup.Cli;

/// <summary><c>procdedup cache list</c>: what is there, whence, and who uses it.</summary>
internal static class CacheListCommand
{
    public static Command Create()
    {
        Argument<string?> pattern = CacheCommand.Pattern();
        var json = new Option<bool>("--json") { Description = "Print a JSON array with everything that is known." };
        var command = new Command(
            "list",
            "Shows what is cached, the last used first. AGE is since the source was last asked, USED since the last use; HITS counts who was spared the work.")
        {
            pattern, json,
        };
        command.RefuseOptionAs(pattern);
        command.SetAction(parsed =>
        {
            IReadOnlyList<CachedItem> items = CacheCommand.List(CacheCommand.Open(), parsed.GetValue(pattern));
            if (parsed.GetValue(json))
                Console.Out.WriteLine(JsonSerializer.Serialize(items, CachedItemJson.Default.IReadOnlyListCachedItem));
            else
                Print(items);
            return ExitCode.Success;
        });
        return command;
    }

    private static void Print(IReadOnlyList<CachedItem> items)
    {
        if (items.Count == 0)
        {
            Console.Out.WriteLine(Message.Of(Key.NoticeNothingIsCached));
            return;
        }

        DateTimeOffset now = DateTimeOffset.UtcNow;
        var table = new TextTable("SOURCE", "KIND", "SIZE", "AGE", "USED", "HITS", "MADE BY");
        foreach (CachedItem item in items)
        {
            table.Add(
                item.Source, item.Kind, item.Digest is null ? string.Empty : ByteCount.Describe(item.Size), Since(item.ValidatedAt, now),
                item.IsInUse ? "now" : Since(item.LastUsedAt, now), item.Hits.ToString(CultureInfo.InvariantCulture), Maker(item.Maker));
        }

        table.Write(Console.Out);
        Console.Out.WriteLine($"{items.Count} {(items.Count == 1 ? "entry" : "entries")}, {ByteCount.Describe(PruneSelection.SizeOf(items))}.");
    }

    // The clock may have been set back since.
    private static string Since(DateTimeOffset then, DateTimeOffset now) => Durations.Describe(then < now ? now - then : TimeSpan.Zero);

    private static string Maker(CacheMaker maker) => maker.ProcessId == 0
        ? string.Empty
        : Message.Of(Key.ReasonOnPid, maker.User, maker.Host, maker.ProcessId.ToString(CultureInfo.InvariantCulture));
}

/// <summary>How <c>cache list --json</c> writes an entry.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    WriteIndented = true)]
[JsonSerializable(typeof(IReadOnlyList<CachedItem>))]
internal sealed partial class CachedItemJson : JsonSerializerContext;
