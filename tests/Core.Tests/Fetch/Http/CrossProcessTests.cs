using System;
using System.Globalization;
using System.Linq;
using ProcessDedup.Fetch.Http;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Fetch.Http;

public sealed class CrossProcessTests : IDisposable
{
    private readonly Downloading _it = new();

    public void Dispose() => _it.Dispose();

    [Fact]
    public void What_a_killed_process_has_downloaded_is_continued_by_the_next()
    {
        OriginFile file = _it.Origin.Serve("/a", 10_000_000, etag: "\"v1\"");
        file.Gate = new OriginGate(6_000_000);
        using (Peer first = Peer.Fetcher(_it.Place, "download", _it.Cache, "key", file))
        {
            file.Gate.WaitReached();
            AwaitOnDisk(first, 6_000_000);
            first.Kill();
        }

        file.Gate = null;
        HttpAnswer answer = _it.Fetch(file);
        Assert.Equal(6_000_000, answer.Resumed);
        Assert.Equal(file.Body.ToArray(), _it.Bytes);
        Assert.Equal(4_000_000, _it.Origin.Requests[^1].BytesSent);
    }

    [Fact]
    public void What_a_living_process_downloads_is_left_alone()
    {
        OriginFile file = _it.Origin.Serve("/a", 2_000_000, etag: "\"v1\"");
        file.Gate = new OriginGate(1_000_000);
        using Peer first = Peer.Fetcher(_it.Place, "download", _it.Cache, "key", file);
        file.Gate.WaitReached();
        AwaitOnDisk(first, 1_000_000);
        OriginGate gate = file.Gate;
        file.Gate = null;
        Assert.Equal(0, _it.Fetch(file).Resumed);
        gate.Open();
        Assert.Contains("resumed=0", first.Await("DONE"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_gibibyte_takes_little_memory()
    {
        const long size = 1L << 30;
        OriginFile file = _it.Origin.Serve("/big", size, etag: "\"v1\"");
        using Peer peer = Peer.Fetcher(_it.Place, "download", _it.Cache, "key", file);
        string done = peer.Await("DONE");
        Assert.Contains(FormattableString.Invariant($"length={size}"), done, StringComparison.Ordinal);
        string peak = done.Split(' ').Single(w => w.StartsWith("peak=", StringComparison.Ordinal));
        Assert.InRange(long.Parse(peak.AsSpan(5), CultureInfo.InvariantCulture), 1, 120L << 20);
        TestContext.Current.TestOutputHelper?.WriteLine(done);
    }

    private static void AwaitOnDisk(Peer peer, long bytes)
    {
        while (long.Parse(peer.Await("GOT ").AsSpan(4), CultureInfo.InvariantCulture) < bytes)
        {
        }
    }
}
