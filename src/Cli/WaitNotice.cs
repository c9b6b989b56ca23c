using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using ProcessDedup.Coordination;
using ProcessDedup.Locks;

namespace ProcessDedup.Cli;

/// <summary>Says on standard error whom a wait is for: after a second, then once a minute.</summary>
internal sealed class WaitNotice : IDisposable
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Later = TimeSpan.FromMinutes(1);

    private readonly IReadOnlyList<LockTarget> _targets;
    private readonly Coordinator? _fleet;
    private readonly Timer _timer;

    public WaitNotice(IReadOnlyList<LockTarget> targets, Coordinator? fleet = null)
    {
        _fleet = fleet;
        _targets = targets;
        _timer = new Timer(_ => Say(), null, First, Later);
    }

    private void Say()
    {
        try
        {
            (LockTarget target, LockHolder? holder) = _targets
                .Select(t => (t, HoldersOf(t).FirstOrDefault(h => h.ProcessId != Environment.ProcessId)))
                .FirstOrDefault(found => found.Item2 is not null);
            Console.Error.WriteLine(holder is null
                ? $"procdedup: waiting for lock '{_targets[0]}'"
                : $"procdedup: waiting for lock '{target}', held by {holder.Describe()}"
                    + (NameRegistry.WarningFor(target, [holder]) is { } overdue ? $" ({overdue})" : string.Empty));
        }
#pragma warning disable CA1031 // On a timer's thread anything that escapes ends the process; the wait is worth more.
        catch (Exception)
#pragma warning restore CA1031
        {
            // Then there is no notice this time.
        }
    }

    private IReadOnlyList<LockHolder> HoldersOf(LockTarget target) => _fleet?.TryInspect(target.Display) is { Holders.Count: > 0 } status
        ? status.Holders
        : LockInspector.TryFindHolders(target);

    public void Dispose() => _timer.Dispose();
}
