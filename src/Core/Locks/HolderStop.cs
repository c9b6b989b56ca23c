using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Threading;
using ProcessDedup.Coordination;
using ProcessDedup.Platform;

namespace ProcessDedup.Locks;

/// <summary>
/// Ends the processes that hold a lock, so that the kernel releases it. No file is removed. Each is asked first, and killed if
/// it still holds the lock when its time is over.
/// </summary>
/// <remarks>
/// Only the very processes that were seen are ended: PID, start time, boot and PID namespace are compared, and whoever took the
/// lock meanwhile is left alone. What inherited the lock from a holder (the command of <c>procdedup lock</c>) is stopped after
/// it, if it still holds the lock then: the lock is free only without it.
/// </remarks>
public sealed class HolderStop
{
    /// <summary>How long a holder has to end by itself, unless said otherwise.</summary>
    public static readonly TimeSpan DefaultGrace = TimeSpan.FromSeconds(10);

    // Nothing tells that a process of others ended, on every system; for people who wait this is at once.
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(40);
    // SIGKILL works at once, but for processes that wait for a device.
    private static readonly TimeSpan PatienceAfterKill = TimeSpan.FromSeconds(5);
    // A runtime takes a while for its end on a busy machine.
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(3);

    private readonly LockStatus _seen;
    private readonly Coordinator? _fleet;
    private readonly TimeSpan _grace;
    private readonly bool _allowAncestors;
    private readonly LockTarget? _target;
    private readonly ISet<int> _stopped;
    private readonly HashSet<ProcessIdentity> _heirs = [];

    /// <param name="seen">The lock as it was seen.</param>
    /// <param name="fleet">The coordinator of a lock of a fleet.</param>
    /// <param name="grace">How long each has to end by itself; zero kills at once.</param>
    /// <param name="allowAncestors">Also those under which this process runs; they may take it with them.</param>
    /// <param name="stopped">PIDs of those that were stopped before: who held a fleet's lock held this machine's as well.</param>
    public HolderStop(LockStatus seen, Coordinator? fleet, TimeSpan grace, bool allowAncestors, ISet<int>? stopped = null)
    {
        _seen = seen ?? throw new ArgumentNullException(nameof(seen));
        _fleet = fleet;
        _grace = grace;
        _allowAncestors = allowAncestors;
        _stopped = stopped ?? new HashSet<int>();
        _target = seen.Coordinator is null ? LockTarget.FromPath(seen.LockFile) : null;
    }

    /// <summary>The holders that were seen, and were not stopped before.</summary>
    public IReadOnlyList<LockHolder> Holders => _target is not null ? _seen.Holders
        : [.. _seen.Holders.Where(h => !IsHere(h) || h.ProcessId is not { } id || !_stopped.Contains(id))];

    /// <summary>Would <see cref="Stop"/> try to end it?</summary>
    /// <exception cref="LockException">No: it is remote, not proved, or the caller.</exception>
    public void Check(LockHolder holder) => _ = IdentityOf(holder);

    /// <summary>Ends one of the holders.</summary>
    /// <exception cref="LockException">It is remote, not proved, the caller, or the rights are missing.</exception>
    /// <exception cref="OperationCanceledException">It has been asked to end, and may still do so.</exception>
    public StoppedHolder Stop(LockHolder holder, CancellationToken cancellation = default)
    {
        ProcessIdentity process = IdentityOf(holder);
        StoppedHolder result = End(holder, process, cancellation);
        if (!process.IsAlive)
            _stopped.Add(process.ProcessId);
        return result;
    }

    private StoppedHolder End(LockHolder holder, ProcessIdentity process, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        StoppedHolder Result(StopOutcome outcome) =>
            new(_seen.Name, holder, outcome, outcome is StopOutcome.Killed, Durations.Seconds(clock.Elapsed));
        if (!Holds(process))
            return Result(StopOutcome.AlreadyGone);
        if (_target is not null)
            _heirs.UnionWith(LockInspector.Heirs(_target));
        if (_grace > TimeSpan.Zero)
        {
            switch (ProcessEnd.Ask(process))
            {
                case EndRequest.Gone:
                    return Result(StopOutcome.AlreadyGone);
                case EndRequest.Denied:
                    throw LockFailures.HolderDenied(_seen.Name, holder);
                case EndRequest.Sent when HoldsNoMore(process, clock, _grace, cancellation):
                    return Result(Ends(process, cancellation) ? StopOutcome.Ended : StopOutcome.Released);
            }
        }

        if (Force(process) == EndRequest.Denied)
            throw LockFailures.HolderDenied(_seen.Name, holder);
        return Result(HoldsNoMore(process, Stopwatch.StartNew(), PatienceAfterKill, cancellation) ? StopOutcome.Killed : StopOutcome.StillRunning);
    }

