using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using ProcessDedup.Locks;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Queue;

/// <summary>Several locks in one request: all or none, in one order for everybody.</summary>
public sealed class SeveralLocksTests : IDisposable
{
    private static readonly string[] Names = ["a", "b", "c", "d", "e"];

    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    private LockRequest Request(params string[] names) => new(names.Select(_place.Named).ToList());

    private bool IsFree(string name) =>
        LockInspector.Inspect(_place.Named(name)).State == LockState.Free && KernelView.Holders(_place.Named(name).LockFile).Count == 0;

    private static void Release(IEnumerable<LockLease> leases) => leases.ToList().ForEach(l => l.Dispose());

    [Fact]
    public void They_are_taken_sorted_and_each_once()
    {
        IReadOnlyList<LockLease> leases = FileLock.AcquireAll(Request("c", "a", "b", "a"));
        Assert.Equal(["a", "b", "c"], leases.Select(l => l.Target.Display));
        Release(leases);
        Assert.All(Names, name => Assert.True(IsFree(name)));
    }

    [Fact]
    public void If_one_is_busy_none_is_taken()
    {
        using Peer holder = Peer.Locker(_place, "hold", "b").Expect("HELD");
        LockException busy = Expect.Error(LockError.LockBusy, () => FileLock.AcquireAll(Request("a", "b", "c") with { NoWait = true }));
        Assert.Equal("b", busy.Target);
        Assert.True(IsFree("a") && IsFree("c"));
    }

    [Fact]
    public void If_the_time_is_up_none_is_kept_and_the_deadline_counts_for_all_together()
    {
        using Peer first = Peer.Locker(_place, "hold", "b").Expect("HELD");
        using Peer second = Peer.Locker(_place, "hold", "c").Expect("HELD");
        Expect.Error(LockError.LockTimeout, () => FileLock.AcquireAll(Request("a", "b", "c") with { Timeout = TimeSpan.FromMilliseconds(50) }));
        Assert.True(IsFree("a"));
    }

    [Fact]
    public void If_the_wait_is_cancelled_none_is_kept()
    {
        using Peer holder = Peer.Locker(_place, "hold", "c").Expect("HELD");
        using var cancellation = new CancellationTokenSource();
        Task<IReadOnlyList<LockLease>> wait = OtherFlow.Start(() => FileLock.AcquireAll(Request("a", "c"), cancellation.Token));
        KernelView.AwaitWaiters(_place.Named("c").LockFile, 1);
        Assert.False(IsFree("a"));
        cancellation.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => wait.Result("the end of a cancelled wait"));
        Assert.True(IsFree("a"));
    }

    [Fact]
    public void If_one_is_held_by_the_caller_none_is_taken()
    {
        using LockLease own = FileLock.Acquire(Request("b"));
        Expect.Error(LockError.LockReentered, () => FileLock.AcquireAll(Request("a", "b")));
        Assert.True(IsFree("a"));
    }

    [Fact]
    public void Overlapping_sets_of_eight_processes_do_not_block_each_other_for_ever()
    {
        string inside = _place.NewDirectory("inside");
        foreach (string name in Names)
            _place.NewDirectory("inside/" + name);
        List<Peer> peers = Enumerable.Range(0, 8).Select(i => Peer.Locker(
            _place,
            ["sets", inside, .. Names, "--rounds", Scale.Of(60, 1000).ToString(CultureInfo.InvariantCulture),
             "--seed", i.ToString(CultureInfo.InvariantCulture)])).ToList();
        try
        {
            Assert.All(peers, p => Assert.Equal(["DONE"], p.ReadToEnd()));
        }
        finally
        {
            peers.ForEach(p => p.Dispose());
        }
    }
}
