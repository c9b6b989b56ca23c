using System;
using System.Collections.Generic;
using System.Globalization;
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
        string clearings = Scale.Of(quick: 5, full: 200).ToString(CultureInfo.InvariantCulture);
        List<Peer> clearers = Enumerable.Range(0, 2)
            .Select(_ => Peer.Locker(_place, "clear", target, "--rounds", clearings)).ToList();
        // Between the holds there is a pause, else the lock is hardly ever free to be cleared.
        List<Peer> peers = Enumerable.Range(0, 4)
            .Select(_ => Peer.Locker(_place, ["occupy", target, inside, "--pause-ms", "2", .. mode])).ToList();
        try
        {
            List<string> said = [];
            // Those who have the file open already all have the same one; newcomers open what is there now.
            while (clearers.Exists(c => !c.HasExited))
            {
                using Peer newcomer = Peer.Locker(_place, ["occupy", target, inside, "--rounds", "3", .. mode]);
                said.AddRange(newcomer.ReadToEnd());
            }

            // Also the one that was started last has been inside.
            foreach (Peer peer in peers)
            {
                string line;
                do
                    said.Add(line = peer.Read("IN"));
                while (line != "IN");
            }

            peers.ForEach(p => p.EndInput());
            string[] residents = peers.Select(p => string.Join("; ", p.ReadToEnd())).ToArray();
            string[] ends = clearers.Select(c => c.Await("DONE")).ToArray();
            output.WriteLine(string.Join("\n", ends.Concat(residents)));
            Assert.DoesNotContain(said.Concat(residents), line => line.Contains("OVERLAP", StringComparison.Ordinal));
            Assert.All(residents, line => Assert.Matches("DONE rounds=[1-9]", line));
            Assert.Contains(ends, end => !end.EndsWith("inuse=0", StringComparison.Ordinal));
            Assert.All(peers.Concat(clearers), p => Assert.Equal(0, p.WaitForExit()));
        }
        finally
        {
            peers.Concat(clearers).ToList().ForEach(p => p.Dispose());
        }
    }
}
