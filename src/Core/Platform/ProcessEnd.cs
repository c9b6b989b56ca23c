using System;
using System.Collections.Generic;
using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Threading;

namespace ProcessDedup.Platform;

/// <summary>What became of the request that a process end.</summary>
internal enum EndRequest
{
    /// <summary>It has been told.</summary>
    Sent,

    /// <summary>It is gone, or its PID belongs to another process by now, which was not told.</summary>
    Gone,

    /// <summary>The rights are missing.</summary>
    Denied,

    /// <summary>It can only be ended the hard way: a Windows program without a window.</summary>
    NotPossible,
}

/// <summary>Ends one very process, never another one that got its PID.</summary>
internal static unsafe class ProcessEnd
{
    /// <summary>Tells it to end: SIGTERM, or on Windows a message to its window.</summary>
    public static EndRequest Ask(ProcessIdentity process) => OperatingSystemKind.IsWindows
        ? OnWindows(process, p => p.CloseMainWindow())
        : Signal(process, Libc.SignalTerminate);

    /// <summary>Ends it: SIGKILL, TerminateProcess.</summary>
    public static EndRequest Force(ProcessIdentity process) => OperatingSystemKind.IsWindows
        ? OnWindows(process, p =>
        {
            p.Kill();
            return true;
        })
        : Signal(process, Libc.SignalKill);

    // Of more processes than this some other one is noticed at the next look.
    private const int MostAwaited = 64;

    private static readonly TimeSpan Blink = TimeSpan.FromMilliseconds(40);

    /// <summary>Waits until one of them has ended, without using the processor where there are pidfds.</summary>
    public static void AwaitAny(IReadOnlyList<ProcessIdentity> processes, TimeSpan atMost)
    {
        PollDescriptor* ends = stackalloc PollDescriptor[MostAwaited];
        int count = 0;
        try
        {
            for (int i = 0; i < processes.Count && count < MostAwaited && OperatingSystemKind.IsLinux; i++)
            {
                if (Libc.OpenProcess(processes[i].ProcessId, 0) is int descriptor and >= 0)
                    ends[count++] = new PollDescriptor { Descriptor = descriptor, Wanted = Libc.PollIn };
            }
        }
        catch (EntryPointNotFoundException)
        {
            // glibc before 2.36: looking again serves as well.
        }

        if (count == 0)
            Thread.Sleep(atMost < Blink ? atMost : Blink);
        else
            _ = Libc.Poll(ends, (nuint)count, (int)Math.Ceiling(atMost.TotalMilliseconds));
        for (int i = 0; i < count; i++)
            _ = Libc.Close(ends[i].Descriptor);
    }

    private static EndRequest Signal(ProcessIdentity process, int signal)
    {
        if (process.ProcessId <= 1)
            return EndRequest.Denied;
        try
        {
            return SignalThroughDescriptor(process, signal);
        }
        catch (EntryPointNotFoundException)
        {
            // No such call: between the look and the signal the PID might change hands, after all PIDs were used once.
            return process.IsAlive ? Result(Libc.Kill(process.ProcessId, signal)) : EndRequest.Gone;
        }
    }

    // The descriptor stays with one life of one process: looked at after it was opened, it is the one that gets the signal.
    private static EndRequest SignalThroughDescriptor(ProcessIdentity process, int signal)
    {
        if (!OperatingSystemKind.IsLinux)
            throw new EntryPointNotFoundException();
        int descriptor = Libc.OpenProcess(process.ProcessId, 0);
        if (descriptor < 0)
        {
            return Marshal.GetLastWin32Error() == Errno.NoProcess ? EndRequest.Gone : throw new EntryPointNotFoundException();
        }

        try
        {
            return process.IsAlive ? Result(Libc.SignalProcess(descriptor, signal, null, 0)) : EndRequest.Gone;
        }
        finally
        {
            _ = Libc.Close(descriptor);
        }
    }

    private static EndRequest Result(int returned) => returned == 0 ? EndRequest.Sent
        : Marshal.GetLastWin32Error() == Errno.NoProcess ? EndRequest.Gone
        : EndRequest.Denied;

    private static EndRequest OnWindows(ProcessIdentity process, Func<Process, bool> end)
    {
        try
        {
            using var found = Process.GetProcessById(process.ProcessId);
            // The open handle keeps the PID from being used again.
            _ = found.Handle;
            if (found.StartTime.ToUniversalTime().Ticks != process.StartTicks)
                return EndRequest.Gone;
            return end(found) ? EndRequest.Sent : EndRequest.NotPossible;
        }
        catch (Win32Exception)
        {
            return EndRequest.Denied;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            return EndRequest.Gone;
        }
    }
}
