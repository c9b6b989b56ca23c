using System;
using System.Diagnostics;
using System.Threading;
using ProcessDedup.Retry;

namespace ProcessDedup.Fetch.Http;

/// <summary>
/// Ends a transfer in which nothing moves, that has no time left, or that the caller cancels. A read that blocks knows
/// of no token: <see cref="Guard"/> names what is disposed of to end it.
/// </summary>
internal sealed class InactivityWatch : IDisposable
{
    // The system's timers take 49 days at most; whatever is left then is waited for again.
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(20);

    private readonly CancellationTokenSource _end;
    private readonly TimeSpan _timeout;
    private readonly Timer? _timer;
    private readonly CancellationToken _cancelled;
    private long _lastMove = Stopwatch.GetTimestamp();
    private volatile bool _isStalled;

    public InactivityWatch(TimeSpan timeout, Deadline deadline, CancellationToken cancelled)
    {
        _timeout = timeout;
        _cancelled = cancelled;
        _end = CancellationTokenSource.CreateLinkedTokenSource(cancelled);
        if (!deadline.IsNever)
            _end.CancelAfter(AtMostLongest(deadline.Remaining));
        if (timeout > TimeSpan.Zero)
        {
            _timer = new Timer(_ => Look(), null, Timeout.Infinite, Timeout.Infinite);
            _timer.Change(AtMostLongest(timeout), Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Cancelled by whichever comes first.</summary>
    public CancellationToken Token => _end.Token;

    /// <summary>It ended because nothing moved.</summary>
    public bool IsStalled => _isStalled;

    /// <summary>It ended, and neither because nothing moved nor because the caller cancelled it: its time was up.</summary>
    public bool IsTooLate => !_isStalled && !_cancelled.IsCancellationRequested && _end.IsCancellationRequested;

    /// <summary>Something came.</summary>
    public void Moved() => Interlocked.Exchange(ref _lastMove, Stopwatch.GetTimestamp());

    /// <summary>This is disposed of when the transfer must end.</summary>
    public CancellationTokenRegistration Guard(IDisposable blocked) => _end.Token.Register(() =>
    {
        try
        {
            blocked.Dispose();
        }
        catch (Exception)
        {
            // On a timer's thread: whatever it was, the reader sees it as the end of its stream.
        }
    });

    private void Look()
    {
        try
        {
            double idle = (Stopwatch.GetTimestamp() - Interlocked.Read(ref _lastMove)) / (double)Stopwatch.Frequency;
            TimeSpan left = _timeout - TimeSpan.FromSeconds(idle);
            if (left > TimeSpan.Zero)
            {
                // A millisecond at least: a timer of 0 ms would spin.
                _timer!.Change(AtMostLongest(left) + TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
                return;
            }

            _isStalled = true;
            _end.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It ended at the same moment.
        }
    }

    private static TimeSpan AtMostLongest(TimeSpan time) => time < LongestTimer ? time : LongestTimer;

    public void Dispose()
    {
        _timer?.Dispose();
        _end.Dispose();
    }
}
