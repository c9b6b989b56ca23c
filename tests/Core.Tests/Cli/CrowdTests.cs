using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Cli;

/// <summary>
/// Many processes of a slow machine that want one thing. A process that stands still from the moment it waits until the result
/// is there is the slowest possible: all its timers are late when it goes on.
/// </summary>
public sealed class CrowdTests : FetchProgramTest
{
    private const int Size = 8;

    [Fact]
    public void Who_goes_on_after_the_result_has_come_gets_it_without_a_notice_though_the_next_in_the_queue_stands_still()
    {
        OriginFile file = _origin.Serve("/crowd", 300_000);
        file.Gate = new OriginGate(100_000);
        using Peer leader = Peer.Procdedup(_place, "fetch", file);
        file.Gate.WaitReached();
        using var crowd = new Crowd();
        StandStill(crowd.Peers, () => Peer.Procdedup(_place, "fetch", file));
        file.Gate.Open();
        Assert.Equal(0, leader.Finish().Code);
        AssertSilent(crowd.Peers);
        Assert.Equal(1, _origin.Count("/crowd"));
    }

    [Fact]
    public void Who_goes_on_after_the_command_has_ended_gets_its_output_without_a_notice_though_the_next_in_the_queue_stands_still()
    {
        string gate = _place.File("gate");
        string[] once = ["once", "crowd", "--", "sh", "-c", $"mkfifo '{gate}'; read _ < '{gate}'; echo made"];
        using Peer leader = Peer.Procdedup(_place, once);
        Eventually.True(() => File.Exists(gate), "the command runs");
        using var crowd = new Crowd();
        StandStill(crowd.Peers, () => Peer.Procdedup(_place, once));
        File.WriteAllText(gate, "go\n");
        Assert.Equal((0, "made"), (leader.WaitForExit(), leader.Read("the output")));
        AssertSilent(crowd.Peers);
    }

    [Fact]
    public void A_leader_that_stands_still_after_it_has_published_holds_up_nobody()
    {
        OriginFile file = _origin.Serve("/published", 300_000);
        file.Gate = new OriginGate(100_000);
        using Peer leader = Peer.Fetcher(_place, "get", file.Url, "--stop-at", "Committed").Expect("READY");
        leader.Say("go");
        file.Gate.WaitReached();
        using var crowd = new Crowd();
        StandStill(crowd.Peers, () => Peer.Procdedup(_place, "fetch", file));
        file.Gate.Open();
        leader.AwaitStandstill();
        // The kernel has granted the lock to none of them, so the first of the queue goes on as well.
        AssertSilent(crowd.Peers, frozen: 0);
        Assert.Equal(1, _origin.Count("/published"));
    }

    [Fact]
    public void Who_goes_on_after_the_kernel_has_granted_the_lock_does_not_say_that_it_waits()
    {
        using Peer holder = Peer.Locker(_place, ["hold", .. Names()]).Expect("HELD");
        using var crowd = new Crowd();
        foreach (string name in Names())
        {
            crowd.Peers.Add(Peer.Procdedup(_place, "lock", name, "--", "echo", "ran"));
            KernelView.AwaitWaiters(_place.Named(name).LockFile, 1);
            crowd.Peers[^1].Signal("STOP");
        }

        List<Peer> quiet = [.. crowd.Peers.Where(peer => peer.Errors.Length == 0)];
        holder.Say("end");
        holder.WaitForExit();
        crowd.Peers.ForEach(peer => peer.Signal("CONT"));
        Assert.NotEmpty(quiet);
        Assert.All(quiet, peer => Assert.Equal((0, "ran", ""), peer.Finish()));

        static string[] Names() => [.. Enumerable.Range(0, Size).Select(i => $"crowd{i}")];
    }

    /// <summary>Processes that stand still, and are gone when the test is over, whatever became of it.</summary>
    private sealed class Crowd : IDisposable
    {
        public List<Peer> Peers { get; } = [];

        public void Dispose() => Peers.ForEach(peer => peer.Dispose());
    }

    /// <summary>Each of them waits for the leader and then stands still.</summary>
    private void StandStill(List<Peer> crowd, Func<Peer> start)
    {
        while (crowd.Count < Size)
        {
            Peer peer = start();
            crowd.Add(peer);
            string lockFile = Directory.GetFiles(_place.Root.LocksDirectory, "fetch-*.lock").Single();
            Eventually.True(() => KernelView.Waiters(lockFile).Contains(peer.Id), "it waits");
            peer.Signal("STOP");
        }
    }

    /// <summary>All but the first of the queue go on and end, with no other notice than those of the time before.</summary>
    private static void AssertSilent(List<Peer> crowd, int frozen = 1)
    {
        Peer[] rest = [.. crowd.Skip(frozen)];
        // One that had said it before it stood still was right.
        List<Peer> quiet = [.. rest.Where(peer => peer.Errors.Length == 0)];
        Assert.NotEmpty(quiet);
        foreach (Peer peer in rest)
            peer.Signal("CONT");
        foreach (Peer peer in rest)
        {
            (int code, string output, string errors) = peer.Finish();
            Assert.Equal(0, code);
            Assert.NotEmpty(output);
            if (quiet.Contains(peer))
                Assert.Equal("", errors);
        }
    }
}
