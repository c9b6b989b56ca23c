using System;
using System.Diagnostics;
using System.Threading;
using ProcessDedup.Coordination;
using ProcessDedup.Locks;

namespace ProcessDedup.Flight;

/// <summary>
/// The turn of one flight among the machines of a fleet: the lock that each of them takes after its own. It only saves work,
/// like every lock of a flight: that it is lost while the work goes on changes nothing, but the caller is told.
/// </summary>
internal sealed class FleetTurn : IDisposable
{
    // The second one is that of those whose leader has stalled.
    private const string SecondSuffix = OwnLocks.Second;

    // A small write of the server for each that has changed.
    private static readonly TimeSpan BetweenWords = TimeSpan.FromSeconds(1);

    private readonly Fleet _fleet;
    private readonly Coordinator _coordinator;
    private readonly string _name;
    private readonly string _display;
    private readonly FlightLeader _leader;
    private readonly FlightOptions _options;
    private readonly Stopwatch _queued;
    private FleetHold? _hold;
    private Timer? _words;
    private string? _said;
    private readonly object _loss = new();
    private FleetHold? _untold;

    /// <param name="fleet">Whose it is.</param>
    /// <param name="name">The lock.</param>
    /// <param name="display">The flight as people know it.</param>
    /// <param name="leader">Of this machine.</param>
    /// <param name="options">How to wait.</param>
    /// <param name="queued">Since this flight began to wait, on this machine or for others.</param>
    public FleetTurn(
        Fleet fleet, string name, string display, FlightLeader leader, FlightOptions options, Stopwatch queued) =>
        (_fleet, _coordinator, _name, _display, _leader, _options, _queued) =
            (fleet, fleet.Coordinator, name, display, leader, options, queued);

    /// <summary>Nobody else is waited for any more: the lock is held, or it was given up to wait for it.</summary>
    public bool HasCome { get; private set; }

    /// <summary>Of the lock, now or when it was held last; null if it never was.</summary>
    public long? Fence { get; private set; }

    /// <summary>How long other machines were waited for.</summary>
    public TimeSpan Waited { get; private set; }

    /// <summary>The work is done without the lock.</summary>
    public void Skip() => HasCome = true;

    /// <summary>Takes the lock, or gives up to wait for it, as the options say.</summary>
    /// <exception cref="CoordinatorException">The coordinator cannot be asked.</exception>
    /// <exception cref="LockException">It was not granted in time.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public void Take(CancellationToken cancellation)
    {
        _hold = Acquire(_name, _name + SecondSuffix, cancellation);
        HasCome = true;
        lock (_loss)
            _untold = _hold;
        Fence = _hold?.Grants[0].Fence ?? Fence;
        // What the work changes elsewhere can refuse the late write of one that was cut off.
        if (_leader.Lease is { } lease)
            lease.Fence = Fence;
        if (_hold is not { } hold)
            return;
        _words = new Timer(_ => Say(), null, BetweenWords, BetweenWords);
        hold.WhenLost(() => TellOfLoss(hold));
    }

    private FleetHold? Acquire(string name, string? second, CancellationToken cancellation)
    {
        var request = new FleetRequest([name], LockMode.Exclusive, 1, null, NoWait: true, _display);
        if (_coordinator.Take(request, cancellation) is { } free)
            return free;
        if (_options.NoWait)
            throw LockFailures.Busy(_display, _coordinator.TryInspect(name));
        var waiting = Stopwatch.StartNew();
        using var wait = new FleetWait(_coordinator, name, _options.StallTimeout);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, wait.Stalled);
        _leader.TellBy(wait.Describe);
        _options.WaitingInFleet?.Invoke(wait);
        try
        {
            TimeSpan? left = _options.Timeout > TimeSpan.Zero ? Longer(_options.Timeout - _queued.Elapsed) : null;
            if (_coordinator.Take(request with { NoWait = false, Timeout = left }, either.Token) is { } granted)
                return granted;
        }
        catch (OperationCanceledException) when (wait.Stalled.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            _options.Stalled?.Invoke(wait.Holder);
            _options.Proceeding?.Invoke();
            return second is null ? null : Acquire(second, null, cancellation);
        }
        finally
        {
            Waited += waiting.Elapsed;
            _options.WaitingInFleet?.Invoke(null);
        }

        if (!_options.ProceedOnTimeout)
            throw LockFailures.TimedOut(_display, _queued.Elapsed, _coordinator.TryInspect(name));
        _options.Proceeding?.Invoke();
        return null;
    }

    // Zero would be for ever.
    private static TimeSpan Longer(TimeSpan left) => left > TimeSpan.FromMilliseconds(1) ? left : TimeSpan.FromMilliseconds(1);

    private void Say()
    {
        try
        {
            if (_hold is { } hold && _leader.Describe() is { } text && text != _said)
                hold.Say(_said = text);
        }
#pragma warning disable CA1031 // On a timer's thread anything that escapes ends the process.
        catch (Exception)
#pragma warning restore CA1031
        {
            // Those who wait are told the next time.
        }
    }

    // At once, or when it is given back: whichever comes first. The other one waits until it is told, as who gives it back takes
    // what was told with the result.
    private void TellOfLoss(FleetHold hold)
    {
        if (hold.LossCause is not { } cause)
            return;
        lock (_loss)
        {
            if (_untold != hold)
                return;
            _untold = null;
            _fleet.TellOfLoss(_display, cause);
        }
    }

    /// <summary>Gives it back: there is nothing to be done any more that the others could wait for.</summary>
    public void GiveBack()
    {
        HasCome = false;
        // Nothing was done under it.
        lock (_loss)
            _untold = null;
        Dispose();
    }

    public void Dispose()
    {
        _words?.Dispose();
        _words = null;
        if (Interlocked.Exchange(ref _hold, null) is not { } hold)
            return;
        hold.Release();
        TellOfLoss(hold);
    }
}
