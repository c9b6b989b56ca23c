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

    public static Command Create(IReadOnlyList<string>? command)
    {
        var names = new Argument<string[]>("NAME")
        {
            Description = "Lock names. Several are taken all or none, in an order that cannot deadlock.",
            Arity = ArgumentArity.ZeroOrMore,
        };
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

            The exit code is the command's own; 75 if the lock was not granted, 64 for wrong usage,
            126 or 127 if the command cannot be started or found. Signals are passed on to the command.
            """)
        {
            names, files, timeout, noWait, shared, slots, onTimeout, reason, fleet, allowNetwork,
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
            if (result.GetValue(shared) && result.GetValue(slots) is not null)
                result.AddError(Message.Of(Key.UsageGiveSharedOrSlotsNotBoth));
            if (result.GetValue(noWait) && result.GetValue(timeout) > 0)
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
            return Run(request, command!, parsed.GetValue(onTimeout)!);
        });
        return lockCommand;
    }

    private static LockTarget[] Named(string[] names)
    {
        LockRoot root = LockRoot.Default();
        return names.Select(name => LockTarget.FromName(root, name)).ToArray();
    }

    private static int Run(LockRequest request, IReadOnlyList<string> command, string onTimeout)
    {
        IReadOnlyList<LockLease> leases = [];
        var interruption = new Interruption();
        using (interruption)
        {
            using var notice = new WaitNotice(request.Targets, request.Coordinator);
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
                Console.Error.WriteLine($"procdedup: {e.Cause} {(onTimeout == Skip
                    ? Message.Of(Key.NoticeCommandIsSkipped) : Message.Of(Key.NoticeCommandRunsWithoutLock))}");
                if (onTimeout == Skip)
                    return ExitCode.Success;
            }
        }

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

            return GuardedCommand.Run(leases, command, Console.Error);
        }
        finally
        {
            foreach (LockLease lease in leases)
                lease.Dispose();
        }
    }
}
