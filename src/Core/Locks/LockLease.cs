using System;
using System.Threading;
using ProcessDedup.Coordination;
using ProcessDedup.Messages;
using ProcessDedup.Platform;
using ProcessDedup.Telemetry;

namespace ProcessDedup.Locks;

/// <summary>
/// A held lock. Dispose it to release it; it is never released by being forgotten, only by
/// <see cref="Dispose"/> or the end of the process.
/// </summary>
public sealed class LockLease : IDisposable
{
    private readonly object _sync = new();
    private readonly LocalLock _local;
    private readonly string? _reason;
    private readonly object? _flow;
    private readonly string? _slotFile;
    private readonly LockHandle? _slot;
    private CancellationTokenSource? _lost;
    private string? _recordPath;
    private string? _progress;
    private bool _progressChanged;
    private byte[]? _crashRecord;
    private LockHolder? _crashedHolder;
    private int _released;
    private FleetHold? _fleet;
    private string? _fleetPlace;
    private bool _isFileLost;

    internal LockLease(LocalLock local, LockTarget target, LockMode mode, LockRequest request, SlotGrant? slot, long heldSince)
    {
        _local = local;
        Target = target;
        Mode = mode;
        _reason = request.Reason;
        _flow = request.Flow;
        Slot = slot?.Number;
        _slotFile = slot?.File;
        _slot = slot?.Handle;
        HeldSinceTimestamp = heldSince;
    }

    /// <summary>The lock that is held.</summary>
    public LockTarget Target { get; }

    /// <summary>How it is held.</summary>
    public LockMode Mode { get; }

    /// <summary>Which slot is held, counted from 1; null if the lock is not held by slot.</summary>
    public int? Slot { get; private set; }

    /// <summary>How many seconds were spent waiting for it.</summary>
    public double WaitedSec => Durations.Seconds(Waited);

    internal TimeSpan Waited { get; set; }

    /// <summary>
    /// The holder before, if it died while holding the lock (exclusively or in this slot) for longer than a moment:
    /// what it was doing may be half done. Else null.
    /// </summary>
    public LockHolder? CrashedHolder => _crashRecord is null ? null : _crashedHolder ??= CrashedHolders.Understand(_crashRecord);

    /// <summary>True once released.</summary>
    public bool IsReleased => Volatile.Read(ref _released) != 0;

    /// <summary>
    /// A token that is cancelled when the lock is lost: its file was deleted or replaced, so another process may hold the lock as
    /// well, which is noticed within about a quarter of a second; or the coordinator of the fleet ended the session.
    /// </summary>
    /// <remarks>A method, as the properties of an output are what ConvertTo-Json writes: a token is a wait handle there.</remarks>
    public CancellationToken GetLostToken()
    {
        lock (_sync)
            return (_lost ??= new CancellationTokenSource()).Token;
    }

    /// <summary>True once the lock was found lost.</summary>
    public bool IsLost { get; private set; }

    /// <summary>Why it was lost, as a sentence; null if it was not.</summary>
    public string? LossReason => Loss?.Message;

    /// <summary>The error that tells why it was lost; null if it was not.</summary>
    internal LockException? Loss { get; private set; }

    /// <summary>
    /// The fencing number of a lock of the fleet: larger than that of every holder before. Null for a lock of this machine.
    /// </summary>
    public long? Fence { get; internal set; }

    /// <summary>What the holder is doing right now ("120 of 400 MB"), shown to those who wait.</summary>
    public string? Progress
    {
        get => _progress;
        set
        {
            lock (_sync)
                (_progress, _progressChanged) = (OwnerRecord.Shorten(value), true);
            _fleet?.Say(_progress);
        }
    }

    /// <summary>
    /// Is asked for <see cref="Progress"/> when it is about to be shown, for progress that nobody announces. Called on a
    /// thread of the pool.
    /// </summary>
    internal Func<string>? ProgressSource { get; set; }

    /// <summary>What the holder before left behind.</summary>
    internal void Found(byte[]? crashRecord) => _crashRecord = crashRecord;

    internal object? Flow => _flow;

    internal FileIdentity Identity => _local.Identity;

    internal long HeldSinceTimestamp { get; }

    /// <summary>
    /// Where the one holder of this lock or slot is written down, for the next one to find. Null where each holder has
    /// a file of its own: shared holders, and shared roots, in which nobody may replace another user's file.
    /// </summary>
    internal NativePath? OwnerRecordPath => Target.IsShared ? null : Mode switch
    {
        LockMode.Exclusive => Target.Files.Owner,
        LockMode.Slot => new NativePath(_slotFile + LockFiles.OwnerSuffix),
        _ => null,
    };

