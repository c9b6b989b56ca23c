using System;
using System.Diagnostics;
using System.Threading;
using ProcessDedup.Platform;

namespace ProcessDedup.Locks;

/// <summary>One request on its way: what it wants, and its wait once it has to wait.</summary>
internal sealed class LockAttempt(LockRequest request, CancellationToken cancellation) : IDisposable
{
    private LockWait? _wait;

    public LockRequest Request { get; } = request;

    public CancellationToken Cancellation { get; } = cancellation;

    /// <summary>When it began, by Stopwatch. The clock is read once: it costs a tenth of a lock.</summary>
    public long BeganAt { get; } = Stopwatch.GetTimestamp();

    /// <summary>The wait, if it came to one.</summary>
    public LockWait? Begun => _wait;

    /// <summary>The wait, begun at the first call: until then an attempt costs no timer and no registration.</summary>
    public LockWait Wait(LockTarget target)
    {
        _wait ??= new LockWait(Request, Cancellation);
        _wait.WaitsFor(target);
        return _wait;
    }

    public static LockOpening Opening(LockTarget target) => new(
        Create: true,
        // In a shared root the others must be able to open what we create; flock(2) needs no more than reading.
        target.IsNamed && !target.IsShared ? FileSystem.PrivateFile : FileSystem.ReadableFile,
        AllowForeignOwner: target.IsShared);

    /// <summary>The time: that of the beginning, give or take microseconds, until it came to a wait.</summary>
    public long Now => _wait is null ? BeganAt : Stopwatch.GetTimestamp();

    public TimeSpan Waited => _wait is null
        ? TimeSpan.Zero
        : TimeSpan.FromSeconds((Stopwatch.GetTimestamp() - _wait.BeganAt) / (double)Stopwatch.Frequency);

    public void Dispose() => _wait?.Dispose();
}
