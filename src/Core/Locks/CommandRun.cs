using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Threading;
using ProcessDedup.Messages;
using ProcessDedup.Platform;

namespace ProcessDedup.Locks;

/// <summary>One run of a command under locks, from the moment before its start until the locks may be released.</summary>
/// <remarks>Create it before the start: a signal in between would end this process and leave the command behind.</remarks>
internal sealed class CommandRun : IDisposable
{
    private readonly ChildGuard _guard = new();
    private readonly SignalRelay _relay = new();
    private readonly IReadOnlyList<LockLease> _leases;
    private readonly TimeSpan _grace;
    private readonly Action<string> _say;
    private Timer? _overdue;
    private Process? _child;
    private bool _isTerminated;

    /// <param name="leases">The locks it runs under; the command inherits them where that is possible.</param>
    /// <param name="grace">How long what the command started has to end after a signal before it is killed.</param>
    /// <param name="say">Is told what people should know.</param>
    public CommandRun(IReadOnlyList<LockLease> leases, TimeSpan grace, Action<string> say)
    {
        _leases = leases;
        _grace = grace;
        _say = say;
    }

    /// <summary>For a guard: the parent, which waits for what this process cannot end.</summary>
    public ParentWatch? Parent { get; set; }

    /// <summary>Starts the command.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">It cannot be started.</exception>
    /// <exception cref="PlatformException">The locks cannot be handed down.</exception>
    public Process Start(ProcessStartInfo start)
    {
        var copies = new List<IDisposable>();
        try
        {
            foreach (LockLease lease in _leases)
            {
                if (lease.Inheritable() is { } copy)
                    copies.Add(copy);
            }

            // Without a shell there always is one.
            _child = ChildGuard.Start(start)!;
            _guard.Adopt(_child);
            _relay.PassTo(_child.Id);
            return _child;
        }
        finally
        {
            copies.ForEach(c => c.Dispose());
        }
    }

    /// <summary>Asks the command to end, and kills it with all it started when the grace is over.</summary>
    public void Terminate()
    {
        _isTerminated = true;
        _relay.Send(Libc.SignalTerminate);
        _overdue ??= new Timer(_ => KillAll(), null, _grace, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The parent was killed: the same as a SIGTERM that it passed on.</summary>
    public void EndForParent() => _relay.End(Libc.SignalTerminate);

    private void KillAll()
    {
        _guard.EndJob();
        foreach (ProcessIdentity process in _guard.Left())
            ProcessEnd.Force(process);
        if (!_guard.SeesTree)
            ProcessTreeEnd.Kill(_child!);
    }

    /// <summary>
    /// Waits for the end of the command. After an end by a signal also for the end of everything that it started; after a normal
    /// end what it left in the background goes on.
    /// </summary>
    /// <returns>Its exit code; 128 + n if signal n ended it.</returns>
    public int AwaitEnd(Process child)
    {
        // Not WaitForExit without a time: that one waits for redirected streams as well.
        child.WaitForExit(Timeout.Infinite);
        _relay.PassNoMore();
        _overdue?.Dispose();
        int code = child.ExitCode;
        int endings = _relay.Endings;
        if (_guard.SeesTree && (endings > 0 || _isTerminated || IsBySignal(code)))
            new TreeEnd(_guard, _grace, _say).Run(() => _relay.Endings > endings, () => Parent is { IsThere: true }, HeldUpBy);
        else
            _guard.LetGo();
        return code;
    }

    // Shells say it likewise of what they started, and end with it.
    private static bool IsBySignal(int code) => !OperatingSystemKind.IsWindows && code is > 128 and < 160;

    private void HeldUpBy(string processes)
    {
        foreach (LockLease lease in _leases)
            lease.Progress = Message.Of(Key.ProgressWaitsForEndOf, processes);
    }

    public void Dispose()
    {
        _overdue?.Dispose();
        _relay.Dispose();
        _guard.Dispose();
    }
}
