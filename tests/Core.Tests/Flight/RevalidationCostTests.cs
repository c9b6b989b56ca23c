using System;
using System.IO;
using System.Linq;
using ProcessDedup.Fetch;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Flight;

/// <summary>What a 304 costs: the request, and nothing that waits for the disk.</summary>
public sealed class RevalidationCostTests : IDisposable
{
    private readonly Caching _it = new();

    public void Dispose() => _it.Dispose();

    [Fact]
    public void A_304_needs_no_fsync_and_a_download_does()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/strace"), "strace is not installed");
        OriginFile file = _it.Origin.Serve("/a", [1, 2, 3], etag: "\"v1\"");
        Assert.NotEqual(0, Syncs(file));
        Assert.Equal(0, Syncs(file));
        Assert.Equal(304, _it.Origin.Requests[^1].Status);
        // A record that a power failure has cut is a miss, and the content is there all the same.
        string record = Assert.Single(Directory.GetFiles(_it.Layout.Index, "*.json", SearchOption.AllDirectories));
        File.WriteAllText(record, string.Empty);
        Assert.Equal(FetchStatus.Downloaded, _it.Get("--read", "--max-age-sec", "0", file).Status);
    }

    private int Syncs(string url)
    {
        string trace = _it.Place.File("trace");
        using Peer peer = Peer.Run(
            _it.Place, "strace", "-f", "-qq", "-e", "trace=fsync,fdatasync,syncfs,sync", "-o", trace, Programs.FetchPeer, "get", "--max-age-sec", "0", url);
        peer.Expect("READY").Say("go");
        Assert.Null(Assert.Single(Caching.AnswersOf(peer)).ErrorId);
        return File.ReadLines(trace).Count(line => line.Contains("sync", StringComparison.Ordinal));
    }
}
