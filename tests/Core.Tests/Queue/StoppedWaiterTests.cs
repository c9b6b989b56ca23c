using System;
using System.Collections.Generic;
using System.Linq;
using ProcessDedup.Locks;
using ProcessDedup.Platform;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Queue;

/// <summary>
/// Somebody stops a waiter (Ctrl+Z, SIGSTOP, "docker pause"). With flock(1) that harms nobody, and so it must be here.
/// </summary>
public sealed class StoppedWaiterTests : IDisposable
{
    private readonly TestDirectory _place = new();
    private readonly List<IDisposable> _open = [];

    private string File => _place.Named("x").LockFile;

    public void Dispose()
    {
        // What stands still cannot end.
        _open.OfType<Standstill>().ToList().ForEach(s => s.End());
        _open.ForEach(o => o.Dispose());
        _place.Dispose();
    }

    private Peer Start(params string[] options)
    {
        Peer peer = Peer.Locker(_place, ["hold", "x", .. options]);
        _open.Add(peer);
        return peer;
    }

    private Peer Holds(params string[] options) => Start(options).Expect("HELD");

    private void Visit(params string[] options)
    {
        Peer peer = Holds(options);
        peer.EndInput();
        peer.Expect("RELEASED");
    }

    private Peer Waits(params string[] options)
    {
        Peer peer = Start(options);
        Eventually.True(
            () => KernelView.Waiters(File).Contains(peer.Id) || KernelView.Holders(File + ".gate").Contains(peer.Id), "it is in the queue");
        return peer;
    }

    private Standstill Stop(Peer peer, string means = Standstill.Signal)
    {
        var still = Standstill.Of(peer, means);
        _open.Add(still);
        return still;
    }

    [Fact]
    public void A_cheap_look_at_the_queue_tells_one_that_waits_from_one_that_was_stopped()
    {
        Holds();
        Peer waiter = Waits();
        Assert.True(FileSystem.TryGetFacts(File, out FileFacts facts));
        Eventually.True(() => ProcLocks.ReadLines(facts.Identity.Inode, [waiter.Id]) is not null, "it waits");
        string? lines = ProcLocks.ReadLines(facts.Identity.Inode, [waiter.Id]);
        Assert.Equal(lines, ProcLocks.ReadLines(facts.Identity.Inode, [waiter.Id]));

        Stop(waiter);

        Eventually.True(() => ProcLocks.ReadLines(facts.Identity.Inode, [waiter.Id]) is null, "it waits no more");
    }

    private static string[] Words(string options) => options.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    [Theory]
    [InlineData("", "", "", Standstill.Signal)]
    [InlineData("", "", "", Standstill.Freezer)]
    [InlineData("", "", "", Standstill.Unified)]
    [InlineData("", "--shared", "--shared", Standstill.Signal)]
    [InlineData("", "--shared", "", Standstill.Signal)]
    [InlineData("--shared", "", "", Standstill.Signal)]
    [InlineData("--slots 1", "--slots 1", "--slots 1", Standstill.Signal)]
    [InlineData("--slots 1", "--slots 1", "--slots 1", Standstill.Unified)]
    [InlineData("--slots 1", "--slots 1", "", Standstill.Signal)]
    [InlineData("--slots 1", "", "--slots 1", Standstill.Signal)]
    public void The_first_waiter_is_stopped_and_the_others_get_the_lock(string held, string stopped, string behind, string means)
    {
        Peer holder = Holds(Words(held));
        Peer first = Waits(Words(stopped));
        Peer second = Waits(Words(behind));
        Standstill still = Stop(first, means);
        Peer third = Waits(Words(behind));
        holder.EndInput();
        second.Expect("HELD").EndInput();
        third.Expect("HELD").EndInput();
        third.Expect("RELEASED");
        second.Expect("RELEASED");
        // Also for one that does not want to wait.
        Visit([.. Words(behind), "--no-wait"]);
        still.End();
        first.Expect("HELD").EndInput();
        first.Expect("RELEASED");
    }

