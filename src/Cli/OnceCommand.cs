using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using ProcessDedup.Coordination;
using ProcessDedup.Fetch;
using ProcessDedup.Locks;
using ProcessDedup.Messages;
using ProcessDedup.Once;
using ProcessDedup.Retry;

namespace ProcessDedup.Cli;

/// <summary><c>procdedup once</c>: of many that ask one runs the command, and all get what it printed and its exit code.</summary>
internal static class OnceCommand
{
    public const string Name = "once";

    public static Command Create(IReadOnlyList<string>? command)
    {
        var key = new Argument<string>("KEY") { Description = "What is done; who gives the same key shares the result." };
        Option<double?> ttl = CommandLine.OptionalDuration(
            "--ttl-sec", "How old a result may be in seconds. 0 shares it only with those who ask at the same time. Without it a result is right for ever.", LongestDurations.WorkSec);
        Option<double> timeout = CommandLine.Duration(
            "--timeout-sec", "Longest wait in seconds for the one that runs it. 0 waits for ever.", 0, LongestDurations.WorkSec);
        var noWait = new Option<bool>("--no-wait") { Description = "Fail at once where another process is running it." };
        var quiet = new Option<bool>("--quiet") { Description = "Do not say for whom it waits." };
        Option<string?> coordinator = FleetOption.Create();
        var once = new Command(
            Name,
            """
            Runs a command in one of many processes; all of them print what it printed and end with its exit code.

            Usage:
              procdedup once KEY [options] -- COMMAND [ARGS...]

            A command that ends with another exit code than 0 is run again when somebody asks later; those who were
            waiting get its output and its exit code. The output is kept in the user's cache until it is pruned. If the
            process that runs the command is killed, another one runs it again.

            With --coordinator one process of all machines runs it; what it prints (16 MiB at most) is kept by the
            coordinator until nobody has asked for it for 30 days.
            """)
        {
            key, ttl, timeout, noWait, quiet, coordinator,
        };
        once.Validators.Add(result =>
        {
            if (command is null)
                result.AddError(Message.Of(Key.UsagePutAndThenCommandAfterOptions));
            else if (command.Count == 0)
                result.AddError(Message.Of(Key.UsageCommandIsMissingAfter));
            if (result.GetValue(key) is { } text && text.StartsWith('-'))
                result.AddError(Message.Of(Key.UsageThereIsNoOption, text));
            if (result.GetValue(noWait) && result.ValueIfRead(timeout) > 0)
                result.AddError(Message.Of(Key.UsageGiveNoWaitOrTimeoutSec));
        });
        once.SetAction(parsed =>
        {
            using Coordinator? fleet = FleetOption.Open(parsed.GetValue(coordinator), hasNames: true);
            return Run(
                new FetchRequest(parsed.GetValue(key)!)
                {
                    MaxAge = parsed.GetValue(ttl) is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
                    Timeout = TimeSpan.FromSeconds(parsed.GetValue(timeout)),
                    NoWait = parsed.GetValue(noWait),
                    Coordinator = fleet,
                },
                command!,
                parsed.GetValue(quiet));
        });
        return once;
    }

    private static int Run(FetchRequest request, IReadOnlyList<string> command, bool isQuiet)
    {
        using Stream output = Console.OpenStandardOutput();
        using Stream error = Console.OpenStandardError();
        FetchCache cache = FetchCache.Open(LockRoot.Default());
        int? ownCode = null;
        SharedResult shared;
        using (var interruption = new Interruption())
        using (isQuiet ? null : new FetchNotice(request.Activity, onlyWaits: true))
        {
            try
            {
                shared = cache.RunOnce(
                    request,
                    "command",
                    (directory, lease) =>
                    {
                        int code = RecordedCommand.Run(command, directory, lease, output, error);
                        ownCode = code;
                        RecordedCommand.ThrowIfInterrupted(code, interruption.Token);
                        return code == ExitCode.Success;
                    },
                    interruption.Token);
            }
            catch (OperationCanceledException) when (interruption.Came)
            {
                return interruption.ExitCode;
            }
        }

        return ownCode ?? RecordedCommand.Replay(shared.Result.Path, output, error);
    }
}
