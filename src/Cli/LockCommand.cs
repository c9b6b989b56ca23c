using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Linq;
using ProcessDedup.Coordination;
using ProcessDedup.Locks;
using ProcessDedup.Messages;
using ProcessDedup.Retry;

namespace ProcessDedup.Cli;

/// <summary><c>procdedup lock</c>: runs a command while holding locks.</summary>
internal static class LockCommand
{
    // Twenty years: no real wait, and far from the limits of the system's timers.
    public const string Name = "lock";

    private const string Error = "error";
    private const string Skip = "skip";
    private const string Proceed = "proceed";
    private const string Warn = "warn";
    private const string Terminate = "terminate";
    private const double LongestGrace = 86400;

    public static Command Create(IReadOnlyList<string>? command)
    {
        var names = new Argument<string[]>("NAME")
        {
            Description = "Lock names. Several are taken all or none, in an order that cannot deadlock.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        CompletionCommand.AddLockNames(names);
        var files = new Option<string[]>("--file")
        {
            Description = "Lock this very file instead of a name; flock(1) on the same file is excluded as well.",
            HelpName = "PATH",
            AllowMultipleArgumentsPerToken = false,
        };
        Option<double> timeout = CommandLine.Duration(
            "--timeout-sec", "Longest wait in seconds. 0 waits for ever.", 0, LongestDurations.WaitSec);
        var noWait = new Option<bool>("--no-wait") { Description = "Try once; do not wait." };
        var shared = new Option<bool>("--shared") { Description = "Hold the lock together with other shared holders." };
        Option<int?> slots = CommandLine.WholeNumber(
            "--slots", "At most this many holders at the same time (1 to 128); the same number everywhere. Without it one, exclusively.");
        var onTimeout = new Option<string>("--on-timeout")
        {
            Description = "When the lock is not granted: error (exit code 75), skip (exit code 0, the command does not run), proceed (run it without the lock).",
            HelpName = $"{Error}|{Skip}|{Proceed}",
            DefaultValueFactory = _ => Error,
        };
        onTimeout.AcceptOnlyFromAmong(Error, Skip, Proceed);
        Option<int?> conflictCode = CommandLine.WholeNumber(
            "--conflict-exit-code", "Exit code when the lock is not granted (0 to 255; 75 without it), as flock's -E.");
        var onLost = new Option<string>("--on-lost")
        {
            Description = "When the lock is lost while the command runs (its file removed, the fleet's connection gone): warn, or terminate the command.",
            HelpName = $"{Warn}|{Terminate}",
            DefaultValueFactory = _ => Warn,
        };
        onLost.AcceptOnlyFromAmong(Warn, Terminate);
        Option<double> grace = CommandLine.Duration(
            "--grace-sec",
            "How many seconds what the command started has to end after a signal before it is killed; with --on-lost terminate the command, too.",
            GuardedCommand.DefaultGrace.TotalSeconds, LongestGrace);
        var quiet = new Option<bool>("--quiet") { Description = "Do not say for whom it waits, nor that the command is skipped." };
        var reason = new Option<string?>("--reason") { Description = "What the lock is for; shown to those who wait.", HelpName = "TEXT" };
        Option<string?> fleet = FleetOption.Create();
        var allowNetwork = new Option<bool>("--allow-network-fs")
        {
            Description = "Use locks on NFS, SMB, 9P or FUSE all the same. They may not exclude; see 'procdedup doctor'.",
        };

        var lockCommand = new Command(
            Name,
            """
            Runs a command while holding a lock.

            Usage:
              procdedup lock NAME... [options] -- COMMAND [ARGS...]
              procdedup lock --file PATH [options] -- COMMAND [ARGS...]

            A NAME is a lock of the root directory: PROCESSDEDUP_HOME, else one in the user's cache directory. So root,
            another user or another XDG_CACHE_HOME has another lock of that name; --file is one for all of them.

            The exit code is the command's own; 75 if the lock was not granted, 79 if it was lost and the command ended
            with 0, 64 for wrong usage, 126 or 127 if the command cannot be started or found.

            Signals are passed on to the command. After SIGINT, SIGQUIT, SIGTERM or SIGHUP, or a command that a signal
            ended, the lock is released only when everything that the command started has ended: it gets SIGTERM, and
            SIGKILL after --grace-sec. A second signal ends the grace. After any other end of the command the lock is
            free at once, and what it left in the background goes on. If procdedup itself is killed (SIGKILL), a guard
            process does the same in its place on Linux; not if both are killed at once. Elsewhere what inherited the
            lock keeps it (macOS), or the command ends with procdedup (Windows).

            The command finds the names of its locks in PROCESSDEDUP_LOCKS_HELD (one a line), its slot in
            PROCESSDEDUP_SLOT, and in PROCESSDEDUP_LOST_FILE the path of a file that appears when a lock is lost.
            """)
        {
            names, files, timeout, noWait, shared, slots, onTimeout, conflictCode, onLost, grace, quiet, reason, fleet, allowNetwork,
        };
        lockCommand.RefuseOptionsAsNames(names);
        lockCommand.Validators.Add(result =>
        {
            bool hasNames = result.GetValue(names) is { Length: > 0 };
            bool hasFiles = result.GetValue(files) is { Length: > 0 };
            if (hasNames == hasFiles)
                result.AddError(hasNames ? Message.Of(Key.UsageGiveNamesOrFileNotBoth) : Message.Of(Key.UsageGiveLockNameOrFileWith));
            if (command is null)
                result.AddError(Message.Of(Key.UsagePutAndThenCommandAfterOptions));
            else if (command.Count == 0)
                result.AddError(Message.Of(Key.UsageCommandIsMissingAfter));
            if (result.GetValue(shared) && result.ValueIfRead(slots) is not null)
                result.AddError(Message.Of(Key.UsageGiveSharedOrSlotsNotBoth));
            if (result.GetResult(conflictCode) is { Tokens.Count: > 0 } && result.ValueIfRead(conflictCode) is < 0 or > 255)
                result.AddError(Message.Of(Key.UsageMustBeExitCode, conflictCode.Name));
            if (result.GetValue(noWait) && result.ValueIfRead(timeout) > 0)
                result.AddError(Message.Of(Key.UsageGiveNoWaitOrTimeoutSec));
        });
        lockCommand.SetAction(parsed =>
        {
            LockTarget[] targets = parsed.GetValue(files) is { Length: > 0 } paths
                ? paths.Select(LockTarget.FromPath).ToArray()
                : Named(parsed.GetValue(names)!);
            using Coordinator? coordinator = FleetOption.Open(parsed.GetValue(fleet), targets[0].IsNamed);
            var request = new LockRequest(targets)
            {
                Mode = parsed.GetValue(shared) ? LockMode.Shared
                    : parsed.GetValue(slots) is not null ? LockMode.Slot
                    : LockMode.Exclusive,
                Slots = parsed.GetValue(slots) ?? 1,
                Timeout = CommandLine.Seconds(parsed.GetValue(timeout)),
                NoWait = parsed.GetValue(noWait),
                Reason = parsed.GetValue(reason),
                Coordinator = coordinator,
                AllowNetworkFileSystem = parsed.GetValue(allowNetwork),
            };
            try
            {
                return Run(
                    request, parsed.GetValue(onTimeout)!, parsed.GetValue(quiet),
                    leases => new GuardedCommand(leases, command!, Console.Error)
                    {
                        Grace = CommandLine.Seconds(parsed.GetValue(grace)),
                        EndsWhenLost = parsed.GetValue(onLost) == Terminate,
                    });
            }
            catch (LockException e) when (ExitCode.Of(e) == ExitCode.NotGranted && parsed.GetValue(conflictCode) is { } code)
            {
                Console.Error.WriteLine("procdedup: " + e.Message);
                return code;
            }
        });
        return lockCommand;
    }

    private static LockTarget[] Named(string[] names)
    {
        LockRoot root = LockRoot.Default();
        return names.Select(name => LockTarget.FromName(root, name)).ToArray();
    }

    private static int Run(LockRequest request, string onTimeout, bool isQuiet, Func<IReadOnlyList<LockLease>, GuardedCommand> run)
    {
        IReadOnlyList<LockLease> leases = [];
        var interruption = new Interruption();
        using (interruption)
        {
            using WaitNotice? notice = isQuiet ? null : new WaitNotice(request.Targets, request.Coordinator);
            try
            {
                leases = FileLock.AcquireAll(request, interruption.Token);
            }
            catch (OperationCanceledException)
            {
                return interruption.ExitCode;
            }
            catch (LockTimeoutException e) when (onTimeout != Error)
            {
                if (onTimeout != Skip || !isQuiet)
                {
                    Console.Error.WriteLine($"procdedup: {e.Cause} {(onTimeout == Skip
                        ? Message.Of(Key.NoticeCommandIsSkipped) : Message.Of(Key.NoticeCommandRunsWithoutLock))}");
                }

                if (onTimeout == Skip)
                    return ExitCode.Success;
            }
        }

        int code;
        GuardedCommand command = run(leases);
        try
        {
            // The signal came at the moment of the grant: it meant this process, and no command runs yet.
            if (interruption.Came)
                return interruption.ExitCode;
            foreach (LockLease lease in leases)
            {
                if (lease.CrashedHolder is { } crashed)
                    Console.Error.WriteLine(Message.Of(Key.NoticeLastHolderOfLockDiedHolding, lease.Target, crashed.Describe()));
            }

            code = command.Run();
        }
        finally
        {
            foreach (LockLease lease in leases)
                lease.Dispose();
        }

        return command.WasEndedForLoss || (code == ExitCode.Success && leases.Any(lease => lease.IsLost)) ? ExitCode.LockLost : code;
    }
}