    // A guard ends after everything below it; without it nobody would hold the lock for what has no descriptor of it.
    private static EndRequest Force(ProcessIdentity process)
    {
        if (!GuardProcess.Is(process.ProcessId))
            return ProcessEnd.Force(process);
        foreach (ProcessIdentity below in Descendants.Find(process.ProcessId))
            ProcessEnd.Force(below);
        return EndRequest.Sent;
    }

    /// <summary>A process that still holds the lock by inheritance from a holder that was stopped; null if there is none.</summary>
    public LockHolder? NextHeir()
    {
        if (_heirs.Count == 0)
            return null;
        // The youngest first: the guard of a command is older, ends with it, and sees to what has no descriptor.
        LockHolder? heir = Look().Holders.Where(h => h.Identity is { } identity && _heirs.Contains(identity))
            .OrderByDescending(h => h.Identity!.Value.StartTicks).ThenByDescending(h => h.ProcessId).FirstOrDefault();
        if (heir is not null)
            _heirs.Remove(heir.Identity!.Value);
        return heir;
    }

    private bool HoldsNoMore(ProcessIdentity process, Stopwatch clock, TimeSpan patience, CancellationToken cancellation)
    {
        while (Holds(process))
        {
            if (clock.Elapsed >= patience)
                return false;
            cancellation.WaitHandle.WaitOne(BetweenLooks);
            cancellation.ThrowIfCancellationRequested();
        }

        return true;
    }

    // Who is about to end has let go of its files, and gone through its last work, before it is gone.
    private static bool Ends(ProcessIdentity process, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        while (process.IsAlive && clock.Elapsed < Farewell)
        {
            cancellation.WaitHandle.WaitOne(BetweenLooks);
            cancellation.ThrowIfCancellationRequested();
        }

        return !process.IsAlive;
    }

    private bool Holds(ProcessIdentity process) =>
        process.IsAlive && Look().Holders.Any(h => _target is null ? h.ProcessId == process.ProcessId && IsHere(h) : h.Identity == process);

    private LockStatus Look()
    {
        if (_target is not null)
            return LockInspector.Inspect(_target);
        return _fleet?.Inspect(_seen.Name) is { Count: > 0 } found ? found[0] : _seen;
    }

    private ProcessIdentity IdentityOf(LockHolder holder)
    {
        ArgumentNullException.ThrowIfNull(holder);
        if (!IsHere(holder))
            throw LockFailures.HolderRemote(_seen.Name, holder, _seen.Coordinator);
        ProcessIdentity? process = _target is null ? IdentityInFleet(holder) : holder.IsVerified ? holder.Identity : null;
        if (process is not { } known)
            throw LockFailures.HolderUnverified(_seen.Name, holder);
        if (known.ProcessId == ProcessIdentity.CurrentProcessId())
            throw LockFailures.HolderIsCaller(_seen.Name, holder);
        if (!_allowAncestors && ProcessTree.Ancestors().Contains(known.ProcessId))
            throw LockFailures.HolderIsAncestor(_seen.Name, holder);
        return known;
    }

    private static bool IsHere(LockHolder holder) => string.IsNullOrEmpty(holder.Host) || holder.Host == Environment.MachineName;

    // A fleet's server knows no start times. The process that has the PID now is the one meant if it is older than the hold, by
    // more than clocks differ, and was started by the same command.
    private static ProcessIdentity? IdentityInFleet(LockHolder holder) =>
        holder is { ProcessId: { } id, Since: { } since, CommandLine: { } command }
        && ProcessIdentity.StartedAt(id) <= since
        && RedactedCommandLine.TryOf(id) == command
        && ProcessIdentity.TryGet(id, out ProcessIdentity found) ? found : null;
}