    [Theory]
    [InlineData(Standstill.Signal)]
    [InlineData(Standstill.Freezer)]
    [InlineData(Standstill.Unified)]
    public void Who_comes_when_the_only_waiter_is_stopped_gets_a_free_lock(string means)
    {
        Peer holder = Holds();
        Stop(Waits(), means);
        holder.EndInput();
        holder.Expect("RELEASED");
        Visit("--no-wait");
        Visit("--timeout-sec", "60");
        Assert.Equal(LockState.Free, LockInspector.Inspect(_place.Named("x")).State);
    }

    [Theory]
    [InlineData("--shared", "", "--shared")]
    [InlineData("--slots 2", "", "--slots 2")]
    public void A_stopped_waiter_keeps_nobody_from_what_is_free_beside_the_holder(string held, string stopped, string wanted)
    {
        Holds(Words(held));
        Stop(Waits(Words(stopped)));
        Visit([.. Words(wanted), "--timeout-sec", "60"]);
        Visit([.. Words(wanted), "--no-wait"]);
    }

    [Fact]
    public void The_running_ones_keep_their_order_and_flock_does_the_same()
    {
        Assert.Equal(Order(() => Waits(), Holds()), Order(() =>
        {
            Peer peer = Peer.Run(_place, "flock", File, "sh", "-c", "echo HELD; read go; echo RELEASED");
            _open.Add(peer);
            Eventually.True(() => KernelView.Waiters(File).Contains(peer.Id), "flock(1) is in the queue");
            return peer;
        }, Holds()));
    }

    // The numbers of those that get it, in their order: the first, the third and the fourth of six are stopped.
    private List<int> Order(Func<Peer> queue, Peer holder)
    {
        List<Peer> peers = Enumerable.Range(0, 6).Select(_ => queue()).ToList();
        List<Standstill> still = [Stop(peers[0]), Stop(peers[2]), Stop(peers[3])];
        holder.EndInput();
        int[] running = [1, 4, 5];
        var order = new List<int>();
        while (order.Count < running.Length)
        {
            Eventually.True(() => KernelView.Holders(File).Count > 0, "somebody holds it");
            int next = running.Except(order).FirstOrDefault(i => peers[i].Drain().Contains("HELD"), -1);
            if (next < 0)
                continue;
            order.Add(next);
            peers[next].EndInput();
        }

        running.ToList().ForEach(i => peers[i].Expect("RELEASED"));
        still.ForEach(s => s.End());
        foreach (Peer peer in new[] { peers[0], peers[2], peers[3] })
            peer.EndInput();
        foreach (Peer peer in new[] { peers[0], peers[2], peers[3] })
            peer.Expect("HELD").Expect("RELEASED");
        return order;
    }

