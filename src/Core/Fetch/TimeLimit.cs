using System;
using System.Threading;

namespace ProcessDedup.Fetch;

/// <summary>The time that a caller has for all of it, as a token that is cancelled when it is up.</summary>
internal sealed class TimeLimit : IDisposable
{
    // Waits and transfers look at the deadline themselves, and say better who or what took so long.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(0.5);

    private readonly TimeSpan _allowed;
    private readonly CancellationToken _cancellation;
    private readonly CancellationTokenSource _source;
    private volatile bool _isLifted;

    public TimeLimit(TimeSpan allowed, CancellationToken cancellation)
    {
        _allowed = allowed;
        _cancellation = cancellation;
        _source = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Restart();
    }

    public CancellationToken Token => _source.Token;

    /// <summary>Was it the time, and not the caller, that ended it?</summary>
    public bool IsOver => _source.IsCancellationRequested && !_cancellation.IsCancellationRequested;

    // What a timer takes at most is about 49 days; nobody works on anything for longer.
    private bool IsLimited => _allowed > TimeSpan.Zero && _allowed.TotalDays < 49;

    /// <summary>The time begins again: it was spent waiting, and now there is work to do.</summary>
    public void Restart()
    {
        if (IsLimited)
            _source.CancelAfter(_allowed + Grace);
    }

    /// <summary>
    /// A wait begins that ends by itself when the time is up, however late it is with that on a busy machine: what it says then, or
    /// does instead, must not be cut off.
    /// </summary>
    public void Pause()
    {
        if (IsLimited)
            _source.CancelAfter(Timeout.InfiniteTimeSpan);
    }

    /// <summary>The wait is over; so much time is left.</summary>
    public void Resume(TimeSpan left)
    {
        if (IsLimited && !_isLifted)
            _source.CancelAfter(left + Grace);
    }

    /// <summary>There is no limit any more: from here on it is somebody else's work, which takes its time.</summary>
    public void Lift()
    {
        _isLifted = true;
        if (_allowed > TimeSpan.Zero)
            _source.CancelAfter(Timeout.InfiniteTimeSpan);
    }

    public void Dispose() => _source.Dispose();
}
