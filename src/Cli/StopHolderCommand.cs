using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Linq;
using ProcessDedup.Coordination;
using ProcessDedup.Locks;
using ProcessDedup.Messages;

namespace ProcessDedup.Cli;

/// <summary><c>procdedup stop-holder</c>: ends the processes that hold locks.</summary>
internal static class StopHolderCommand
{
    private const double LongestGrace = 86400;

    public static Command Create()
    {
        var names = new Argument<string[]>("NAME") { Description = "Lock names.", Arity = ArgumentArity.ZeroOrMore };
        CompletionCommand.AddLockNames(names);
        var files = new Option<string[]>("--file") { Description = "The lock that is this very file.", HelpName = "PATH" };
        Option<double> grace = CommandLine.Duration(
            "--grace-sec", "How many seconds a holder has to end by itself before it is killed; 0 kills at once.",
            HolderStop.DefaultGrace.TotalSeconds, LongestGrace);
        var yes = new Option<bool>("--yes") { Description = "Do not ask." };
        var force = new Option<bool>("--force") { Description = "Also stop a holder under which this command runs; it may end with it." };
        Option<string?> fleet = FleetOption.Create();
        var command = new Command(
            "stop-holder",
            """
            Ends the processes that hold locks: asks them (SIGTERM), waits, then kills them. The system releases their
            locks; no lock file is removed. Only the very processes that were seen are ended, never one that got their PID.

            The exit code is 0 if all have ended, 1 if one still runs or was spared, 69 if one is on another machine or
            cannot be told for sure, 77 if the rights are missing, 64 for wrong usage.
            """)
        {
            names, files, grace, yes, force, fleet,
        };
        command.RefuseOptionsAsNames(names);
        command.Validators.Add(result =>
        {
            bool hasNames = result.GetValue(names) is { Length: > 0 };
            if (hasNames == result.GetValue(files) is { Length: > 0 })
                result.AddError(hasNames ? Message.Of(Key.UsageGiveNamesOrFileNotBoth) : Message.Of(Key.UsageGiveLockNameOrFileWith));
            if (!result.GetValue(yes) && Console.IsInputRedirected)
                result.AddError(Message.Of(Key.UsageThereIsNoTerminalToAsk));
        });
        command.SetAction(parsed =>
        {
            using var interruption = new Interruption();
            using FleetLook look = FleetOption.Look(parsed.GetValue(fleet), hasNames: parsed.GetValue(names) is { Length: > 0 });
            var stopped = new HashSet<int>();
            List<LockStatus> all = Seen(parsed.GetValue(names) ?? [], parsed.GetValue(files) ?? [], look);
            // Said first: whoever is asked should know that others may hold the lock as well.
            int worst = FleetOption.Report(look);
            foreach (LockStatus status in all)
            {
                var stop = new HolderStop(status, look.Coordinator, CommandLine.Seconds(parsed.GetValue(grace)), parsed.GetValue(force), stopped);
                if (status.Coordinator is null && all.TrueForAll(s => s.Name != status.Name || s.Holders.Count == 0))
                    Console.Out.WriteLine(Message.Of(look.Failure is null ? Key.NoticeNobodyHoldsLock : Key.NoticeNobodyHoldsLockHere, status.Name));
                foreach (LockHolder holder in stop.Holders)
                    worst = Math.Max(worst, End(status, stop, holder, parsed.GetValue(yes), interruption));
                while (!interruption.Came && stop.NextHeir() is { } heir)
                    worst = Math.Max(worst, End(status, stop, heir, parsed.GetValue(yes), interruption));
            }

            return interruption.Came ? interruption.ExitCode : worst;
        });
        return command;
    }

    private static List<LockStatus> Seen(string[] names, string[] files, FleetLook look)
    {
        IEnumerable<LockTarget> targets = files.Length > 0
            ? files.Select(LockTarget.FromPath)
            : names.Select(name => LockTarget.FromName(LockRoot.Default(), name));
        IEnumerable<LockStatus> own = targets.Select(LockInspector.Inspect);
        return [.. own, .. names.SelectMany(name => look.Inspect(name))];
    }

    private static int End(LockStatus status, HolderStop stop, LockHolder holder, bool isSure, Interruption interruption)
    {
        if (interruption.Came)
            return interruption.ExitCode;
        try
        {
            stop.Check(holder);
            if (!isSure && !Ask(Message.Of(Key.NoticeAskWhetherToStop, holder.Describe(), status.Name)))
                return ExitCode.Failure;
            StoppedHolder result = stop.Stop(holder, interruption.Token);
            Console.Out.WriteLine(Message.Of(
                Key.NoticeHolderOfLockAfter, Outcome(result), LockText.Holder(holder), status.Name, Durations.Describe(TimeSpan.FromSeconds(result.WaitedSec))));
            return result.Outcome == StopOutcome.StillRunning ? ExitCode.Failure : ExitCode.Success;
        }
        catch (LockException e)
        {
            Console.Error.WriteLine("procdedup: " + e.Message);
            return ExitCode.Of(e);
        }
        catch (OperationCanceledException)
        {
            return interruption.ExitCode;
        }
    }

    private static string Outcome(StoppedHolder result) => result.Outcome switch
    {
        StopOutcome.Ended => "ended",
        StopOutcome.Killed => "killed",
        StopOutcome.Released => Message.Of(Key.ReasonReleasedLock),
        StopOutcome.AlreadyGone => Message.Of(Key.ReasonGoneAlready),
        _ => Message.Of(Key.ReasonStillRuns),
    };

    private static bool Ask(string question)
    {
        Console.Error.Write($"{question} [y/N] ");
        return Console.In.ReadLine()?.Trim() is { } answer
            && (answer.Equals("y", StringComparison.OrdinalIgnoreCase) || answer.Equals("yes", StringComparison.OrdinalIgnoreCase));
    }
}
