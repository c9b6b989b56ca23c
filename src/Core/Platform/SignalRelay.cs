using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Threading;

namespace ProcessDedup.Platform;

/// <summary>Passes the signals that would end this process on to a child instead.</summary>
internal sealed class SignalRelay : IDisposable
{
    private readonly List<IDisposable> _registrations = [];
    private readonly object _sync = new();
    private readonly List<int> _early = [];
    private int _child;
    private bool _isOver;
    private int _endings;

    public SignalRelay()
    {
        if (OperatingSystemKind.IsWindows)
        {
            // The console tells every process of the group; this one must only not end before the command does.
            Relay(PosixSignal.SIGINT, 0);
            Relay(PosixSignal.SIGQUIT, 0);
            return;
        }

        Relay(PosixSignal.SIGINT, Libc.SignalInterrupt);
        Relay(PosixSignal.SIGQUIT, Libc.SignalQuit);
        Relay(PosixSignal.SIGTERM, Libc.SignalTerminate);
        Relay(PosixSignal.SIGHUP, Libc.SignalHangUp);
        Relay((PosixSignal)Libc.SignalUser1, Libc.SignalUser1);
        Relay((PosixSignal)Libc.SignalUser2, Libc.SignalUser2);
    }

    /// <summary>How many signals have come that mean "end": SIGINT, SIGQUIT, SIGTERM and SIGHUP, or Ctrl+C on Windows.</summary>
    public int Endings => Volatile.Read(ref _endings);

    /// <summary>From now on signals go to that process; those that came before go to it now.</summary>
    public void PassTo(int processId)
    {
        lock (_sync)
        {
            _child = processId;
            foreach (int signal in _early)
                _ = Libc.Kill(_child, signal);
        }
    }

    /// <summary>The child has ended: signals are counted, but its PID may soon be somebody else's.</summary>
    public void PassNoMore()
    {
        lock (_sync)
            _isOver = true;
    }

    /// <summary>Sends the child a signal of ours, unless it has ended. Windows has none.</summary>
    public void Send(int signal)
    {
        if (OperatingSystemKind.IsWindows)
            return;
        lock (_sync)
        {
            if (_isOver)
                return;
            if (_child == 0)
                _early.Add(signal);
            else
                _ = Libc.Kill(_child, signal);
        }
    }

    /// <summary>As if a signal that means "end" had come.</summary>
    public void End(int signal)
    {
        Interlocked.Increment(ref _endings);
        Send(signal);
    }

    private void Relay(PosixSignal signal, int number) =>
        _registrations.Add(Signals.Handle(signal, context =>
        {
            context.Cancel = true;
            if (number != Libc.SignalUser1 && number != Libc.SignalUser2)
                Interlocked.Increment(ref _endings);
            if (number != 0 && !ComesFromTerminal(number))
                Send(number);
        }));

    // Ctrl+C and Ctrl+\ reach the whole foreground group: the command has got them already.
    // (One that is sent to this process alone, while it is in the foreground, cannot be told from them.)
    private static bool ComesFromTerminal(int signal) =>
        signal is Libc.SignalInterrupt or Libc.SignalQuit && ControllingTerminal.IsForeground();

    public void Dispose()
    {
        foreach (IDisposable registration in _registrations)
            registration.Dispose();
    }
}
