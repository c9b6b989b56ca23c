using System;
using ProcessDedup.Locks;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Queue;

/// <summary>Where no signal may be sent, a wait that is given up leaves its thread behind, and never a lock.</summary>
public sealed class AbandonedWaitTests : IDisposable
{
    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public void A_thread_that_was_left_behind_gives_the_lock_back_should_it_ever_get_it()
    {
        using Peer holder = Peer.Locker(_place, "hold", "x").Expect("HELD");
        using Peer insisting = Peer.Locker(_place, "insist", "x", "--timeout-sec", "0.1");
        for (int i = 0; i < 5; i++)
            insisting.Expect("TIMEOUT");
        holder.EndInput();
        insisting.Await("HELD");
        Expect.Error(LockError.LockBusy, () => FileLock.Acquire(new LockRequest(_place.Named("x")) { NoWait = true }));
        insisting.Say("release");
        insisting.Await("RELEASED");
        // Its process lives on for a moment; what it left behind must not keep the lock.
        FileLock.Acquire(new LockRequest(_place.Named("x")) { Timeout = TimeSpan.FromSeconds(30) }).Dispose();
    }
}
