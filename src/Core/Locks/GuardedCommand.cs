using System;
using System.Collections.Generic;
using System.ComponentModel;
using System.Diagnostics;
using System.IO;
using ProcessDedup.Messages;
using ProcessDedup.Platform;

namespace ProcessDedup.Locks;

/// <summary>
/// Runs a command under locks that are held already: its standard streams are this process's, signals are passed
/// on to it, and its exit code comes back.
/// </summary>
/// <remarks>
/// <para>A normal end of the command is the end of the run, even if it left processes in the background. If a signal ended it, or
/// came while it ran, the run ends only when everything that the command started has ended too (Linux, Windows): the
/// processes are asked to end, and killed when <see cref="Grace"/> is over. What cannot be killed is waited for, and named.</para>
/// <para>Should this process itself be killed with SIGKILL, a <see cref="GuardProcess"/> does the same in its place (Linux).
/// Without a guard every process that inherited the lock keeps it until it has ended.</para>
/// <para>On Windows the command is in a job that ends with this process.</para>
/// </remarks>
public sealed class GuardedCommand
{
    /// <summary>The command was not found (as in POSIX shells).</summary>
    public const int NotFound = 127;

    /// <summary>The command was found but could not be started.</summary>
    public const int NotExecutable = 126;

    /// <summary>The grace, unless said otherwise: half of what a lock's holder has when it is stopped, so that it ends in time.</summary>
    public static readonly TimeSpan DefaultGrace = TimeSpan.FromSeconds(5);

    private readonly IReadOnlyList<LockLease> _leases;
    private readonly IReadOnlyList<string> _command;
    private readonly TextWriter _error;

    /// <param name="leases">The locks it runs under; not released here.</param>
    /// <param name="command">The program, looked up on PATH, and its arguments.</param>
    /// <param name="error">Where to say that it cannot be started, or that a lock was lost.</param>
    public GuardedCommand(IReadOnlyList<LockLease> leases, IReadOnlyList<string> command, TextWriter error)
    {
        _leases = leases ?? throw new ArgumentNullException(nameof(leases));
        _command = command is { Count: > 0 } ? command : throw new ArgumentException(Message.Of(Key.MisuseCommandIsNeeded), nameof(command));
        _error = error ?? throw new ArgumentNullException(nameof(error));
    }

    /// <summary>How long what the command started has to end after a signal, and the command after the loss of a lock.</summary>
    public TimeSpan Grace { get; init; } = DefaultGrace;

    /// <summary>Is the command ended when a lock is lost? Otherwise it is only told.</summary>
    public bool EndsWhenLost { get; init; }

    /// <summary>True once the command was ended because a lock was lost.</summary>
    public bool WasEndedForLoss { get; private set; }

    /// <summary>Starts the command and waits for its end.</summary>
    /// <returns>Its exit code; 128 + n if signal n ended it.</returns>
    public int Run()
    {
        string? program = ExecutableSearch.Find(_command[0]);
        if (program is null)
        {
            _error.WriteLine(Message.Of(Key.NoticeWasNotFoundGivePathOf, _command[0]));
            return NotFound;
        }

        using var run = new CommandRun(_leases, Grace, _error.WriteLine);
        using var lostFile = new LostFile();
        Process child;
        try
        {
            ProcessStartInfo start = GuardProcess.Wrap(program, _command, Grace);
            CommandEnvironment.Tell(start, _leases, _leases.Count > 0 ? lostFile.Path : null);
            child = run.Start(start);
        }
        catch (Exception e) when (e is Win32Exception or PlatformException)
        {
            _error.WriteLine(Message.Of(Key.NoticeCannotBeStarted, program, e.Message));
            return NotExecutable;
        }

        using (child)
        {
            var watches = new List<IDisposable>();
            foreach (LockLease lease in _leases)
                watches.Add(lease.GetLostToken().Register(() => Lose(lease, lostFile, run)));
            int code = run.AwaitEnd(child);
            // A loss of the last moment, which the keeper has not seen yet.
            foreach (LockLease lease in _leases)
                lease.Look(recordIsDue: false);
            watches.ForEach(w => w.Dispose());
            return code;
        }
    }

    private void Lose(LockLease lease, LostFile file, CommandRun run)
    {
        _error.WriteLine("procdedup: " + lease.Loss!.Message);
        try
        {
            file.Add(lease.Target.Display);
        }
        catch (PlatformException e)
        {
            _error.WriteLine("procdedup: " + e.Message);
        }

        if (!EndsWhenLost)
            return;
        WasEndedForLoss = true;
        run.Terminate();
    }
}
