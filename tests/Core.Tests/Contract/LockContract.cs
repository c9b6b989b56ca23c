using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using ProcessDedup.Coordination;
using ProcessDedup.Locks;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Contract;

/// <summary>
/// What every kind of lock promises, on this machine and on a coordinator. Each kind says what is asked for and who stands in
/// the way; the tests are the same for all.
/// </summary>
/// <remarks>
/// On a coordinator one meaning differs on purpose: locks by path are refused there, as files are of one machine
/// (<c>CoordinatorNeedsName</c>), so that their kinds exist on this machine only. The lock file is there all the same: the
/// processes of one machine stand in its queue, and the first of them in the coordinator's.
/// </remarks>
public abstract class LockContract : IDisposable
{
    private protected TestDirectory Place { get; } = new();

    protected virtual bool IsByPath => false;

    protected virtual LockMode Mode => LockMode.Exclusive;

    protected virtual int Slots => 1;

    /// <summary>How those hold it that leave no room for the request.</summary>
    protected virtual LockMode BlockedBy => Mode;

    /// <summary>How many of them it takes.</summary>
    protected virtual int Blockers => 1;

    /// <summary>Null for this machine's files.</summary>
    protected virtual Coordinator? Fleet => null;

    /// <summary>What another process needs to use the same.</summary>
    protected virtual string[] PeerArguments => [];

    /// <summary>The machine of the others: another one where a coordinator is between them.</summary>
    private protected virtual TestDirectory PlaceOfOthers => Place;

    protected virtual string Name => "artifact";

    private protected LockTarget Target => IsByPath ? Place.AtPath("artifact.lock") : Place.Named(Name);

    private protected LockRequest Wanted => new(Target) { Mode = Mode, Slots = Slots, Coordinator = Fleet };

    private LockRequest Blocking => Wanted with { Mode = BlockedBy };

    public virtual void Dispose()
    {
        Place.Dispose();
        GC.SuppressFinalize(this);
    }

    private List<Peer> Block()
    {
        List<Peer> peers = Enumerable.Range(0, Blockers).Select(_ => Peer.Locker(
            PlaceOfOthers,
            ["hold", IsByPath ? "file:" + Place.File("artifact.lock") : Name, "--reason", "compiling",
             .. BlockedBy == LockMode.Shared ? ["--shared"] : Array.Empty<string>(),
             .. BlockedBy == LockMode.Slot ? ["--slots", Slots.ToString(CultureInfo.InvariantCulture)] : Array.Empty<string>(),
             .. PeerArguments])).ToList();
        // A coordinator adds the number of the fence.
        peers.ForEach(p => p.Await("HELD"));
        return peers;
    }

    private List<LockLease> BlockFromThreads() => Enumerable.Range(0, Blockers)
        .Select(_ => OtherFlow.Start(() => FileLock.Acquire(Blocking)).Result("a thread's own lock")).ToList();

    private Task<LockLease> StartWaiting(CancellationToken cancellation = default)
    {
        Task<LockLease> wait = OtherFlow.Start(() => FileLock.Acquire(Wanted, cancellation));
        Eventually.True(
            () => wait.IsCompleted || KernelView.Waiters(Target.LockFile).Count + WaitersAtSlots() > 0, "a waiter in the kernel's table");
        Assert.False(wait.IsCompleted, "the lock was granted although it is held");
        return wait;
    }

    /// <summary>A request that waits only so long, with a connection where one is needed: to make one may take longer than that.</summary>
    private LockRequest For(TimeSpan time)
    {
        Fleet?.Inspect(null);
        return Wanted with { Timeout = time };
    }

    /// <summary>The kernel's queues are left at once; a server is told, and does not answer for ever.</summary>
    private void AssertNobodyWaits()
    {
        int Waiters() => KernelView.Waiters(Target.LockFile).Count + WaitersAtSlots();
        if (Fleet is not null)
            Eventually.True(() => Waiters() == 0, "nobody waits");
        Assert.Equal(0, Waiters());
    }

    /// <summary>Who waits elsewhere than at the lock file itself.</summary>
    private protected virtual int WaitersAtSlots() =>
        Enumerable.Range(1, Slots).Sum(n => KernelView.Waiters($"{Target.LockFile}.slot-{n}").Count);

    [Fact]
    public void A_free_lock_is_granted_at_once_and_again_after_its_release()
    {
        for (int i = 0; i < 3; i++)
        {
            using LockLease lease = FileLock.Acquire(Wanted with { NoWait = true });
            Assert.False(lease.IsReleased);
            Assert.Equal(Mode, lease.Mode);
        }
    }

