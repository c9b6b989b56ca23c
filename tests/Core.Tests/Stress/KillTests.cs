using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using ProcessDedup.Platform;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Stress;

/// <summary>
/// kill -9 at random moments, half of them aimed at whoever is inside: never two holders, never a lock that stays
/// taken. Who is inside is told by files that have nothing to do with the lock (LockPeer's Inside).
/// </summary>
public sealed class KillTests(ITestOutputHelper output) : IDisposable
{
    private const int Pool = 6;

    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    [Theory]
    [InlineData(40, 800)]
    [InlineData(20, 400, "--slots", "1")]
    [InlineData(20, 400, "--slots", "3")]
    public void Killed_holders_and_waiters_leave_neither_two_holders_nor_a_stuck_lock(int quick, int full, params string[] mode)
    {
        string inside = _place.NewDirectory("inside");
        Storm(
            Scale.Of(quick, full),
            () => Peer.Locker(_place, ["occupy", "storm", inside, "--hold-ms", "1", .. mode]),
            inside,
            mode);
    }

    [Fact]
    public void Killing_procdedup_or_its_command_leaves_neither_two_holders_nor_a_stuck_lock()
    {
        string inside = _place.NewDirectory("inside");
        string loop = "echo READY; while :; do \"$PROCDEDUP\" lock storm -- \"$LOCKPEER\" visit " + inside
            + " --hold-ms 5 || :; done";
        // The shell only repeats; what is killed is procdedup or the command, wherever they are just then.
        Storm(Scale.Of(30, 500), () => Peer.Run(_place, "/bin/sh", "-c", loop), inside, [], killsBelow: true);
    }

    private void Storm(int kills, Func<Peer> start, string inside, string[] mode, bool killsBelow = false)
    {
        output.WriteLine($"{kills} kills; PROCESSDEDUP_TEST_SEED={Scale.Seed}");
        var random = new Random(Scale.Seed);
        var heard = new List<string>();
        int hits = 0;
        List<Peer> peers = Enumerable.Range(0, Pool).Select(_ => start()).ToList();
        try
        {
            peers.ForEach(p => p.Await("READY"));
            for (int i = 0; i < kills; i++)
            {
                // Not to wait for something: the moment of the kill is to be random.
                Thread.Sleep(random.Next(0, killsBelow ? 60 : 12));
                int? holder = null;
                if (i % 2 == 0)
                    Eventually.True(() => (holder = SomebodyInside(inside)) is not null, "somebody is granted the lock");
                hits += holder is null ? 0 : 1;
                int victim = peers.FindIndex(p => p.Id == holder);
                victim = victim < 0 ? random.Next(Pool) : victim;
                if (killsBelow)
                    KillOneOf(holder is { } id ? [id, ParentOf(id)] : ChildrenOf(peers[victim].Id), random);
                else
                    peers[victim] = Replace(peers[victim], start, heard);
                if (i % 10 == 9)
                    TakeItOnce(mode);
            }

            TakeItOnce(mode);
        }
        finally
        {
            peers.ForEach(p => heard.AddRange(p.Drain()));
            peers.ForEach(p => p.Dispose());
        }

        output.WriteLine($"{hits} aimed at somebody inside");
        Assert.DoesNotContain(heard, line => line.StartsWith("OVERLAP", StringComparison.Ordinal));
        Assert.DoesNotContain(heard, line => line.StartsWith("ERROR", StringComparison.Ordinal));
        Assert.True(hits >= kills / 2, $"only {hits} of {kills} kills hit a holder: this proved nothing");
        Assert.Contains("IN", heard);
    }

    private static Peer Replace(Peer victim, Func<Peer> start, List<string> heard)
    {
        victim.Kill();
        heard.AddRange(victim.ReadToEnd());
        victim.Dispose();
        Peer next = start();
        next.Await("READY");
        return next;
    }

    private static void KillOneOf(IReadOnlyList<int> processes, Random random)
    {
        if (processes.Count > 0 && processes[random.Next(processes.Count)] is int id and > 1)
            Peer.Signal(id, "KILL");
    }

    // In competition with the peers that live: proves that the queue moves on. Not by this process itself: the peers
    // are its children and would be told that a parent of theirs holds what they wait for.
    private void TakeItOnce(string[] mode)
    {
        using Peer peer = Peer.Locker(_place, ["hold", "storm", "--timeout-sec", "60", .. mode]);
        peer.EndInput();
        Assert.Contains("HELD", peer.ReadToEnd());
    }

    private static int? SomebodyInside(string inside) => Directory.GetFiles(inside)
        .Select(f => (int?)int.Parse(Path.GetFileName(f).Split('-')[1], CultureInfo.InvariantCulture))
        .LastOrDefault(id => ProcStat.TryRead(id!.Value) is not null);

    private static int ParentOf(int id) => ProcStat.TryRead(id)?.ParentId ?? 0;

    private static IReadOnlyList<int> ChildrenOf(int id)
    {
        try
        {
            List<int> children = File.ReadAllText($"/proc/{id}/task/{id}/children")
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(child => int.Parse(child, CultureInfo.InvariantCulture)).ToList();
            return [.. children, .. children.SelectMany(ChildrenOf)];
        }
        catch (IOException)
        {
            return [];
        }
    }
}
