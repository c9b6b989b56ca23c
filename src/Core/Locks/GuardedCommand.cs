using System;
using System.Collections.Generic;
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using ProcessDedup.Messages;
using ProcessDedup.Platform;

namespace ProcessDedup.Locks;

/// <summary>
/// Runs a command under locks that are held already: its standard streams are this process's, signals are passed
/// on to it, and its exit code comes back.
/// </summary>
/// <remarks>
/// <para>The locks are released when the command ends, even if it left processes in the background. Should this
/// process be killed with SIGKILL while the command runs, the command is asked to end (Linux, where util-linux's
/// setpriv is installed) and on Unix keeps the locks until it has: two commands never run at once.</para>
/// <para>On Windows the command is in a job that ends with this process.</para>
/// </remarks>
public static class GuardedCommand
{
    /// <summary>The command was not found (as in POSIX shells).</summary>
    public const int NotFound = 127;

    /// <summary>Where the command finds the fencing number, if it runs under one lock of a fleet.</summary>
    public const string FenceVariable = "PROCESSDEDUP_FENCE";

    /// <summary>The command was found but could not be started.</summary>
    public const int NotExecutable = 126;

    /// <summary>Starts the command and waits for its end.</summary>
    /// <param name="leases">The locks it runs under; not released here.</param>
    /// <param name="command">The program, looked up on PATH, and its arguments.</param>
    /// <param name="error">Where to say that it cannot be started, or that a lock was lost.</param>
    /// <returns>Its exit code; 128 + n if signal n ended it.</returns>
    public static int Run(IReadOnlyList<LockLease> leases, IReadOnlyList<string> command, TextWriter error)
    {
        ArgumentNullException.ThrowIfNull(leases);
        if (command is null || command.Count == 0)
            throw new ArgumentException(Message.Of(Key.MisuseCommandIsNeeded), nameof(command));
        ArgumentNullException.ThrowIfNull(error);

        string? program = ExecutableSearch.Find(command[0]);
        if (program is null)
        {
            error.WriteLine(Message.Of(Key.NoticeWasNotFoundGivePathOf, command[0]));
            return NotFound;
        }

        using var guard = new ChildGuard();
        // Before the start: a signal in between would end this process and leave the command behind.
        using var relay = new SignalRelay();
        ProcessStartInfo start = ChildGuard.Wrap(program, command);
        if (leases.Count == 1 && leases[0].Fence is { } fence)
            start.Environment[FenceVariable] = fence.ToString(CultureInfo.InvariantCulture);
        using Process? child = Start(leases, start, error);
        if (child is null)
            return NotExecutable;
        guard.Adopt(child);
        relay.PassTo(child.Id);
        var warnings = new List<IDisposable>();
        foreach (LockLease lease in leases)
            warnings.Add(lease.Lost.Register(() => error.WriteLine("procdedup: " + lease.Loss!.Message)));
        child.WaitForExit();
        guard.LetGo();
        warnings.ForEach(w => w.Dispose());
        return child.ExitCode;
    }

    private static Process? Start(IReadOnlyList<LockLease> leases, ProcessStartInfo start, TextWriter error)
    {
        var copies = new List<IDisposable>();
        try
        {
            foreach (LockLease lease in leases)
            {
                if (lease.Inheritable() is { } copy)
                    copies.Add(copy);
            }

            return ChildGuard.Start(start);
        }
        catch (Exception e) when (e is Win32Exception or PlatformException)
        {
            error.WriteLine(Message.Of(Key.NoticeCannotBeStarted, start.FileName, e.Message));
            return null;
        }
        finally
        {
            copies.ForEach(c => c.Dispose());
        }
    }
}
