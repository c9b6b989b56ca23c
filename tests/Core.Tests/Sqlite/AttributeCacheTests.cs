using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using ProcessDedup.Sqlite;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Sqlite;

/// <summary>
/// The evaluation cache of Nix, which many evaluators open at once ("database is busy", nix #3794 and others): a cache helps
/// those who share it and holds nobody up.
/// </summary>
public sealed class AttributeCacheTests(ITestOutputHelper output) : IDisposable
{
    private const int Workers = 8;

    // A process that sleeps is woken late by a machine that is busy; what it does not do is begin another wait.
    private const int LateMilliseconds = 5000;

    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public void Eight_evaluators_share_a_cache_without_an_error_or_a_wait_beyond_its_budget()
    {
        int attributes = Scale.Of(1000, 10000);
        string file = _place.File("eval-cache.sqlite");
        List<Peer> peers = Enumerable.Range(0, Workers)
            .Select(i => Peer.Sqlite(_place, "attributes", file, $"w{i}", attributes.ToString(CultureInfo.InvariantCulture))).ToList();
        try
        {
            peers.ForEach(p => p.Expect("READY"));
            int[][] first = Pass(peers);
            // FOUND of-others MISSED PUT SKIPPED WRONG LONGEST
            Assert.All(first, f => Assert.Equal(attributes, f[0] + f[2]));
            Assert.All(first, f => Assert.Equal(0, f[5]));
            Assert.All(first, f => Assert.True(f[6] <= 500 + LateMilliseconds, $"{f[6]} ms"));
            Assert.True(first.Sum(f => f[1]) > attributes, "the work of others is found");
            int kept = (int)(long)Ask(file, "SELECT count(*) FROM Attributes WHERE parent <> 0")!;
            Assert.InRange(kept, attributes - first.Sum(f => f[4]), attributes);

            int[][] second = Pass(peers);
            Assert.All(second, f => Assert.Equal(0, f[5]));
            Assert.All(second, f => Assert.True(f[2] <= attributes - kept + f[4], $"{f[2]} missed, {kept} are there"));
        }
        finally
        {
            peers.ForEach(p => p.Dispose());
        }

        Assert.Equal(0L, Ask(file, "SELECT count(*) FROM Attributes a WHERE parent <> 0 AND NOT EXISTS (SELECT 1 FROM Attributes p WHERE p.rowid = a.parent)"));
        Assert.Equal("ok", Ask(file, "PRAGMA integrity_check"));
    }

    private int[][] Pass(List<Peer> peers)
    {
        peers.ForEach(p => p.Say("go"));
        int[][] figures = peers.Select(p => Figures(p).Split(' ').Select(f => int.Parse(f, CultureInfo.InvariantCulture)).ToArray()).ToArray();
        Assert.All(peers, p => Assert.Equal("", p.Errors));
        output.WriteLine("found, of others, missed, put, skipped, wrong: " + string.Join(" ", Enumerable.Range(0, 6).Select(i => figures.Sum(f => f[i])))
            + $"; longest wait {figures.Max(f => f[6])} ms");
        return figures;
    }

    private static string Figures(Peer peer)
    {
        string line = peer.Read("figures");
        Assert.False(line.StartsWith("ERROR", StringComparison.Ordinal), line);
        return line;
    }

    private static object? Ask(string file, string sql) =>
        SqliteRunner.Run(file, new SqliteOptions { Mode = SqliteTransactionMode.Deferred }, tx => tx.Query(sql)[0][0]).Value;
}
