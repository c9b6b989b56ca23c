using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using ProcessDedup.Platform;
using ProcessDedup.Store;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Fetch.Http;

public sealed class PartialDownloadTests : IDisposable
{
    private readonly TestDirectory _place = new();
    private readonly PartialDownloads _parts;

    public PartialDownloadTests() => _parts = new PartialDownloads(_place.File("cache"));

    public void Dispose() => _place.Dispose();

    private string KeyDirectory => _place.File("cache/partial/key");

    private static PartialState State(MachineMoment? begun = null, string? etag = "\"v1\"") =>
        new("source", "answerer", etag, null, 100, begun ?? MachineMoment.Now);

    private static void Fill(PartialDownload part, byte[] bytes, PartialState? state = null)
    {
        part.Begin(state ?? State());
        using PartialWriter writer = part.OpenWriter();
        writer.Write(bytes, bytes.Length);
    }

    [Fact]
    public void What_is_let_go_is_found_by_the_next()
    {
        using (PartialDownload first = _parts.Claim("key"))
            Fill(first, [1, 2, 3]);
        using PartialDownload second = _parts.Claim("key");
        Assert.Equal((3L, "\"v1\"", 100L), (second.Length, second.State!.ETag, second.State.Total));
        Assert.Single(Directory.GetDirectories(KeyDirectory));
    }

    [Fact]
    public void What_somebody_works_on_is_not_taken()
    {
        using PartialDownload first = _parts.Claim("key");
        Fill(first, [1]);
        using PartialDownload second = _parts.Claim("key");
        Assert.Equal(0, second.Length);
        Assert.Equal(0, _parts.DeleteAbandoned(TimeSpan.Zero));
        Assert.Equal(1, first.Length);
    }

    [Fact]
    public void The_longest_part_is_taken_first()
    {
        var all = new List<PartialDownload>();
        for (int i = 1; i <= 3; i++)
        {
            all.Add(_parts.Claim("key"));
            Fill(all[^1], new byte[i]);
        }

        all.ForEach(p => p.Dispose());
        using PartialDownload best = _parts.Claim("key");
        Assert.Equal(3, best.Length);
    }

    [Fact]
    public void What_cannot_be_continued_is_not_kept()
    {
        var uses = new Action<PartialDownload>[]
        {
            _ => { },
            part => Fill(part, []),
            part => Fill(part, [1], State(etag: null)),
            part => Fill(part, [1], State(new MachineMoment("another boot", 0, DateTimeOffset.UtcNow))),
            part =>
            {
                Fill(part, [1]);
                Publishing.Rename(part.DataPath, _place.File("out"));
                part.Take();
            },
        };
        foreach (Action<PartialDownload> use in uses)
        {
            using (PartialDownload part = _parts.Claim("key"))
                use(part);
            Assert.Empty(Directory.GetDirectories(KeyDirectory));
        }

        Assert.Equal([1], File.ReadAllBytes(_place.File("out")));
    }

    [Fact]
    public void Of_many_that_claim_one_part_exactly_one_gets_it()
    {
        for (int round = 0; round < Scale.Of(50, 500); round++)
        {
            using (PartialDownload part = _parts.Claim("key"))
                Fill(part, [1, 2, 3]);
            var claims = new ConcurrentBag<PartialDownload>();
            using var start = new Barrier(8);
            Thread[] threads = [.. Enumerable.Range(0, 8).Select(_ => new Thread(() =>
            {
                start.SignalAndWait();
                claims.Add(_parts.Claim("key"));
            }))];
            Array.ForEach(threads, t => t.Start());
            Array.ForEach(threads, t => t.Join());
            Assert.Equal(8, claims.Select(c => c.DataPath).Distinct().Count());
            Assert.Single(claims, c => c.Length == 3);
            foreach (PartialDownload claim in claims)
                claim.Take();
        }
    }

    [Fact]
    public void Of_many_processes_that_claim_the_part_of_a_killed_one_exactly_one_gets_it()
    {
        OriginFile file;
        using (var origin = new Origin())
        {
            file = origin.Serve("/a", 100_000, etag: "\"v1\"");
            file.Gate = new OriginGate(50_000);
            using Peer dead = Peer.Fetcher(_place, "download", _parts.CacheDirectory, "key", file);
            while (dead.Await("GOT ") != "GOT 50000")
            {
            }

            dead.Kill();
        }

        Peer[] peers = [.. Enumerable.Range(0, 6).Select(_ => Peer.Fetcher(_place, "claim", _parts.CacheDirectory, "key"))];
        try
        {
            Array.ForEach(peers, p => p.Expect("READY"));
            Array.ForEach(peers, p => p.Say("go"));
            string[] claims = [.. peers.Select(p => p.Await("CLAIMED"))];
            Assert.Single(claims, "CLAIMED 50000");
            Assert.Equal(5, claims.Count(c => c == "CLAIMED 0"));
        }
        finally
        {
            Array.ForEach(peers, p => p.Dispose());
        }
    }

    [Fact]
    public void Rubbish_is_no_part_and_is_removed()
    {
        string boot = ContentHash.HexOf("another").Substring(0, 8);
        string machine = ContentHash.HexOf(Environment.MachineName).Substring(0, 8);
        foreach (string name in new[] { $"1-1-{boot}-x-{machine}-a", "b.free", "c.free", "d.free" })
            Directory.CreateDirectory(Path.Combine(KeyDirectory, name));
        File.WriteAllText(Path.Combine(KeyDirectory, "c.free", "state.json"), "{\"source\":");
        File.WriteAllText(Path.Combine(KeyDirectory, "c.free", "data"), "x");
        File.WriteAllText(Path.Combine(KeyDirectory, "d.free", "data"), "x");
        Directory.CreateDirectory(Path.Combine(KeyDirectory, "unknown"));
        using (PartialDownload part = _parts.Claim("key"))
            Assert.Equal(0, part.Length);
        Assert.Equal(0, _parts.DeleteAbandoned(TimeSpan.FromHours(1)));
        Assert.Equal(4, _parts.DeleteAbandoned(TimeSpan.Zero));
        Assert.Equal("unknown", Path.GetFileName(Assert.Single(Directory.GetDirectories(KeyDirectory))));
    }

    [Fact]
    public void Claiming_and_removing_may_race()
    {
        var failures = new ConcurrentBag<Exception>();
        using var stop = new CancellationTokenSource();
        var prune = new Thread(() =>
        {
            while (!stop.IsCancellationRequested)
                _parts.DeleteAbandoned(TimeSpan.Zero);
        });
        prune.Start();
        Thread[] users = [.. Enumerable.Range(0, 3).Select(_ => new Thread(() =>
        {
            try
            {
                for (int i = 0; i < 200; i++)
                {
                    using PartialDownload part = _parts.Claim("key");
                    long before = part.Length;
                    if (!part.IsResumable)
                        part.Begin(State());
                    using (PartialWriter writer = part.OpenWriter())
                        writer.Write([1], 1);
                    Assert.Equal(before + 1, part.Length);
                }
            }
            catch (Exception e)
            {
                failures.Add(e);
            }
        }))];
        Array.ForEach(users, t => t.Start());
        Array.ForEach(users, t => t.Join());
        stop.Cancel();
        prune.Join();
        Assert.Empty(failures);
    }
}
