using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Threading;
using ProcessDedup.Locks;

namespace ProcessDedup.Flight;

/// <summary>
/// Looks now and then whether a leader still gets on, and ends the wait for one that does not: a process that is stopped
/// or hangs holds its lock for ever.
/// </summary>
internal sealed class StallWatch : IDisposable
{
    // Looking at a lock costs about a millisecond.
    private static readonly TimeSpan LeastBetweenLooks = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan MostBetweenLooks = TimeSpan.FromSeconds(5);

    private readonly LockTarget _target;
    private readonly TimeSpan _patience;
    private readonly CancellationTokenSource _stalled = new();
    private readonly Stopwatch _unchanged = Stopwatch.StartNew();
    private readonly Lookout _lookout;
    private string? _seen;

    public StallWatch(LockTarget target, TimeSpan patience)
    {
        _target = target;
        _patience = patience;
        TimeSpan between = Lookout.Between(patience, LeastBetweenLooks, MostBetweenLooks);
        _lookout = new Lookout(Look, between, between);
    }

    /// <summary>Cancelled when the leader has made no progress for too long.</summary>
    public CancellationToken Stalled => _stalled.Token;

    /// <summary>Who made no progress, as far as it is known.</summary>
    public LockHolder? Holder { get; private set; }

    private void Look()
    {
        IReadOnlyList<LockHolder> holders = LockInspector.TryFindHolders(_target);
        string seen = string.Join("\n", holders.Select(h => $"{h.Host} {h.ProcessId} {h.Since:o} {h.Progress}"));
        if (seen != _seen)
        {
            _seen = seen;
            _unchanged.Restart();
        }
        else if (_unchanged.Elapsed >= _patience)
        {
            Holder = holders.Count > 0 ? holders[0] : null;
            _stalled.Cancel();
        }
    }

    // A look under way may still cancel the token: that is left to the garbage collector.
    public void Dispose() => _lookout.Dispose();
}
