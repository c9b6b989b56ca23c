using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using ProcessDedup.Store;
using ProcessDedup.Tests.Flight;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Stress;

/// <summary>
/// Processes get, read and hold while others remove everything that they may, without a pause: what a living process was
/// given stays where it is to its end.
/// </summary>
public sealed class PruneRaceTests(ITestOutputHelper output) : IDisposable
{
    private readonly Caching _it = new();
    private readonly List<Peer> _peers = [];

    public void Dispose()
    {
        _peers.ForEach(p => p.Dispose());
        _it.Dispose();
    }

    [Theory]
    [InlineData("86400")]
    [InlineData("0")]
    public void Nothing_that_a_living_process_was_given_is_pruned(string maxAgeSec)
    {
        string[] urls = Serve();
        List<Peer> pruners = [Start("prune"), Start("prune")];
        int rounds = Scale.Of(5, 60);
        for (int round = 0; round < rounds; round++)
        {
            List<Peer> readers = [.. Enumerable.Range(0, 6).Select(_ =>
                Start(["get", .. Shuffled(urls), "--read", "--hold", "--unpack", "--max-age-sec", maxAgeSec]))];
            readers.ForEach(p => Assert.Equal("HOLDS", AwaitWell(p)));
            readers.ForEach(p => p.EndInput());
            readers.ForEach(p => Assert.StartsWith("LOOKED", AwaitWell(p), StringComparison.Ordinal));
            readers.ForEach(p => p.WaitForExit());
        }

        pruners.ForEach(p => p.EndInput());
        pruners.ForEach(p => output.WriteLine(p.Await("PRUNED")));
        output.WriteLine($"{_it.Origin.Requests.Count} requests");
        _it.CheckContent();
        using (CachePrune prune = _it.Cache.BeginPrune())
        {
            foreach (CachedItem item in _it.Cache.List())
                Assert.Equal(PruneOutcome.Removed, prune.Remove(item));
            prune.Sweep();
        }

        Assert.Empty(_it.Cache.List());
        Assert.Empty(Directory.GetFiles(_it.Layout.Names, "*", SearchOption.AllDirectories));
    }

    /// <summary>The last line that tells something; nothing before it is broken, nothing has failed.</summary>
    private static string AwaitWell(Peer peer)
    {
        for (; ; )
        {
            string line = peer.Read("HOLDS or LOOKED");
            Assert.False(line.StartsWith("BROKEN", StringComparison.Ordinal) || line.StartsWith("ERROR", StringComparison.Ordinal), line);
            if (!line.StartsWith("OK", StringComparison.Ordinal))
                return line;
        }
    }

    private string[] Serve()
    {
        var urls = new List<string>();
        for (int i = 0; i < 12; i++)
        {
            OriginFile file = i % 4 == 0
                ? _it.Origin.Serve($"/{i}.tar.gz", Tars.Gzip(Tars.Tar(Tars.FileOf("number", $"{i}"))), $"\"{i}\"")
                : _it.Origin.Serve($"/{i}.bin", 20_000, seed: i, etag: $"\"{i}\"");
            urls.Add(file.Url);
        }

        return [.. urls];
    }

    private static string[] Shuffled(string[] urls)
    {
        string[] mine = [.. urls];
        Random.Shared.Shuffle(mine);
        return mine;
    }

    private Peer Start(params IEnumerable<string> words)
    {
        Peer peer = Peer.Fetcher(_it.Place, [.. words]);
        _peers.Add(peer);
        peer.Say("go");
        return peer.Expect("READY");
    }
}
