using System;
using System.Threading;

namespace ProcessDedup.Flight;

/// <summary>
/// Ends the wait for a leader as soon as its result can be used: the leader may be stopped after it has published, and behind
/// it other waiters pass the lock on one by one.
/// </summary>
internal sealed class ArrivalProbe<TResult>(Func<TResult?> lookUp) : IDisposable
    where TResult : class
{
    // A look-up reads one small file. The first one comes before people are told of the wait.
    private static readonly TimeSpan First = TimeSpan.FromSeconds(0.9);
    private static readonly TimeSpan Later = TimeSpan.FromSeconds(10);

    private readonly object _sync = new();
    private readonly CancellationTokenSource _arrived = new();
    private Lookout? _lookout;
    private bool _isOver;
    private volatile TResult? _found;

    /// <summary>What arrived during the wait; null if nothing did.</summary>
    public TResult? Found => _found;

    /// <summary>Cancelled when the result is there.</summary>
    public CancellationToken Arrived => _arrived.Token;

    /// <summary>Ends the wait before it begins, if there is something that may be used meanwhile.</summary>
    public bool TakeMeanwhile(Func<TResult?> lookUpMeanwhile)
    {
        lock (_sync)
        {
            _found = lookUpMeanwhile();
            return _isOver = _found is not null;
        }
    }

    /// <summary>The wait begins: the probe looks now and then until <see cref="Dispose"/>.</summary>
    public void Begin() => _lookout ??= new Lookout(() => IsOver(), First, Later);

    /// <summary>Looks now. True: the result is there, or the wait has ended otherwise.</summary>
    public bool IsOver()
    {
        lock (_sync)
        {
            if (_isOver)
                return true;
            _found = lookUp();
            if (_found is null)
                return false;
            _isOver = true;
        }

        _arrived.Cancel();
        return true;
    }

    // A look under way may still cancel the token: that is left to the garbage collector.
    public void Dispose()
    {
        _lookout?.Dispose();
        // The caller uses the same plan from here on, and no look-up may run beside that.
        lock (_sync)
            _isOver = true;
    }
}
