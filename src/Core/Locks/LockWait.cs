using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Threading;
using ProcessDedup.Platform;

namespace ProcessDedup.Locks;

/// <summary>
/// A wait for a lock: it ends by the grant, the deadline, the caller's cancellation, or the discovery that it would
/// never end.
/// </summary>
internal sealed class LockWait : IDisposable
{
    // Most waits are over before; looking for circles and ancestors costs about a millisecond.
    private static readonly TimeSpan FirstLook = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LaterLooks = TimeSpan.FromSeconds(1);

    // System.Threading.Timer takes no more (about 49 days).
    private static readonly TimeSpan LongestTimer = TimeSpan.FromMilliseconds(uint.MaxValue - 2);

    private readonly CancellationTokenRegistration _cancellation;
    private readonly CancellationToken _token;
    private readonly Timer? _deadline;
    private readonly Timer _lookout;
    private readonly IReadOnlyList<LockLease> _held;
    private readonly LockRequest _request;
    private readonly object _look = new();
    private DeadlockWatch? _watch;
    private volatile LockTarget? _target;
    private volatile bool _isOver;

    public LockWait(LockRequest request, CancellationToken cancellation)
    {
        BeganAt = Stopwatch.GetTimestamp();
        _request = request;
        _token = cancellation;
        _held = HeldLocks.All();
        if (request.Timeout > TimeSpan.Zero)
            _deadline = new Timer(_ => TimeIsUp(), null, Min(request.Timeout, LongestTimer), Timeout.InfiniteTimeSpan);
        _lookout = new Timer(_ => LookOut(), null, FirstLook, LaterLooks);
        // Last: it may call back at once.
        _cancellation = cancellation.Register(static wait => ((LockWait)wait!).Signal.Stop(), this, useSynchronizationContext: false);
    }

    public StoppableWait Signal { get; } = new();

    public long BeganAt { get; }

    /// <summary>Why waiting is pointless, once that is known.</summary>
    public LockException? Hopeless { get; private set; }

    public bool IsTimeUp { get; private set; }

    public void WaitsFor(LockTarget target) => _target = target;

    private void TimeIsUp()
    {
        IsTimeUp = true;
        Signal.Stop();
    }

    private void LookOut()
    {
        // A look that takes longer than the period must not overlap the next.
        if (!Monitor.TryEnter(_look))
            return;
        try
        {
            LockTarget? target = _target;
            if (_isOver || target is null)
                return;
            if (_watch is null || !ReferenceEquals(_watch.Target, target))
            {
                _watch?.Dispose();
                _watch = new DeadlockWatch(target, _request, _held);
            }

            Hopeless = _watch.Look();
        }
        catch (Exception e) when (e is System.IO.IOException or UnauthorizedAccessException or PlatformException)
        {
            // The look-out only helps people; the wait itself goes on.
        }
        finally
        {
            Monitor.Exit(_look);
        }

        if (Hopeless is not null)
            Signal.Stop();
        if (_isOver)
            EndWatch();
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
        _cancellation.Dispose();
        _deadline?.Dispose();
        _lookout.Dispose();
        _isOver = true;
        EndWatch();
        Signal.Dispose();
    }
}