    [Fact]
    public void Whoever_does_not_want_to_wait_is_told_who_holds_it()
    {
        using var peers = new All(Block());
        var busy = Assert.IsType<LockTimeoutException>(Expect.Error(
            LockError.LockBusy, () => FileLock.Acquire(Wanted with { NoWait = true })));
        Assert.Equal(peers.Ids, busy.Status!.Holders.Select(h => h.ProcessId!.Value).Order());
        Assert.All(busy.Status.Holders, h => Assert.True(h.IsVerified));
        Assert.Contains("PID " + busy.Status.Holders[0].ProcessId, busy.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_waiter_is_granted_the_lock_when_one_of_the_holders_releases_it()
    {
        using var peers = new All(Block());
        Task<LockLease> wait = StartWaiting();
        peers[0].EndInput();
        peers[0].Expect("RELEASED");
        wait.Result("the grant after the release").Dispose();
    }

    [Fact]
    public void A_waiter_is_granted_the_lock_when_one_of_the_holders_is_killed()
    {
        using var peers = new All(Block());
        Task<LockLease> wait = StartWaiting();
        peers[^1].Kill();
        wait.Result("the grant after the kill").Dispose();
    }

    [Fact]
    public void A_deadline_ends_the_wait_and_names_the_holder()
    {
        using var peers = new All(Block());
        var timeout = Assert.IsType<LockTimeoutException>(Expect.Error(
            LockError.LockTimeout, () => FileLock.Acquire(For(TimeSpan.FromMilliseconds(150)))));
        Assert.InRange(timeout.Waited, TimeSpan.FromMilliseconds(140), TimeSpan.FromSeconds(10));
        Assert.Equal(peers.Ids, timeout.Status!.Holders.Select(h => h.ProcessId!.Value).Order());
        Assert.Contains("PID " + timeout.Status.Holders[0].ProcessId, timeout.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_wait_that_timed_out_leaves_nothing_in_the_queue_and_the_lock_usable()
    {
        using (var peers = new All(Block()))
        {
            Expect.Error(LockError.LockTimeout, () => FileLock.Acquire(For(TimeSpan.FromMilliseconds(30))));
            AssertNobodyWaits();
        }

        // Not NoWait: a server learns a moment later that a holder was killed.
        FileLock.Acquire(Wanted with { Timeout = TimeSpan.FromSeconds(30) }).Dispose();
    }

    [Fact]
    public void Cancellation_ends_the_wait()
    {
        using var peers = new All(Block());
        using var cancellation = new CancellationTokenSource();
        Task<LockLease> wait = StartWaiting(cancellation.Token);
        cancellation.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => wait.Result("the end of a cancelled wait"));
        AssertNobodyWaits();
    }

    [Fact]
    public void Nothing_is_taken_with_a_token_that_is_cancelled_already()
    {
        Assert.ThrowsAny<OperationCanceledException>(() => FileLock.Acquire(Wanted, new CancellationToken(true)));
        FileLock.Acquire(Wanted with { NoWait = true }).Dispose();
    }

    [Fact]
    public void Releasing_twice_releases_once()
    {
        LockLease first = FileLock.Acquire(Wanted);
        first.Dispose();
        using var peers = new All(Block());
        first.Dispose();
        Expect.Error(LockError.LockBusy, () => FileLock.Acquire(Wanted with { NoWait = true }));
    }

    [Fact]
    public void Threads_of_one_process_exclude_each_other_just_so()
    {
        List<LockLease> held = BlockFromThreads();
        Expect.Error(LockError.LockBusy, () => FileLock.Acquire(Wanted with { NoWait = true }));
        Expect.Error(LockError.LockTimeout, () => FileLock.Acquire(Wanted with { Timeout = TimeSpan.FromMilliseconds(30) }));
        Task<LockLease> wait = OtherFlow.Start(() => FileLock.Acquire(Wanted), out Thread thread);
        Eventually.True(() => thread.ThreadState.HasFlag(ThreadState.WaitSleepJoin) || KernelView.Waiters(Target.LockFile).Count > 0 || WaitersAtSlots() > 0, "the thread waits");
        Assert.False(wait.IsCompleted);
        held[0].Dispose();
        wait.Result("the grant to another thread").Dispose();
        held.ForEach(lease => lease.Dispose());
    }

    [Fact]
    public void Taking_it_again_in_the_same_flow_fails_instead_of_hanging()
    {
        using LockLease held = FileLock.Acquire(Wanted);
        Expect.Error(LockError.LockReentered, () => FileLock.Acquire(Wanted));
        Expect.Error(LockError.LockReentered, () => FileLock.Acquire(Wanted with { NoWait = true }));
    }

    [Fact]
    public void The_lock_file_stays_empty_and_in_its_place()
    {
        FileLock.Acquire(Wanted).Dispose();
        string inode = KernelView.Inode(Target.LockFile);
        FileLock.Acquire(Wanted).Dispose();
        Assert.Equal(inode, KernelView.Inode(Target.LockFile));
        Assert.Equal(0, new System.IO.FileInfo(Target.LockFile).Length);
    }

    /// <summary>Several other processes; none survives the test.</summary>
    private sealed class All(List<Peer> peers) : IDisposable
    {
        public IEnumerable<int> Ids => peers.Select(p => p.Id).Order();

        public Peer this[Index index] => peers[index.GetOffset(peers.Count)];

        public void Dispose() => peers.ForEach(p => p.Dispose());
    }
}
