using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Threading;
using ProcessDedup.Coordination;
using ProcessDedup.Locks;
using ProcessDedup.Messages;

namespace ProcessDedup.Flight;

/// <summary>
/// A wait for a leader on another machine: who it is, for people, and, if the waiter has only so much patience with one who
/// makes no progress, whether he makes any. Looking costs the server a question, so it is rare.
/// </summary>
internal sealed class FleetWait : IDisposable
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Later = TimeSpan.FromMinutes(1);
    // A holder says every second how far it is, if it has got any further: see FleetTurn.
    private static readonly TimeSpan LeastPatience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan LeastBetweenLooks = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan MostBetweenLooks = TimeSpan.FromSeconds(10);

    private readonly Coordinator _coordinator;
    private readonly string _name;
    private readonly TimeSpan _patience;
    private readonly CancellationTokenSource _stalled = new();
    private readonly Stopwatch _unchanged = Stopwatch.StartNew();
    private readonly Lookout _lookout;
    private string? _seen;
    private volatile LockHolder? _holder;

    /// <param name="coordinator">Who is asked.</param>
    /// <param name="name">The lock.</param>
    /// <param name="patience">With a holder who makes no progress; zero: any.</param>
    public FleetWait(Coordinator coordinator, string name, TimeSpan patience)
    {
        (_coordinator, _name) = (coordinator, name);
        _patience = patience > TimeSpan.Zero && patience < LeastPatience ? LeastPatience : patience;
        TimeSpan between = patience == TimeSpan.Zero ? Later : Lookout.Between(patience, LeastBetweenLooks, MostBetweenLooks);
        _lookout = new Lookout(Look, between < First ? between : First, between);
    }

    /// <summary>Cancelled when the holder has made no progress for too long.</summary>
    public CancellationToken Stalled => _stalled.Token;

    /// <summary>Who is waited for, as far as it is known.</summary>
    public LockHolder? Holder => _holder;

    /// <summary>For those who wait on this machine.</summary>
    public string Describe() => _holder is { } holder
        ? Message.Of(Key.ReasonWaitsFor, holder.Describe())
        : Message.Of(Key.ReasonWaitsForAnotherMachine);

    private void Look()
    {
        IReadOnlyList<LockHolder> holders = _coordinator.TryInspect(_name)?.Holders ?? [];
        _holder = holders.Count > 0 ? holders[0] : null;
        // The wait has a connection already.
        _coordinator.Records.Rest();
        string seen = _holder is { } h ? $"{h.Host} {h.ProcessId} {h.Progress}" : string.Empty;
        if (seen != _seen)
        {
            _seen = seen;
            _unchanged.Restart();
        }
        else if (_patience > TimeSpan.Zero && _holder is not null && _unchanged.Elapsed >= _patience)
        {
            _stalled.Cancel();
        }
    }

    // A look under way may still cancel the token: that is left to the garbage collector.
    public void Dispose() => _lookout.Dispose();
}
