using System;
using System.Runtime.InteropServices;
using System.Threading;

namespace ProcessDedup.Tour;

/// <summary>Turns Ctrl+C and the signals that ask a process to end into a cancellation, so that the tour can tidy up.</summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;
    private volatile bool _ignored;

    public Interruption() =>
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, c => Cancel(c, 130)),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, c => Cancel(c, 143)),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, c => Cancel(c, 129)),
        ];

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>128 and the number of the signal, as shells count.</summary>
    public int ExitCode { get; private set; }

    /// <summary>From now on Ctrl+C belongs to the program that has the terminal.</summary>
    public void LeaveToChild() => _ignored = true;

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
            registration.Dispose();
        _source.Dispose();
    }

    private void Cancel(PosixSignalContext context, int exitCode)
    {
        context.Cancel = true;
        if (_ignored && context.Signal == PosixSignal.SIGINT)
            return;
        ExitCode = exitCode;
        _source.Cancel();
    }
}