    // The keeper's list; see LeaseKeeper.
    internal LockLease? PreviousKept { get; set; }

    internal LockLease? NextKept { get; set; }

    /// <summary>
    /// Makes the caller's flow the holder, for a lease that was acquired on a thread of its own: taking the lock
    /// again in this flow is then recognised.
    /// </summary>
    public void EnterFlow()
    {
        if (!HeldLocks.Contains(this))
            HeldLocks.Push(this);
    }

    /// <summary>
    /// A copy of the lock that child processes started before it is disposed inherit: should this process be
    /// killed, the lock lives as long as they do. Null where locks cannot be inherited (Windows).
    /// </summary>
    internal InheritableLock? Inheritable() => InheritableLock.Of(_local.Main, _slot);

    /// <summary>Releases the lock. Does nothing the second time.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _released, 1) != 0)
            return;
        LeaseKeeper.Remove(this);
        // Before the machine's own lock, which keeps the others of this machine from asking meanwhile.
        _fleet?.Release();
        lock (_sync)
        {
            if (_fleet?.LossCause is { } cause && Loss is null)
                (IsLost, Loss) = (true, CoordinatorFailures.Lost(Target.Display, _fleetPlace!, cause));
            // Before the unlock: a record that outlives its lock would tell the next holder of a crash.
            if (_recordPath is not null && !_isFileLost)
                FileSystem.TryDelete(_recordPath);
        }

        if (_slot is not null)
        {
            _slot.Unlock();
            _slot.Dispose();
        }

        _local.Release(this);
        HeldLocks.Trim();
        // Last: nobody should wait for whoever listens.
        LockMeasures.Released(this);
    }

    /// <summary>Makes it a lock of the fleet as well.</summary>
    internal void Join(Coordinator coordinator, FleetHold fleet, FleetGrant grant)
    {
        Fence = grant.Fence;
        Slot = grant.Slot ?? Slot;
        _fleet = fleet;
        _fleetPlace = coordinator.Place;
        fleet.WhenLost(() => LoseFleet(fleet));
    }

    private void LoseFleet(FleetHold fleet)
    {
        CancellationTokenSource lost;
        lock (_sync)
        {
            if (IsReleased || IsLost)
                return;
            IsLost = true;
            Loss = CoordinatorFailures.Lost(Target.Display, _fleetPlace!, fleet.LossCause ?? Message.Of(Key.ReasonConnectionIsGone));
            lost = _lost ??= new CancellationTokenSource();
        }

        LockMeasures.Lost(this);
        lost.Cancel();
    }

    /// <summary>Called by the keeper from time to time while the lock is held.</summary>
    internal void Look(bool recordIsDue)
    {
        bool isLost = false;
        lock (_sync)
        {
            if (IsReleased)
                return;
            if (!IsLost && !(_local.IsHeldFileCurrent() && (_slot is null || _slot.IsCurrent())))
            {
                isLost = IsLost = _isFileLost = true;
                Loss = LockFailures.Lost(Target.Display);
            }

            if (ProgressSource is { } source && OwnerRecord.Shorten(source()) is { } text && text != _progress)
                (_progress, _progressChanged) = (text, true);
            if (!IsLost && (_recordPath is null ? recordIsDue : _progressChanged))
                WriteRecord();
            if (isLost)
                _lost ??= new CancellationTokenSource();
        }

        if (isLost)
        {
            LockMeasures.Lost(this);
            _lost!.Cancel();
        }
    }

    private void WriteRecord()
    {
        if (_recordPath is null)
            _local.Main.Touch();
        string path = OwnerRecordPath?.Text
            ?? _recordPath
            ?? Target.Files.SharedOwner(ProcessIdentity.Current, NextSequence());
        // Beside a file of the user's choice "x.owner" may be anything.
        if (!Target.IsNamed && FileSystem.Exists(new NativePath(path)) && OwnerRecord.TryRead(path) is null)
            return;
        DateTimeOffset since = DateTimeOffset.Now - HeldFor;
        OwnerRecord record = OwnerRecord.ForThisProcess(Mode, _reason, since) with { Progress = _progress };
        _progressChanged = false;
        // In a shared root everybody may read who holds the lock; elsewhere only the user.
        if (record.TryWrite(path, Target.Root is { IsShared: false } ? FileSystem.PrivateFile : FileSystem.ReadableFile))
            _recordPath = path;
    }

    internal TimeSpan HeldFor => TimeSpan.FromSeconds(
        (System.Diagnostics.Stopwatch.GetTimestamp() - HeldSinceTimestamp) / (double)System.Diagnostics.Stopwatch.Frequency);

    private static long _sequence;

    private static long NextSequence() => Interlocked.Increment(ref _sequence);
}
