using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Stress;

/// <summary>A number in a file that many processes read, increase and write back: without a lock it loses steps.</summary>
public sealed class CounterTests : IDisposable
{
    private static readonly int Processes = Scale.Of(quick: 8, full: 32);
    private static readonly int Rounds = Scale.Of(quick: 200, full: 500);

    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    [Theory]
    [InlineData("counter")]
    [InlineData("file:")]
    [InlineData("counter", "--slots", "1")]
    public void A_counter_never_loses_a_step(string target, params string[] mode)
    {
        string counter = _place.File("count");
        File.WriteAllBytes(counter, new byte[8]);
        if (target == "file:")
            target += _place.File("counter.lock");
        List<Peer> peers = Enumerable.Range(0, Processes).Select(_ => Peer.Locker(
            _place,
            ["count", target, counter, "--rounds", Rounds.ToString(CultureInfo.InvariantCulture), .. mode])).ToList();
        try
        {
            peers.ForEach(p => p.Expect("READY"));
            peers.ForEach(p => p.Say("go"));
            peers.ForEach(p => p.Expect("DONE"));
            Assert.Equal(Processes * Rounds, BitConverter.ToInt64(File.ReadAllBytes(counter)));
        }
        finally
        {
            peers.ForEach(p => p.Dispose());
        }
    }

    /// <summary>
    /// One in five is stopped in the midst of it. One that is stopped with the lock keeps it, as with flock(1), and is told to
    /// go on; the others stand still until everybody else has finished.
    /// </summary>
    [Theory]
    [InlineData("counter")]
    [InlineData("file:")]
    [InlineData("counter", "--slots", "1")]
    public void A_counter_never_loses_a_step_nor_waits_for_those_that_are_stopped_at_random_moments(string target, params string[] mode)
    {
        string counter = _place.File("count");
        File.WriteAllBytes(counter, new byte[8]);
        string lockFile = target == "file:" ? _place.File("counter.lock") : _place.Named(target).LockFile;
        if (target == "file:")
            target += lockFile;
        int rounds = Scale.Of(quick: 4000, full: 20_000);
        var random = new Random(Scale.Seed);
        List<Peer> peers = Enumerable.Range(0, 10).Select(_ => Peer.Locker(
            _place, ["count", target, counter, "--rounds", rounds.ToString(CultureInfo.InvariantCulture), .. mode])).ToList();
        try
        {
            peers.ForEach(p => p.Expect("READY"));
            peers.ForEach(p => p.Say("go"));
            var still = new List<Peer>();
            // As with flock(1): one that is stopped with the lock keeps it.
            void LetHoldersGoOn()
            {
                foreach (Peer holder in still.Where(Holds).ToList())
                    Peer.Signal(holder.Id, "CONT");
            }

            bool Holds(Peer peer) => KernelView.Holders(lockFile).Contains(peer.Id) || KernelView.Holders(lockFile + ".slot-1").Contains(peer.Id);
            foreach (Peer victim in peers.Take(peers.Count / 5))
            {
                // Somewhere in its work: after a step of whoever has its turn then.
                long step = random.NextInt64(1, peers.Count * rounds / 4);
                Eventually.True(
                    () =>
                    {
                        LetHoldersGoOn();
                        return BitConverter.ToInt64(File.ReadAllBytes(counter)) >= step;
                    },
                    "a step");
                victim.Signal("STOP");
                still.Add(victim);
            }

            foreach (Peer peer in peers.Except(still))
            {
                bool isDone = false;
                Eventually.True(
                    () =>
                    {
                        LetHoldersGoOn();
                        return isDone |= peer.Drain().Contains("DONE");
                    },
                    $"those that run finish, seed {Scale.Seed}");
            }

            still.ForEach(p => Peer.Signal(p.Id, "CONT"));
            still.ForEach(p => p.Expect("DONE"));
            Assert.Equal(peers.Count * rounds, BitConverter.ToInt64(File.ReadAllBytes(counter)));
        }
        finally
        {
            peers.ForEach(p => p.Dispose());
        }
    }

    [Fact]
    public void A_counter_that_a_shell_script_increases_under_procdedup_never_loses_a_step()
    {
        string counter = _place.File("count");
        File.WriteAllText(counter, "0");
        int loops = Scale.Of(quick: 4, full: 8), rounds = Scale.Of(quick: 5, full: 25);
        string script = $"i=0; while [ $i -lt {rounds} ]; do "
            + $"\"$PROCDEDUP\" lock counter -- sh -c 'n=$(cat {counter}); echo $((n + 1)) > {counter}' || exit 1; i=$((i + 1)); done";
        List<Peer> shells = Enumerable.Range(0, loops).Select(_ => Peer.Run(_place, "/bin/sh", "-c", script)).ToList();
        try
        {
            shells.ForEach(s => s.FinishInSilence());
            Assert.Equal((loops * rounds).ToString(CultureInfo.InvariantCulture), File.ReadAllText(counter).Trim());
        }
        finally
        {
            shells.ForEach(s => s.Dispose());
        }
    }
}
