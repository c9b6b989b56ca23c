using System.Text;

namespace ProcessDedup.Platform;

/// <summary>
/// The signal that makes a blocked system call of one thread return with EINTR: SIGURG with a handler that does
/// nothing and without SA_RESTART (sigaction(2), signal(7): "Interruption of system calls").
/// </summary>
internal static unsafe class InterruptSignal
{
    private static readonly nint ErrorHandler = -1;

    /// <summary>
    /// False where another part of the process already handles SIGURG (the Go runtime does): its handler is left
    /// alone, and blocked calls must run on a thread that can be abandoned.
    /// </summary>
    public static readonly bool IsInstalled = !OperatingSystemKind.IsWindows && Install();

    public static void Send(nint thread)
    {
        if (IsInstalled)
            _ = Libc.ThreadKill(thread, Libc.SignalUrgent);
    }

    private static bool Install()
    {
        // The handler must be native, async-signal-safe and without effect: labs(long) ignores nothing but its
        // argument, returns it and touches no memory. Managed code may not run in a signal handler.
        nint handler;
        fixed (byte* name = Encoding.ASCII.GetBytes("labs\0"))
            handler = Libc.FindSymbol(OperatingSystemKind.IsMacOS ? -2 : 0, name);
        if (handler == 0)
            return false;

        nint previous = Libc.Signal(Libc.SignalUrgent, handler);
        if (previous == ErrorHandler)
            return false;
        if (previous != Libc.DefaultSignal && previous != Libc.IgnoreSignal)
        {
            _ = Libc.Signal(Libc.SignalUrgent, previous);
            return false;
        }

        return Libc.SignalInterrupts(Libc.SignalUrgent, 1) == 0;
    }
}
