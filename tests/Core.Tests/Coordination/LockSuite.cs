using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using ProcessDedup.Coordination;
using ProcessDedup.Locks;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Coordination;

/// <summary>
/// What locks mean, wherever they live. Run on this machine's files, and on a coordinator by two "machines": two roots, so
/// that nothing but the coordinator is between them.
/// </summary>
public abstract class LockSuite : IDisposable
{
    private readonly TestDirectory[] _machines;
    private readonly List<Peer> _peers = [];

    private protected LockSuite(int machines) => _machines = [.. Enumerable.Range(0, machines).Select(_ => new TestDirectory())];

    private protected TestDirectory Here => _machines[0];

    private protected TestDirectory There => _machines[_machines.Length > 1 ? 1 : 0];

    private protected TestDirectory Elsewhere => _machines[^1];

    /// <summary>Null for this machine's files.</summary>
    protected abstract Coordinator? Fleet { get; }

    /// <summary>What another process needs to use the same.</summary>
    protected abstract string[] PeerArguments { get; }

    /// <summary>The connections that wait in the queue; none where there are no connections.</summary>
    private protected virtual IReadOnlyList<int> WaitingConnections() => [];

    /// <summary>They were asked to wait no longer, and did as they were asked.</summary>
    private protected virtual void AwaitStopped(IReadOnlyList<int> connections)
    {
    }

