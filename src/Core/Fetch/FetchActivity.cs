using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading;
using ProcessDedup.Flight;
using ProcessDedup.Locks;
using ProcessDedup.Messages;
using ProcessDedup.Platform;

namespace ProcessDedup.Fetch;

/// <summary>
/// How far a fetch is. It may be looked at from any thread at any time; nobody is called back, so that showing it can
/// neither slow nor break the fetch.
/// </summary>
public sealed class FetchActivity : ITransferObserver
{
    private FlightLeader? _leader;
    private long _done;
    private long _total = -1;
    private long _already;
    private long _beganAt;
    private long _transferred;
    private volatile LockTarget? _awaited;
    private volatile Func<bool>? _hasArrived;
    private volatile FleetWait? _fleetWait;
    private volatile string? _note;
    private volatile Func<string>? _describe;
    private readonly ConcurrentQueue<string> _remarks = new();

    /// <summary>Bytes that are there.</summary>
    public long Done => Volatile.Read(ref _done);

    /// <summary>How many there will be; null if unknown.</summary>
    public long? Total => Volatile.Read(ref _total) is >= 0 and long total ? total : null;

    /// <summary>The lock of the process that is waited for; null if none is.</summary>
    public LockTarget? Awaited => _awaited;

    /// <summary>
    /// Stands for the wait for another process, of this machine or of another one: another object for another wait; null if
    /// nobody is waited for.
    /// </summary>
    public object? Wait => (object?)_fleetWait ?? _awaited;

    /// <summary>What is going on besides: "attempt 1 failed (…), again in 2 s".</summary>
    public string? Note => _note;

    /// <summary>Bytes that came over the network.</summary>
    internal long Transferred => Volatile.Read(ref _transferred);

    /// <summary>"136 MB of 400 MB (34 %), 35 MB/s, 8 s left".</summary>
    public string Describe()
    {
        if (_describe is { } describe)
            return describe();
        if (_note is { } note)
            return note;
        long done = Done;
        double seconds = (Stopwatch.GetTimestamp() - Volatile.Read(ref _beganAt)) / (double)Stopwatch.Frequency;
        double rate = seconds > 0 ? (done - Volatile.Read(ref _already)) / seconds : 0;
        if (Total is not { } total || total == 0)
            return done == 0 ? "begins" : $"{ByteCount.Describe(done)}, {ByteCount.Describe((long)rate)}/s";
        string left = rate > 0
            ? Message.Of(Key.ReasonTimeLeft, Durations.Describe(TimeSpan.FromSeconds(Math.Min((total - done) / rate, 86400)))) : string.Empty;
        return Message.Of(
            Key.ReasonProgress, ByteCount.Describe(done), ByteCount.Describe(total), 100 * done / total,
            ByteCount.Describe((long)rate), left);
    }

    /// <summary>Takes a sentence that whoever asked should see, as a warning; null if there is none.</summary>
    public string? TakeRemark() => _remarks.TryDequeue(out string? remark) ? remark : null;

    internal void Remark(string sentence) => _remarks.Enqueue(sentence);

    /// <summary>
    /// Does this wait still go on, so that people may be told of it? False also if the result is there already: then the wait
    /// ends now, whoever still has the lock.
    /// </summary>
    /// <param name="wait">What <see cref="Wait"/> was.</param>
    public bool StillWaits(object wait)
    {
        // Read first: if the wait has ended by then, the comparison says so.
        Func<bool>? hasArrived = _hasArrived;
        if (!ReferenceEquals(Wait, wait))
            return false;
        try
        {
            return _fleetWait is not null || hasArrived?.Invoke() != true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or DedupException or PlatformException)
        {
            // What cannot be looked at has not been seen to arrive.
            return true;
        }
    }

    internal void Waits(LockTarget? target, Func<bool>? hasArrived) => (_awaited, _hasArrived) = (target, hasArrived);

    internal void WaitsInFleet(FleetWait? wait) => _fleetWait = wait;

    /// <summary>Who is waited for: on this machine, or on another one. Empty if nobody is, or nobody is known.</summary>
    public IReadOnlyList<LockHolder> FindAwaited()
    {
        if (_fleetWait is { } wait)
            return wait.Holder is { } holder ? [holder] : [];
        if (_awaited is not { } target)
            return [];
        int self = ProcessIdentity.CurrentProcessId();
        return [.. LockInspector.TryFindHolders(target).Where(h => h.ProcessId != self)];
    }

    internal void Stalls(LockHolder? holder) => Remark(
        Message.Of(Key.NoticeMakesNoProgress, holder is null ? Message.Of(Key.ReasonProcessThatIsAtIt) : holder.Describe()));

    internal void Leads(FlightLeader leader)
    {
        _leader = leader;
        leader.TellBy(Describe);
    }

    /// <summary>From now on that tells how far it is.</summary>
    internal void DescribedBy(Func<string> describe) => _describe = describe;

    /// <summary>Something else than bytes is what takes time: "unpacking".</summary>
    internal void Does(string what)
    {
        _note = what;
        _describe = null;
    }

    void ITransferObserver.Begin(long? total, long already)
    {
        _note = null;
        _describe = null;
        Volatile.Write(ref _already, already);
        Volatile.Write(ref _done, already);
        Volatile.Write(ref _total, total ?? -1);
        Volatile.Write(ref _beganAt, Stopwatch.GetTimestamp());
        _leader?.Reached?.Invoke(Store.StoreStep.Producing);
    }

    void ITransferObserver.Advance(long bytes)
    {
        Volatile.Write(ref _done, Done + bytes);
        Volatile.Write(ref _transferred, Transferred + bytes);
        _leader?.Reached?.Invoke(Store.StoreStep.Producing);
    }

    void ITransferObserver.CoolDown(TimeSpan left) => Does(Message.Of(Key.ReasonServerAskedForPatience, Durations.Describe(left)));

    void ITransferObserver.Retry(int attempt, TimeSpan pause, string why) => Does(Message.Of(
        Key.ReasonAttemptFailedAgainIn, attempt, why, Durations.Describe(pause)));
}
