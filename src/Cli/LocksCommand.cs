using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Linq;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Threading;
using ProcessDedup.Coordination;
using ProcessDedup.Locks;
using ProcessDedup.Messages;

namespace ProcessDedup.Cli;

/// <summary><c>procdedup locks</c>: who holds what, and who waits.</summary>
internal static class LocksCommand
{
    private const double LongestInterval = 86400;

    // Looking again at once would take a whole core for nothing that anybody can read.
    private static readonly TimeSpan ShortestInterval = TimeSpan.FromMilliseconds(100);

    public static Command Create()
    {
        var names = new Argument<string[]>("NAME")
        {
            Description = "Only these locks. Without names every lock below the root directory, but not the free ones that ProcessDedup has made for itself (--all).",
            Arity = ArgumentArity.ZeroOrMore,
        };
        CompletionCommand.AddLockNames(names);
        var files = new Option<string[]>("--file") { Description = "The lock that is this very file.", HelpName = "PATH" };
        Option<string?> fleet = FleetOption.Create();
        var every = new Option<bool>("--all") { Description = "Without names: also the free locks that ProcessDedup has made for itself." };
        var json = new Option<bool>("--json") { Description = "Print a JSON array with everything that is known." };
        var whole = new Option<bool>("--whole-commands")
        {
            Description = "Show the whole command lines of your own processes, secrets included, read from the processes at this moment (Linux).",
        };
        var watch = new Option<bool>("--watch")
        {
            Description = "Show them anew until Ctrl+C. Where the output is no terminal, only when something has changed; it ends when nobody reads it any more.",
        };
        Option<double> interval = CommandLine.Duration(
            "--interval-sec", "With --watch: seconds from one look to the next.", LockWatch.DefaultInterval.TotalSeconds, LongestInterval);
        var command = new Command("locks", "Shows the locks, their holders and waiters, without taking any lock.")
        {
            names, files, fleet, every, whole, json, watch, interval,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(watch) && result.GetValue(json))
                result.AddError(Message.Of(Key.UsageGiveWatchOrJsonNotBoth));
            if (!result.GetValue(watch) && result.GetResult(interval) is { Implicit: false })
                result.AddError(Message.Of(Key.UsageIntervalIsForWatch));
        });
        command.RefuseOptionsAsNames(names);
        command.SetAction(parsed =>
        {
            string[] ofNames = parsed.GetValue(names) ?? [], ofFiles = parsed.GetValue(files) ?? [];
            bool isEvery = parsed.GetValue(every);
            using FleetLook look = FleetOption.Look(parsed.GetValue(fleet), hasNames: ofFiles.Length == 0);
            Func<LockStatus, LockStatus> shown = parsed.GetValue(whole) ? WithWholeCommands : status => status;
            if (parsed.GetValue(watch))
                return Watch(end => [.. Read(ofNames, ofFiles, isEvery, look, end).Select(shown)], look, CommandLine.Seconds(parsed.GetValue(interval)));
            IReadOnlyList<LockStatus> all = [.. Read(ofNames, ofFiles, isEvery, look, default).Select(shown)];
            if (parsed.GetValue(json))
                Console.Out.WriteLine(JsonSerializer.Serialize(all, LockStatusJson.Default.IReadOnlyListLockStatus));
            else
                Print(all, isOfRoot: ofFiles.Length == 0);
            return FleetOption.Report(look);
        });
        return command;
    }

    private static LockStatus WithWholeCommands(LockStatus status) => status with
    {
        Holders = [.. status.Holders.Select(holder => holder with { CommandLine = holder.ReadCommandLine() ?? holder.CommandLine })],
    };

    private static int Watch(Func<CancellationToken, IReadOnlyList<LockStatus>> read, FleetLook look, TimeSpan interval)
    {
        using var interruption = new Interruption();
        var watch = new LockWatch(() => read(interruption.Token), interval < ShortestInterval ? ShortestInterval : interval, () => look.Failure?.Cause);
        try
        {
            if (Terminal.CanPaint)
                watch.Paint(Console.Out, () => Terminal.Window, interruption.Token);
            else
                watch.Tell(Console.Out.WriteLine, isForOutput: true, interruption.Token);
        }
        catch (OperationCanceledException) when (interruption.Came)
        {
            // In the midst of a look, which asks a server.
        }

        return interruption.Came ? interruption.ExitCode : ExitCode.Success;
    }

    private static IReadOnlyList<LockStatus> Read(string[] names, string[] files, bool isEvery, FleetLook look, CancellationToken cancellation)
    {
        look.Renew();
        IReadOnlyList<LockStatus> own = Read(names, files, isEvery);
        return names.Length == 0 && files.Length == 0
            ? [.. own, .. look.Inspect(null, cancellation)]
            : [.. own, .. names.SelectMany(name => look.Inspect(name, cancellation))];
    }

    private static IReadOnlyList<LockStatus> Read(string[] names, string[] files, bool isEvery)
    {
        if (names.Length == 0 && files.Length == 0)
        {
            IReadOnlyList<LockStatus> all = LockInspector.InspectAll(LockRoot.Default());
            return isEvery ? all : OwnLocks.Without(all);
        }

        LockRoot root = LockRoot.Default();
        return names.Select(name => LockTarget.FromName(root, name))
            .Concat(files.Select(LockTarget.FromPath))
            .Select(LockInspector.Inspect)
            .ToList();
    }

    // A file or a pipe has no width: nothing is cut there.
    private static void Print(IReadOnlyList<LockStatus> all, bool isOfRoot)
    {
        foreach (string line in LockPicture.Lines(all, Terminal.Width))
            Console.Out.WriteLine(line);
        // Another user, root among them, has other locks of the same names. Not among the lines that scripts count.
        if (isOfRoot)
            Console.Error.WriteLine(Message.Of(Key.NoticeRootInUse, LockRoot.Default().RootDirectory));
    }
}

/// <summary>How <c>locks --json</c> writes a lock.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    WriteIndented = true)]
[JsonSerializable(typeof(IReadOnlyList<LockStatus>))]
internal sealed partial class LockStatusJson : JsonSerializerContext;
