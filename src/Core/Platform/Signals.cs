using System;
using System.Runtime.InteropServices;

namespace ProcessDedup.Platform;

/// <summary>Signals that a program may take over, as long as it was not started to ignore them.</summary>
public static class Signals
{
    /// <summary>
    /// Handles a signal, unless it is ignored since the start: <c>nohup</c> and shells that run something in the
    /// background mean it.
    /// </summary>
    public static IDisposable Handle(PosixSignal signal, Action<PosixSignalContext> handler) =>
        IsIgnored(signal) ? new Nothing() : PosixSignalRegistration.Create(signal, handler);

    private static bool IsIgnored(PosixSignal signal)
    {
        if (OperatingSystemKind.IsWindows)
            return false;
        int number = signal switch
        {
            PosixSignal.SIGHUP => Libc.SignalHangUp,
            PosixSignal.SIGINT => Libc.SignalInterrupt,
            PosixSignal.SIGQUIT => Libc.SignalQuit,
            PosixSignal.SIGTERM => Libc.SignalTerminate,
            _ => (int)signal,
        };
        // signal(2) tells the old disposition only by setting a new one; ignoring for a moment loses nothing that
        // would not have been handled a moment later.
        nint before = Libc.Signal(number, Libc.IgnoreSignal);
        _ = Libc.Signal(number, before);
        return before == Libc.IgnoreSignal;
    }

    private sealed class Nothing : IDisposable
    {
        public void Dispose()
        {
        }
    }
}
