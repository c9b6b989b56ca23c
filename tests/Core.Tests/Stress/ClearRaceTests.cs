using System;
using System.Collections.Generic;
using System.Linq;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Stress;

/// <summary>
/// Lock files are removed over and over while others take the lock. Naive removal gives two holders on two inodes
/// (py-filelock #574).
/// </summary>
public sealed class ClearRaceTests(ITestOutputHelper output) : IDisposable
{
    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    [Theory]
    [InlineData("race")]
    [InlineData("race", "--slots", "1")]
    [InlineData("race", "--slots", "2")]
    [InlineData("file:")]
    public void Clearing_a_lock_in_use_never_makes_two_holders(string target, params string[] mode)
    {
        string inside = _place.NewDirectory("inside");
        if (target == "file:")
            target += _place.File("race.lock");
        // Between the holds there is a pause, else the lock is hardly ever free to be cleared.
        string rounds = Scale.Of(quick: 700, full: 5000).ToString(System.Globalization.CultureInfo.InvariantCulture);
        List<Peer> clearers = Enumerable.Range(0, 2).Select(_ => Peer.Locker(_place, "clear", target)).ToList();
        List<Peer> peers = Enumerable.Range(0, 4)
            .Select(_ => Peer.Locker(_place, ["occupy", target, inside, "--rounds", rounds, "--pause-ms", "1", .. mode])).ToList();
        try
        {
            List<string> said = [];
            // Those who have the file open already all have the same one; newcomers open what is there now.
            while (peers.Exists(p => !p.HasExited))
            {
                using Peer newcomer = Peer.Locker(_place, ["occupy", target, inside, "--rounds", "3", .. mode]);
                said.AddRange(newcomer.ReadToEnd().Where(line => line.StartsWith("OVERLAP", StringComparison.Ordinal)));
            }

            said.AddRange(peers.SelectMany(p => p.ReadToEnd()));
            Assert.DoesNotContain(said, line => line.StartsWith("OVERLAP", StringComparison.Ordinal));
            Assert.Equal(peers.Count, said.Count(line => line.StartsWith($"DONE rounds={rounds} leftovers=0", StringComparison.Ordinal)));
            clearers.ForEach(c => c.Say("end"));
            string[] ends = clearers.Select(c => c.Await("DONE")).ToArray();
            output.WriteLine(string.Join("; ", ends));
            Assert.Contains(ends, end => !end.Contains("cleared=0 ", StringComparison.Ordinal));
            Assert.Contains(ends, end => !end.EndsWith("inuse=0", StringComparison.Ordinal));
            Assert.All(peers.Concat(clearers), p => Assert.Equal(0, p.WaitForExit()));
        }
        finally
        {
            peers.Concat(clearers).ToList().ForEach(p => p.Dispose());
        }
    }
}
