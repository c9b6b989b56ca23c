using System;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Threading;

namespace ProcessDedup.Platform;

/// <summary>Notices the end of the process that started this one, also by SIGKILL. Linux only.</summary>
/// <remarks>
/// The kernel sends PR_SET_PDEATHSIG of prctl(2) at the end of each thread of the parent, so the signal is only a reason to look.
/// It is SIGURG, which does nothing where nobody handles it.
/// </remarks>
internal sealed class ParentWatch : IDisposable
{
    private readonly int _parent;
    private readonly PosixSignalRegistration _handler;
    private Action? _ended;

    /// <param name="parent">The PID of the parent. It may be gone already.</param>
    /// <param name="ended">Is called once.</param>
    [UnsupportedOSPlatform("windows")]
    public ParentWatch(int parent, Action ended)
    {
        _parent = parent;
        _ended = ended;
        _handler = PosixSignalRegistration.Create((PosixSignal)Libc.SignalUrgent, context =>
        {
            context.Cancel = true;
            Look();
        });
        _ = Libc.Control(Libc.SetParentDeathSignal, (nuint)Libc.SignalUrgent, 0, 0, 0);
        Look();
    }

    /// <summary>Is the parent still there?</summary>
    public bool IsThere => Libc.ParentProcessId() == _parent;

    private void Look()
    {
        if (!IsThere)
            Interlocked.Exchange(ref _ended, null)?.Invoke();
    }

    public void Dispose() => _handler.Dispose();
}
