using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Linq;
using ProcessDedup.Locks;
using ProcessDedup.Messages;
using ProcessDedup.Retry;

namespace ProcessDedup.Cli;

/// <summary><c>procdedup clear-stale</c>: removes the files of locks that nobody uses.</summary>
internal static class ClearStaleCommand
{
    // A thousand years, well within a TimeSpan.
    public static Command Create()
    {
        var names = new Argument<string[]>("NAME") { Description = "Only these locks; without names every lock below the root directory.", Arity = ArgumentArity.ZeroOrMore };
        CompletionCommand.AddLockNames(names);
        Option<double> age = CommandLine.Duration(
            "--older-than-hours", "Leave locks that were made or used within this many hours.",
            StaleLocks.DefaultAge.TotalHours, LongestDurations.AgeHours);
        var dryRun = new Option<bool>("--dry-run") { Description = "Say what would be removed; remove nothing." };
        var command = new Command(
            "clear-stale",
            "Removes the files of locks that nobody holds or waits for. A held lock is never touched, whatever its age.")
        {
            names, age, dryRun,
        };
        command.RefuseOptionsAsNames(names);
        command.SetAction(parsed => Run(parsed.GetValue(names) ?? [], TimeSpan.FromHours(parsed.GetValue(age)), parsed.GetValue(dryRun)));
        return command;
    }

    private static int Run(string[] names, TimeSpan age, bool dryRun)
    {
        LockRoot root = LockRoot.Default();
        IEnumerable<LockTarget> targets = names.Length > 0 ? names.Select(name => LockTarget.FromName(root, name)) : StaleLocks.Candidates(root);
        List<ClearedLock> results = targets
            .Select(target => dryRun ? StaleLocks.Preview(target, age) : StaleLocks.Clear(target, age))
            .Where(result => result.Outcome != ClearOutcome.Gone)
            .ToList();
        foreach (ClearedLock result in results)
        {
            string text = result.Outcome switch
            {
                ClearOutcome.Cleared => "cleared",
                ClearOutcome.WouldClear => Message.Of(Key.ReasonWouldClear),
                _ => "left",
            };
            Console.Out.WriteLine($"{text} '{result.Name}'{(result.Reason is null ? string.Empty : ": " + result.Reason)}");
        }

        int cleared = results.Count(r => r.Outcome is ClearOutcome.Cleared or ClearOutcome.WouldClear);
        Console.Out.WriteLine(Message.Of(
            Key.NoticeCleared, cleared, dryRun ? Message.Of(Key.NoticeWouldBeCleared) : "cleared", results.Count - cleared));
        return results.Exists(r => r.Outcome == ClearOutcome.Failed) ? ExitCode.Failure : ExitCode.Success;
    }
}