    [Fact]
    public void Writers_get_in_between_readers_that_overlap_for_ever_though_another_writer_is_stopped()
    {
        string inside = _place.NewDirectory("inside");
        Peer holder = Holds("--shared");
        Peer stopped = Waits();
        Standstill still = Stop(stopped);
        List<Peer> readers = Enumerable.Range(0, 5)
            .Select(_ => Peer.Locker(_place, "occupy", "x", inside, "--shared", "--hold-ms", "10")).ToList();
        _open.AddRange(readers);
        readers.ForEach(r => r.Await("IN"));
        holder.EndInput();
        for (int i = 0; i < 5; i++)
        {
            using Peer writer = Peer.Locker(_place, "occupy", "x", inside, "--rounds", "1");
            writer.Expect("READY").Expect("IN");
        }

        // It lost its place, not its turn.
        still.End();
        stopped.Expect("HELD").EndInput();
        readers.ForEach(r => r.Say("end"));
        Assert.All(readers, r => Assert.DoesNotContain(r.ReadToEnd(), line => line.StartsWith("OVERLAP", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_holder_that_is_stopped_is_shown_as_that()
    {
        Peer holder = Holds("--reason", "deploying");
        OwnerFile.Await(_place.Named("x"));
        Assert.False(Assert.Single(LockInspector.Inspect(_place.Named("x")).Holders).IsStopped);
        Stop(holder);
        LockHolder seen = Assert.Single(LockInspector.Inspect(_place.Named("x")).Holders);
        Assert.True(seen.IsStopped);
        Assert.Contains("stopped", seen.Describe(), StringComparison.Ordinal);
        using Peer locks = Peer.Procdedup(_place, "locks");
        Assert.Contains($"(PID {holder.Id}, stopped)", locks.Finish().Output, StringComparison.Ordinal);
        using Peer refused = Peer.Procdedup(_place, "lock", "x", "--no-wait", "--", "true");
        Assert.Contains("stopped: it goes on with 'fg'", refused.Finish().Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Standstill.Freezer)]
    [InlineData(Standstill.Unified)]
    public void A_holder_that_is_frozen_is_shown_as_stopped(string means)
    {
        Stop(Holds(), means);
        Assert.True(Assert.Single(LockInspector.Inspect(_place.Named("x")).Holders).IsStopped);
    }

    [Theory]
    [InlineData("lock", "x", "--")]
    [InlineData("lock", "x", "--shared", "--")]
    [InlineData("once", "job", "--")]
    public void Ctrl_z_on_procdedup_that_waits_holds_up_no_other_procdedup(params string[] command)
    {
        Peer Run(params string[] words)
        {
            Peer peer = Peer.Procdedup(_place, [.. command, .. words]);
            _open.Add(peer);
            return peer;
        }

        Peer holder = Run("sh", "-c", "echo in; read go; true");
        holder.Expect("in");
        Peer first = command.Contains("--shared") ? Peer.Procdedup(_place, "lock", "x", "--", "true") : Run("true");
        _open.Add(first);
        Eventually.True(() => Gates().Contains(first.Id), "the first one waits");
        Stop(first);
        Peer second = Run("echo", "second");
        Eventually.True(() => second.HasExited || KernelWaiters().Contains(second.Id) || Gates().Contains(second.Id), "the second one waits");
        holder.EndInput();
        Assert.Equal(0, holder.WaitForExit());
        Assert.Equal(0, second.WaitForExit());
    }

    private List<int> Gates() => [.. LockFiles().SelectMany(f => KernelView.Holders(f + ".gate"))];

    private List<int> KernelWaiters() => [.. LockFiles().SelectMany(KernelView.Waiters)];

    private string[] LockFiles() => System.IO.Directory.Exists(_place.Root.LocksDirectory)
        ? System.IO.Directory.GetFiles(_place.Root.LocksDirectory, "*.lock") : [];

    /// <summary>In a container nobody sees who stands at the gate outside.</summary>
    [Fact]
    public void A_waiter_that_is_stopped_outside_holds_up_nobody_in_a_container()
    {
        Assert.SkipWhen(Programs.Find("unshare") is null, "unshare (util-linux) is not installed");
        Peer holder = Holds();
        Stop(Waits());
        Peer contained = Peer.Run(
            _place, "unshare", "--pid", "--fork", "--kill-child", "--mount-proc", Programs.LockPeer, "hold", "x");
        _open.Add(contained);
        Eventually.True(() => contained.HasExited || KernelView.Waiters(File).Count > 0, "it waits");
        Assert.SkipWhen(contained.HasExited, "no right to make namespaces: " + contained.Errors);
        holder.EndInput();
        contained.Expect("HELD").EndInput();
        contained.Expect("RELEASED");
        Peer hurried = Peer.Run(
            _place, "unshare", "--pid", "--fork", "--kill-child", "--mount-proc", Programs.LockPeer, "hold", "x", "--no-wait");
        _open.Add(hurried);
        hurried.Expect("HELD");
    }
}
