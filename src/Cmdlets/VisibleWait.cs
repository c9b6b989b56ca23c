using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Management.Automation;
using System.Runtime.ExceptionServices;
using System.Threading;
using ProcessDedup.Locks;
using ProcessDedup.Messages;

namespace ProcessDedup.Cmdlets;

/// <summary>
/// Takes locks for a cmdlet. A wait longer than a second shows whom it is for: as a progress record, or, where pwsh has no
/// console, as one line a minute on standard error by one of all that wait for the same lock and write to the same log.
/// </summary>
internal sealed class VisibleWait : IDisposable
{
    private static readonly TimeSpan BeforeFirst = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ProgressPeriod = TimeSpan.FromMilliseconds(250);
    // To look at a fleet's lock is a question to its server; and a job keeps all its progress records.
    private static readonly TimeSpan RarePeriod = TimeSpan.FromSeconds(10);
    private static readonly int CurrentProcess = Environment.ProcessId;
    private static int _lastActivity;

    private readonly PSCmdlet _cmdlet;
    private readonly LockRequest _request;
    private readonly ManualResetEvent _done = new(false);
    private readonly CancellationTokenSource _end;
    private IReadOnlyList<LockLease>? _leases;
    private ExceptionDispatchInfo? _failure;

    private VisibleWait(PSCmdlet cmdlet, LockRequest request, CancellationToken stopping)
    {
        _cmdlet = cmdlet;
        _request = request;
        _end = CancellationTokenSource.CreateLinkedTokenSource(stopping);
    }

    /// <exception cref="LockException">Not granted.</exception>
    /// <exception cref="PipelineStoppedException">Ctrl+C.</exception>
    public static IReadOnlyList<LockLease> Acquire(PSCmdlet cmdlet, LockRequest request, bool isQuiet, CancellationToken stopping)
    {
        try
        {
            // Mostly the lock is free, and a thread would cost more than the lock.
            IReadOnlyList<LockLease>? leases = FileLock.TryAcquireAll(request, stopping);
            if (leases is null && request.NoWait)
                leases = FileLock.AcquireAll(request, stopping);
            if (leases is null)
            {
                using var wait = new VisibleWait(cmdlet, request, stopping);
                leases = wait.Wait(isQuiet);
            }

            foreach (LockLease lease in leases)
                lease.EnterFlow();
            return leases;
        }
        catch (OperationCanceledException)
        {
            throw new PipelineStoppedException();
        }
    }

    private IReadOnlyList<LockLease> Wait(bool isQuiet)
    {
        var thread = new Thread(Run) { IsBackground = true, Name = "lock waiter" };
        thread.Start();
        try
        {
            if (isQuiet)
                _done.WaitOne();
            else if (!_done.WaitOne(BeforeFirst))
                ShowUntilDone();
        }
        catch
        {
            // Writing to the host failed or was stopped: the lock must not be granted to nobody.
            _end.Cancel();
            _done.WaitOne();
            foreach (LockLease lease in _leases ?? [])
                lease.Dispose();
            throw;
        }

        _failure?.Throw();
        return _leases!;
    }

    private void Run()
    {
        try
        {
            _leases = FileLock.AcquireAll(_request, _end.Token);
        }
        catch (Exception e)
        {
            _failure = ExceptionDispatchInfo.Capture(e);
        }

        _done.Set();
    }

    private void ShowUntilDone()
    {
        bool isConsoleHost = TerminalKind.IsConsoleHost(_cmdlet.Host);
        bool showsProgress = !isConsoleHost || TerminalKind.IsInteractive();
        TimeSpan period = !showsProgress ? WaitTeller.LookPeriod
            : _request.Coordinator is not null || !isConsoleHost ? RarePeriod
            : ProgressPeriod;
        var clock = Stopwatch.StartNew();
        using WaitTeller? teller = showsProgress ? null : new WaitTeller(_request.Targets[0], descriptor: 2, _request.Coordinator?.Place);
        var progress = new ProgressRecord(
            Interlocked.Increment(ref _lastActivity), Message.Of(Key.ReasonWaitingForLock, _request.Targets[0]), "Waiting");
        try
        {
            do
            {
                if (showsProgress)
                {
                    LockStatus? status = Find();
                    progress.StatusDescription = Describe(status, clock.Elapsed + BeforeFirst, isBrief: true);
                    _cmdlet.WriteProgress(progress);
                }
                else
                {
                    teller!.TellIfDue(Find, () => _done.WaitOne(0), status => TerminalKind.WriteLine(Message.Of(
                        Key.NoticeWaitingForLockDoing, status?.Name ?? _request.Targets[0].Display,
                        Describe(status, clock.Elapsed + BeforeFirst))));
                }
            }
            while (!_done.WaitOne(period));
        }
        finally
        {
            if (showsProgress)
            {
                progress.RecordType = ProgressRecordType.Completed;
                _cmdlet.WriteProgress(progress);
            }
        }
    }

    private LockStatus? Find()
    {
        foreach (LockTarget target in _request.Targets)
        {
            // Who waits behind another process of this machine is told of that one: only the first of them asks the server.
            LockStatus? found = LockInspector.TryInspect(target);
            if (_request.Coordinator is { } fleet && !IsHeldByOther(found))
                found = fleet.TryInspect(target.Display) ?? found;
            if (found is { State: not LockState.Free } status)
                return status;
        }

        return null;
    }

    private static bool IsHeldByOther(LockStatus? status)
    {
        foreach (LockHolder holder in status?.Holders ?? [])
        {
            if (holder.ProcessId != CurrentProcess)
                return true;
        }

        return false;
    }

    private string Describe(LockStatus? status, TimeSpan waited, bool isBrief = false) =>
        // What matters comes first, as a progress bar has little room.
        isBrief && status is { Holders.Count: > 0 } ? Message.Of(Key.ReasonHeldBriefly, status.Holders[0].DescribeBriefly(), Durations.Describe(waited)) :
        Message.Of(
            Key.ReasonHeldAndWaited,
            status is { Holders.Count: > 0 } ? Message.Of(Key.ReasonHeldBy, status.Holders[0].Describe())
                : _request.Coordinator is { } fleet ? Message.Of(Key.ReasonHolderUnseenOrFleetSlow, fleet.Place)
                : Message.Of(Key.ReasonHolderCannotBeSeenFromHere),
            status?.Overdue is { } overdue ? $" ({overdue})" : string.Empty,
            status is { Waiters.Count: > 1 } ? Message.Of(Key.ReasonWaiters, status.Waiters.Count) : string.Empty,
            Durations.Describe(waited));

    public void Dispose()
    {
        _end.Dispose();
        _done.Dispose();
    }
}