    public virtual void Dispose()
    {
        _peers.ForEach(p => p.Dispose());
        foreach (TestDirectory machine in _machines)
            machine.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected LockRequest Wanted(string name = "artifact") => new(Here.Named(name)) { Coordinator = Fleet };

    private protected Peer Other(TestDirectory machine, params string[] arguments)
    {
        Peer peer = Peer.Locker(machine, [.. arguments, .. PeerArguments]);
        _peers.Add(peer);
        return peer;
    }

    /// <summary>A process of the other machine that holds it.</summary>
    private protected Peer Holder(params string[] options)
    {
        Peer peer = Other(There, ["hold", "artifact", "--reason", "compiling", .. options]);
        peer.Await("HELD");
        return peer;
    }

    private LockStatus Status(string name = "artifact") =>
        Fleet is null ? LockInspector.Inspect(Here.Named(name)) : Fleet.Inspect(name)[0];

    private protected Task<LockLease> StartWaiting(LockRequest request, CancellationToken cancellation = default)
    {
        bool Waits() => Status().Waiters.Any(w => w.ProcessId == Environment.ProcessId);
        // Not one of before, which a server may still be about to forget.
        Eventually.True(() => !Waits(), "nobody waits here");
        Task<LockLease> wait = OtherFlow.Start(() => FileLock.Acquire(request, cancellation));
        Eventually.True(() => wait.IsCompleted || Waits(), "a waiter that can be seen");
        Assert.False(wait.IsCompleted, "the lock was granted although it is held");
        return wait;
    }

    [Fact]
    public void A_free_lock_is_granted_at_once_and_again_after_its_release()
    {
        for (int i = 0; i < 3; i++)
        {
            using LockLease lease = FileLock.Acquire(Wanted() with { NoWait = true });
            Assert.Equal(LockMode.Exclusive, lease.Mode);
        }

        Assert.Equal(LockState.Free, Status().State);
    }

    [Fact]
    public void The_holder_is_seen_by_everybody_with_what_it_does()
    {
        Peer holder = Holder();
        var busy = Assert.IsType<LockTimeoutException>(Expect.Error(LockError.LockBusy, () => FileLock.Acquire(Wanted() with { NoWait = true })));
        Assert.Equal(holder.Id, busy.Status!.Holders.Single().ProcessId);
        holder.Say("PROGRESS 12 of 40");
        Eventually.True(() => Status().Holders is [{ Reason: "compiling", Progress: "12 of 40" }], "reason and progress");
        LockHolder seen = Status().Holders.Single();
        Assert.Equal((holder.Id, Environment.UserName, LockMode.Exclusive), (seen.ProcessId, seen.User, seen.Mode));
        Assert.Contains("LockPeer", seen.CommandLine, StringComparison.Ordinal);
        Assert.DoesNotContain(PostgresServer.Secret, seen.CommandLine, StringComparison.Ordinal);
        Assert.Equal(Environment.MachineName, seen.Host ?? Environment.MachineName);
        Assert.True(seen.IsVerified);
    }

    [Fact]
    public void A_waiter_is_seen_and_granted_the_lock_when_it_is_released()
    {
        Peer holder = Holder();
        Task<LockLease> wait = StartWaiting(Wanted());
        Assert.Equal(Environment.ProcessId, Status().Waiters.Single().ProcessId);
        holder.EndInput();
        using LockLease lease = wait.Result("the grant after the release");
        Assert.True(lease.Waited > TimeSpan.Zero);
        Eventually.True(() => Status().Waiters.Count == 0, "nobody waits");
    }

    [Fact]
    public void Kill_9_frees_the_lock()
    {
        Peer holder = Holder();
        Task<LockLease> wait = StartWaiting(Wanted());
        holder.Kill();
        wait.Result("the grant after the kill").Dispose();
    }

    [Fact]
    public void Kill_9_of_a_waiter_leaves_nothing_behind()
    {
        Peer holder = Holder();
        Peer waiter = Other(Here, "hold", "artifact");
        Eventually.True(() => Status().Waiters.Count == 1, "the waiter");
        waiter.Kill();
        Eventually.True(() => Status().Waiters.Count == 0, "the waiter is gone");
        holder.EndInput();
        using LockLease lease = FileLock.Acquire(Wanted() with { Timeout = TimeSpan.FromSeconds(60) });
    }

    [Fact]
    public void A_deadline_ends_the_wait_and_names_the_holder()
    {
        Peer holder = Holder();
        // To make a connection may take longer than that.
        Status();
        var timeout = Assert.IsType<LockTimeoutException>(Expect.Error(
            // Long enough to come as far as the queue.
            LockError.LockTimeout, () => FileLock.Acquire(Wanted() with { Timeout = TimeSpan.FromSeconds(2) })));
        Assert.InRange(timeout.Waited, TimeSpan.FromSeconds(1.9), TimeSpan.FromSeconds(20));
        Assert.Equal(holder.Id, timeout.Status!.Holders.Single().ProcessId);
        Eventually.True(() => Status().Waiters.Count == 0, "nobody waits");
        holder.EndInput();
        holder.WaitForExit();
        FileLock.Acquire(Wanted() with { Timeout = TimeSpan.FromSeconds(60) }).Dispose();
    }

    [Fact]
    public void Cancellation_ends_the_wait_at_once_and_leaves_nothing()
    {
        Peer holder = Holder();
        using var cancellation = new CancellationTokenSource();
        Task<LockLease> wait = StartWaiting(Wanted(), cancellation.Token);
        IReadOnlyList<int> waiting = WaitingConnections();
        cancellation.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => wait.Result("the end of a cancelled wait"));
        // And not because the connection was given up.
        AwaitStopped(waiting);
        Eventually.True(() => Status().Waiters.Count == 0, "nobody waits");
        holder.EndInput();
        FileLock.Acquire(Wanted() with { Timeout = TimeSpan.FromSeconds(60) }).Dispose();
    }

    [Fact]
    public void Shared_holders_hold_it_together_and_keep_an_exclusive_one_waiting()
    {
        // Not held by this process: a child that waits for its ancestor gives up.
        Peer[] shared = [Holder("--shared"), Holder("--shared")];
        Eventually.True(() => Status() is { State: LockState.Shared, Holders.Count: 2 }, "two shared holders");
        Peer exclusive = Other(Elsewhere, "hold", "artifact");
        Eventually.True(() => Status().Waiters.Count == 1, "the exclusive one waits");
        // A waiting exclusive request goes first.
        Expect.Error(LockError.LockBusy, () => FileLock.Acquire(Wanted() with { Mode = LockMode.Shared, NoWait = true }));
        Array.ForEach(shared, p => p.EndInput());
        exclusive.Await("HELD");
    }

