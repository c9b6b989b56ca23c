using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using ProcessDedup.Claims;
using ProcessDedup.Sqlite;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Claims;

/// <summary>The Launchpad case: many processes claim the same keys, while others read, and some are killed.</summary>
public sealed class ClaimStormTests(ITestOutputHelper output) : IDisposable
{
    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public void Each_key_has_one_winner_with_readers_present_and_two_where_it_is_looked_up_first()
    {
        int processes = Scale.Of(8, 32), keys = Scale.Of(250, 2000);
        string file = ClaimsInAFile.Create(_place.File("claims.db"), "delete");
        SqliteRunner.Run(file, null, tx => tx.Execute("CREATE TABLE naive(key TEXT)"));
        List<Peer> readers = Enumerable.Range(0, Scale.Of(2, 4)).Select(_ => Peer.Sqlite(_place, "read", file).Expect("READY")).ToList();
        try
        {
            var clock = Stopwatch.StartNew();
            List<string> naive = Storm(processes, "claim-naive", file, Text(keys));
            int doubled = Winners(naive).Count(key => key.Count() > 1);
            output.WriteLine($"looked up first: {doubled} of {keys} keys have two winners ({clock.Elapsed.TotalSeconds:0.0} s)");
            Assert.True(doubled > 0, "the naive way is meant to fail");

            clock.Restart();
            List<string> said = Storm(processes, "claim", file, "builds", Text(keys));
            output.WriteLine($"claimed: {processes} processes, {keys} keys ({clock.Elapsed.TotalSeconds:0.0} s)");
            List<IGrouping<string, string>> winners = Winners(said);
            Assert.Equal(keys, winners.Count);
            Assert.All(winners, key => Assert.Single(key));
            Assert.All(said.Where(IsWin), line => Assert.EndsWith(" 1", line, StringComparison.Ordinal));
            long lost = said.Where(l => l.StartsWith("DONE", StringComparison.Ordinal)).Sum(l => long.Parse(l[5..], CultureInfo.InvariantCulture));
            Assert.Equal((long)keys * (processes - 1), lost);

            readers.ForEach(r => r.EndInput());
            Assert.All(readers, r => Assert.NotEqual("READ 0", r.Await("READ")));
        }
        finally
        {
            readers.ForEach(r => r.Dispose());
        }
    }

    [Theory]
    [InlineData("wal")]
    [InlineData("delete")]
    public void Whoever_is_killed_when_no_key_has_two_winners_and_fences_only_grow(string journal)
    {
        const int pool = 4, keys = 5;
        int kills = Scale.Of(16, 200);
        output.WriteLine($"PROCESSDEDUP_TEST_SEED={Scale.Seed}");
        var random = new Random(Scale.Seed);
        string file = ClaimsInAFile.Create(_place.File("claims.db"), journal), logs = _place.NewDirectory("fences");
        Peer Start() => Peer.Sqlite(_place, "claim-relay", file, Text(keys), logs);
        List<Peer> peers = Enumerable.Range(0, pool).Select(_ => Start()).ToList();
        using ClaimStore store = ClaimStore.OpenFile(file);
        int left = 0;
        try
        {
            for (int i = 0; i < kills; i++)
            {
                int victim = random.Next(pool);
                peers[victim].Expect("ROUND");
                // Not to wait for something: the moment of the kill is to be random.
                Thread.Sleep(random.Next(0, 12));
                peers[victim].Kill();
                Assert.Equal("", peers[victim].Errors);
                peers[victim].Dispose();
                // Without a lease a dead owner's claim stays until somebody who knows better removes it.
                List<Claim> ofTheDead = store.Find().Where(c => c.Owner.IsGone).ToList();
                foreach (Claim claim in ofTheDead)
                {
                    Assert.Equal(ClaimOutcome.Lost, store.Add(new ClaimRequest(claim.Namespace, claim.Key)).Outcome);
                    store.Remove(claim.Namespace, claim.Key, null, force: true);
                    left++;
                }

                peers[victim] = Start();
            }
        }
        finally
        {
            peers.ForEach(p => p.Dispose());
        }

        long wins = 0;
        foreach (string log in Directory.GetFiles(logs))
        {
            // Only the winner writes into the file of its key, so the order of lines is the order of winners.
            List<long> fences = File.ReadAllLines(log).Select(l => long.Parse(l, CultureInfo.InvariantCulture)).ToList();
            Assert.All(fences.Zip(fences.Skip(1)), pair => Assert.True(pair.First < pair.Second, $"{pair} in {Path.GetFileName(log)}"));
            wins += fences.Count;
        }

        output.WriteLine($"{kills} kills, {wins} wins, {left} claims of the dead");
        // Each of them had a round of its own.
        Assert.True(wins >= kills, "there is something to see");
    }

    private List<string> Storm(int processes, params string[] arguments)
    {
        List<Peer> peers = Enumerable.Range(0, processes).Select(_ => Peer.Sqlite(_place, arguments)).ToList();
        try
        {
            peers.ForEach(p => p.Expect("READY"));
            peers.ForEach(p => p.Say("go"));
            List<string> said = peers.SelectMany(p => p.ReadToEnd()).ToList();
            Assert.All(peers, p => Assert.Equal("", p.Errors));
            Assert.DoesNotContain(said, line => line.StartsWith("ERROR", StringComparison.Ordinal));
            Assert.Equal(processes, said.Count(l => l.StartsWith("DONE", StringComparison.Ordinal)));
            return said;
        }
        finally
        {
            peers.ForEach(p => p.Dispose());
        }
    }

    private static bool IsWin(string line) => line.StartsWith("WON ", StringComparison.Ordinal);

    private static List<IGrouping<string, string>> Winners(List<string> said) =>
        said.Where(IsWin).GroupBy(line => line.Split(' ')[1]).ToList();

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
