using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Linq;
using ProcessDedup.Fetch;
using ProcessDedup.Messages;
using ProcessDedup.Retry;
using ProcessDedup.Store;

namespace ProcessDedup.Cli;

/// <summary><c>procdedup cache prune</c>: removes what is old or too much, never what a living process uses.</summary>
internal static class CachePruneCommand
{
    // A thousand years, well within a TimeSpan.
    // A shorter beginning of a key might be that of many.
    private const int ShortestKey = 8;

    public static Command Create()
    {
        Argument<string?> pattern = CacheCommand.Pattern();
        Option<double?> age = CommandLine.OptionalDuration("--older-than-hours", "What was not used for this many hours. Without it age does not count.", LongestDurations.AgeHours);
        Option<long?> maxSize = CommandLine.Bytes("--max-size", "The least recently used, until the whole cache has no more than this. Without it size does not count.");
        var keys = new Option<string[]>("--key")
        {
            Description = $"Only the entry of this key (its first {ShortestKey} digits or more, from 'cache list --json'); may be repeated.",
            HelpName = "KEY",
        };
        var dryRun = new Option<bool>("--dry-run") { Description = "Say what would be removed; remove nothing." };
        var command = new Command(
            "prune",
            """
            Removes what is old or too much, by its last use, and what crashes have left behind. What a living process has
            been given stays. Without any choice only what crashes have left behind is removed.
            """)
        {
            pattern, age, maxSize, keys, dryRun,
        };
        command.RefuseOptionAs(pattern);
        command.Validators.Add(result =>
        {
            if ((result.GetValue(keys) ?? []).Any(key => key.Length < ShortestKey || !key.All(char.IsAsciiHexDigit)))
                result.AddError(Message.Of(Key.UsageKeyTakesTo64HexadecimalDigits, ShortestKey));
        });
        command.SetAction(parsed => Run(
            new PruneSelection
            {
                OlderThan = parsed.GetValue(age) is { } hours ? TimeSpan.FromHours(hours) : null,
                MaxSize = parsed.GetValue(maxSize),
                Keys = parsed.GetValue(keys) ?? [],
                Source = parsed.GetValue(pattern) is { } text ? source => SourcePattern.IsMatch(text, source) : null,
            },
            parsed.GetValue(dryRun)));
        return command;
    }

    private static int Run(PruneSelection selection, bool isDryRun)
    {
        using var interruption = new Interruption();
        FetchCache cache = CacheCommand.Open();
        // First the right to prune, then the look: what another prune removes meanwhile is not told twice.
        using CachePrune? prune = isDryRun ? null : cache.BeginPrune();
        IReadOnlyList<CachedItem> all = cache.List();
        PruneChoice choice = selection.Choose(all, DateTimeOffset.UtcNow);
        var removed = new List<CachedItem>();
        int left = 0;
        foreach (CachedItem item in choice.Candidates)
        {
            if (interruption.Came)
                return interruption.ExitCode;
            PruneOutcome outcome = prune?.Remove(item) ?? PruneOutcome.Removed;
            if (outcome == PruneOutcome.Removed)
                removed.Add(item);
            else
                left++;
            Tell(item, outcome, isDryRun);
        }

        foreach (CachedItem item in choice.InUse)
            Tell(item, PruneOutcome.InUse, isDryRun);
        left += choice.InUse.Count;
        long freed = PruneSelection.BytesFreed(all, removed);
        string summary = Message.Of(
            Key.NoticePruned, removed.Count, isDryRun ? Message.Of(Key.ReasonWouldBeRemoved) : "removed", ByteCount.Describe(freed), left);
        if (prune?.Sweep() is > 0 and long leftovers)
            summary += Message.Of(Key.ReasonWhatCrashesHadLeftBehindWas, ByteCount.Describe(leftovers));
        Console.Out.WriteLine(summary);
        return ExitCode.Success;
    }

    private static void Tell(CachedItem item, PruneOutcome outcome, bool isDryRun) => Console.Out.WriteLine(outcome switch
    {
        PruneOutcome.Removed => $"{(isDryRun
            ? Message.Of(Key.NoticeWouldRemove) : "removed")} '{item.Source}' ({item.Kind}, {ByteCount.Describe(item.Size)})",
        PruneOutcome.InUse => Message.Of(Key.NoticeLeftLivingProcessUsesIt, item.Source),
        _ => Message.Of(Key.NoticeLeftItWasRenewedJustNow, item.Source),
    });
}
