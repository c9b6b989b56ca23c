using System;
using System.Runtime.InteropServices;
using System.Threading;
using ProcessDedup.Platform;

namespace ProcessDedup.Cli;

/// <summary>Ctrl+C, SIGTERM and SIGHUP cancel what is on its way instead of ending the process in the middle of it.</summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _cancellation = new();
    private readonly IDisposable[] _handlers;
    private int _signal;

    public Interruption() => _handlers =
    [
        Signals.Handle(PosixSignal.SIGINT, context => Interrupt(context, 2)),
        Signals.Handle(PosixSignal.SIGTERM, context => Interrupt(context, 15)),
        Signals.Handle(PosixSignal.SIGHUP, context => Interrupt(context, 1)),
    ];

    public CancellationToken Token => _cancellation.Token;

    public bool Came => Volatile.Read(ref _signal) != 0;

    /// <summary>128 + signal, as shells say it.</summary>
    public int ExitCode => Cli.ExitCode.SignalBase + Volatile.Read(ref _signal);

    private void Interrupt(PosixSignalContext context, int signal)
    {
        // Only the first: whoever asks again wants no more patience, and the system ends the process.
        if (Interlocked.CompareExchange(ref _signal, signal, 0) != 0)
            return;
        context.Cancel = true;
        try
        {
            _cancellation.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It was done at the same moment; the exit code still tells.
        }
    }

    public void Dispose()
    {
        foreach (IDisposable handler in _handlers)
            handler.Dispose();
        _cancellation.Dispose();
    }
}
