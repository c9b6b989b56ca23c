using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using ProcessDedup.Locks;

namespace ProcessDedup.Cli;

/// <summary>Says on standard error whom a wait is for: after a second, then once a minute.</summary>
internal sealed class WaitNotice : IDisposable
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Later = TimeSpan.FromMinutes(1);

    private readonly IReadOnlyList<LockTarget> _targets;
    private readonly Timer _timer;

    public WaitNotice(IReadOnlyList<LockTarget> targets)
    {
        _targets = targets;
        _timer = new Timer(_ => Say(), null, First, Later);
    }

    private void Say()
    {
        try
        {
            LockStatus? status = _targets.Select(LockInspector.Inspect)
                .FirstOrDefault(s => s.Holders.Any(h => h.ProcessId != Environment.ProcessId));
            Console.Error.WriteLine(status is null
                ? $"procdedup: waiting for lock '{_targets[0]}'"
                : $"procdedup: waiting for lock '{status.Name}', held by {status.Holders[0].Describe()}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A notice that cannot be made is not worth more than the wait.
        }
    }

    public void Dispose() => _timer.Dispose();
}