    [Fact]
    public void Slots_are_counted_over_all_and_any_of_them_serves_a_waiter()
    {
        List<Peer> holders = [.. Enumerable.Range(0, 3).Select(_ => Holder("--slots", "3"))];
        LockRequest slot = Wanted() with { Mode = LockMode.Slot, Slots = 3 };
        Expect.Error(LockError.LockBusy, () => FileLock.Acquire(slot with { NoWait = true }));
        Eventually.True(
            () => Status() is { State: LockState.Slots, Slots: 3 } status && status.Holders.Select(h => h.Slot).Order().SequenceEqual([1, 2, 3]), "three of three");
        foreach (int given in new[] { 1, 0, 2 })
        {
            Task<LockLease> wait = StartWaiting(slot);
            holders[given].Kill();
            using LockLease lease = wait.Result("the grant of the slot");
            Assert.InRange(lease.Slot!.Value, 1, 3);
            Expect.Error(LockError.LockBusy, () => OtherFlow.Start(() => FileLock.Acquire(Wanted() with { NoWait = true })).Result("exclusive"));
            lease.Dispose();
            holders[given] = Holder("--slots", "3");
        }

        Expect.Error(LockError.LockSlotsMismatch, () => FileLock.Acquire(slot with { Slots = 4, NoWait = true }));
    }

    [Fact]
    public void Several_locks_are_taken_all_or_none()
    {
        Peer holder = Holder();
        var both = new LockRequest([Here.Named("artifact"), Here.Named("z-other"), Here.Named("b-other")]) { Coordinator = Fleet };
        Assert.Null(FileLock.TryAcquireAll(both));
        foreach (string other in new[] { "z-other", "b-other" })
        {
            Assert.Equal(LockState.Free, Status(other).State);
            Other(There, "try", other, "--rounds", "1").Expect("DONE busy=0");
        }

        holder.EndInput();
        holder.WaitForExit();
        IReadOnlyList<LockLease> all = FileLock.AcquireAll(both);
        Assert.Equal(3, all.Count);
        Other(There, "try", "z-other", "--rounds", "1").Expect("DONE busy=1");
        foreach (LockLease lease in all)
            lease.Dispose();
        Other(There, "try", "z-other", "--rounds", "1").Expect("DONE busy=0");
    }

    [Fact]
    public void Many_processes_count_without_losing_one()
    {
        int processes = Scale.Of(6, 16), rounds = Scale.Of(60, 500);
        string file = Here.File("count");
        File.WriteAllBytes(file, new byte[8]);
        List<Peer> peers = [.. Enumerable.Range(0, processes).Select(i => Other(
            _machines[i % _machines.Length], "count", "artifact", file, "--rounds", rounds.ToString(CultureInfo.InvariantCulture)))];
        peers.ForEach(p => p.Expect("READY"));
        peers.ForEach(p => p.Say("go"));
        peers.ForEach(p => p.Expect("DONE"));
        Assert.Equal(processes * rounds, BitConverter.ToInt64(File.ReadAllBytes(file)));
    }

    [Fact]
    public void Nobody_is_starved()
    {
        string place = Here.NewDirectory("inside");
        List<Peer> peers = [.. Enumerable.Range(0, 4).Select(i => Other(_machines[i % _machines.Length], "occupy", "artifact", place, "--hold-ms", "2", "--tell"))];
        peers.ForEach(p => p.Expect("READY"));
        peers.ForEach(p => p.Expect("IN"));
        // One more asks again and again. In turns each of the others has as many grants meanwhile; a tenth of them tells turns from
        // starving. One that gets no processor has none either, but not each time.
        const int own = 40;
        var said = new List<string>();
        Eventually.True(
            () =>
            {
                Peer late = Other(_machines[^1], "occupy", "artifact", place, "--hold-ms", "2", "--rounds", own.ToString(CultureInfo.InvariantCulture));
                late.Expect("READY").Expect("IN");
                said.AddRange(peers.SelectMany(p => p.Drain()));
                said.AddRange(late.ReadTo("DONE"));
                List<IReadOnlyList<string>> meanwhile = [.. peers.Select(p => p.Drain())];
                said.AddRange(meanwhile.SelectMany(lines => lines));
                return meanwhile.All(lines => lines.Count(l => l == "IN") > own / 10);
            },
            "turns");
        peers.ForEach(p => p.EndInput());
        said.AddRange(peers.SelectMany(p => p.ReadToEnd()));
        Assert.DoesNotContain(said, line => line.StartsWith("OVERLAP", StringComparison.Ordinal));
    }
}

/// <summary>The suite on files of this machine.</summary>
public sealed class LockSuiteOnFiles() : LockSuite(machines: 1)
{
    protected override Coordinator? Fleet => null;

    protected override string[] PeerArguments => [];
}
