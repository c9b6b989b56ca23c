using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using ProcessDedup.Coordination;
using ProcessDedup.Locks;
using ProcessDedup.Messages;

namespace ProcessDedup.Cli;

/// <summary>
/// Says on standard error whom a wait is for: after a second, then once a minute, by one of all that wait for the same lock and
/// write to the same log.
/// </summary>
internal sealed class WaitNotice : IDisposable
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(1);

    private readonly IReadOnlyList<LockTarget> _targets;
    private readonly Coordinator? _fleet;
    private readonly WaitTeller _teller;
    private readonly object _saying = new();
    private readonly Timer _timer;

    public WaitNotice(IReadOnlyList<LockTarget> targets, Coordinator? fleet = null)
    {
        _fleet = fleet;
        _targets = targets;
        _teller = new WaitTeller(targets[0], descriptor: 2, fleet?.Place);
        _timer = new Timer(_ => Say(), null, First, WaitTeller.LookPeriod);
    }

    private void Say()
    {
        // The next tick may come while a slow log still takes this one.
        if (!Monitor.TryEnter(_saying))
            return;
        try
        {
            _teller.TellIfDue(HeldBy, static () => false, held => Console.Error.WriteLine(JobLog.Notice(held ?? (_fleet is null
                ? Message.Of(Key.NoticeWaitingForLock, _targets[0])
                : Message.Of(Key.NoticeWaitingForLockOrFleet, _targets[0], _fleet.Place)))));
        }
#pragma warning disable CA1031 // On a timer's thread anything that escapes ends the process; the wait is worth more.
        catch (Exception)
#pragma warning restore CA1031
        {
            // Then there is no notice this time.
        }
        finally
        {
            Monitor.Exit(_saying);
        }
    }

    private string? HeldBy()
    {
        foreach (LockTarget target in _targets)
        {
            (IReadOnlyList<LockHolder> holders, string? overdue) = HoldersOf(target);
            if (holders.FirstOrDefault(h => !IsThisProcess(h)) is { } holder)
                return Message.Of(Key.NoticeWaitingForLockHeldBy, target, holder.Describe(), overdue is null ? string.Empty : $" ({overdue})");
        }

        return null;
    }

    // Who waits behind another process of this machine is told of that one: only the first of them asks the server, so that
    // two hundred waiters are not two hundred connections.
    private (IReadOnlyList<LockHolder> Holders, string? Overdue) HoldersOf(LockTarget target)
    {
        IReadOnlyList<LockHolder> own = LockInspector.TryFindHolders(target);
        if (_fleet is null || own.Any(h => !IsThisProcess(h)))
            return (own, NameRegistry.WarningFor(target, own));
        return _fleet.TryInspect(target.Display) is { } status ? (status.Holders, status.Overdue) : ([], null);
    }

    // Another machine, or container, may have a process of the same number.
    private static bool IsThisProcess(LockHolder holder) =>
        holder.ProcessId == Environment.ProcessId && (holder.Host ?? Environment.MachineName) == Environment.MachineName;

    /// <summary>The wait is over: nothing is said any more when this returns.</summary>
    public void Dispose()
    {
        _timer.Dispose();
        _teller.Dispose();
    }
}
