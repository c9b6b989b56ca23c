using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Threading;
using ProcessDedup.Platform;
using ProcessDedup.Telemetry;

namespace ProcessDedup.Locks;

/// <summary>
/// A wait for a lock: it ends by the grant, the deadline, the caller's cancellation, or the discovery that it would
/// never end.
/// </summary>
internal sealed class LockWait : IDisposable
{
    // Most waits are over before; looking for circles and ancestors costs about a millisecond.
    private static readonly TimeSpan FirstLook = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LeastBetweenLooks = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MostBetweenLooks = TimeSpan.FromSeconds(30);

    // System.Threading.Timer takes no more (about 49 days).
    private static readonly TimeSpan LongestTimer = TimeSpan.FromMilliseconds(uint.MaxValue - 2);

    private readonly CancellationTokenRegistration _cancellation;
    private readonly CancellationToken _token;
    private readonly Timer? _deadline;
    private readonly QuietTimer _lookout;
    private volatile IReadOnlyList<LockLease> _held = [];
    private readonly LockRequest _request;
    private readonly object _look = new();
    private DeadlockWatch? _watch;
    private volatile LockTarget? _target;
    private long _since;
    private volatile bool _isOver;

    public LockWait(LockRequest request, CancellationToken cancellation)
    {
        BeganAt = Stopwatch.GetTimestamp();
        Instruments.WaitBegins();
        _request = request;
        _token = cancellation;
        if (request.Timeout > TimeSpan.Zero)
        {
            _deadline = new Timer(_ => CheckTime(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _deadline.Change(Min(request.Timeout, LongestTimer), Timeout.InfiniteTimeSpan);
        }

        _lookout = new QuietTimer(LookOut);
        // Last: it may call back at once.
        _cancellation = cancellation.Register(static wait => ((LockWait)wait!).Signal.Stop(), this, useSynchronizationContext: false);
    }

    public StoppableWait Signal { get; } = new();

    public long BeganAt { get; }

    /// <summary>Why waiting is pointless, once that is known.</summary>
    public LockException? Hopeless { get; private set; }

    public bool IsTimeUp { get; private set; }

    public void WaitsFor(LockTarget target)
    {
        if (ReferenceEquals(_target, target))
            return;
        _since = Stopwatch.GetTimestamp();
        // A request for several locks holds more at each of its waits.
        _held = HeldLocks.All();
        _target = target;
        _lookout.Schedule(FirstLook);
    }

    private void CheckTime()
    {
        TimeSpan left = _request.Timeout - Since(BeganAt);
        if (left > TimeSpan.Zero)
        {
            TryChange(_deadline!, Min(left, LongestTimer));
            return;
        }

        IsTimeUp = true;
        Signal.Stop();
    }

    private static TimeSpan Since(long timestamp) =>
        TimeSpan.FromSeconds((Stopwatch.GetTimestamp() - timestamp) / (double)Stopwatch.Frequency);

    private static void TryChange(Timer timer, TimeSpan due)
    {
        try
        {
            // Never less than a millisecond: a timer that fires a little early would spin.
            timer.Change(due < TimeSpan.FromMilliseconds(1) ? TimeSpan.FromMilliseconds(1) : due, Timeout.InfiniteTimeSpan);
        }
        catch (ObjectDisposedException)
        {
            // The wait is over.
        }
    }

    private void LookOut()
    {
        // The wait is just ending.
        if (!Monitor.TryEnter(_look))
            return;
        try
        {
            LockTarget? target = _target;
            if (_isOver || target is null || Hopeless is not null)
                return;
            if (_watch is null || !ReferenceEquals(_watch.Target, target))
            {
                _watch?.Dispose();
                _watch = new DeadlockWatch(target, _request, _held);
            }

            Hopeless = _watch.Look();
        }
#pragma warning disable CA1031 // On a timer's thread anything that escapes ends the process.
        catch (Exception)
#pragma warning restore CA1031
        {
            // The look-out only helps people; the wait itself goes on.
        }
        finally
        {
            ScheduleNextLook();
            Monitor.Exit(_look);
        }

        if (Hopeless is not null)
            Signal.Stop();
        if (_isOver)
            EndWatch();
    }

    // A circle is closed by the wait that began last, and its first looks find it: later ones may be rare, so that a
    // wait of hours costs nothing.
    private void ScheduleNextLook()
    {
        TimeSpan waited = Since(_since);
        _lookout.Schedule(Min(waited < LeastBetweenLooks ? LeastBetweenLooks : waited, MostBetweenLooks));
    }

    // Whoever was granted the lock must not wait for a look in progress: that one cleans up after itself.
    private void EndWatch()
    {
        if (!Monitor.TryEnter(_look))
            return;
        _watch?.Dispose();
        _watch = null;
        Monitor.Exit(_look);
    }

    /// <summary>Why the wait ended without a grant.</summary>
    public Exception Failure(LockTarget target, TimeSpan waited)
    {
        if (Hopeless is not null)
            return Hopeless;
        return _token.IsCancellationRequested && !IsTimeUp
            ? new OperationCanceledException(_token)
            : LockFailures.TimedOut(target.Display, waited, LockInspector.TryInspect(target));
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    public void Dispose()
    {
        Instruments.WaitEnds();
        _cancellation.Dispose();
        _deadline?.Dispose();
        _lookout.Dispose();
        _isOver = true;
        EndWatch();
        Signal.Dispose();
    }
}
