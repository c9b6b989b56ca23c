using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using ProcessDedup.Fetch;
using ProcessDedup.Flight;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Flight;

/// <summary>However many ask at once, the origin is asked once.</summary>
public sealed class OneDownloadTests : IDisposable
{
    private readonly Caching _it = new();

    public void Dispose() => _it.Dispose();

    [Fact]
    public void Many_processes_that_want_one_cold_address_ask_the_origin_once()
    {
        OriginFile file = _it.Origin.Serve("/cold.bin", 3_000_000, etag: "\"v1\"");
        file.CacheControl = "max-age=600";
        IReadOnlyList<Answer> answers = AllAtOnce(Scale.Of(16, 64), file, "--read");
        Assert.Single(answers, a => a.Status == FetchStatus.Downloaded);
        Assert.All(answers, a => Assert.Contains(a.Status, Worked));
    }

    /// <summary>An answer that came after one had asked is fresh, however little one trusts older ones.</summary>
    [Fact]
    public void Who_asks_while_the_leader_works_takes_its_answer_even_where_nothing_older_will_do()
    {
        OriginFile file = _it.Origin.Serve("/ttl0.bin", 300_000, etag: "\"v1\"");
        file.Gate = new OriginGate(100_000);
        int count = Scale.Of(12, 64);
        List<Peer> peers = _it.Getters(count, file, "--max-age-sec", "0", "--read");
        try
        {
            peers.ForEach(p => p.Say("go"));
            _it.AwaitWaiters(count - 1);
            file.Gate.Open();
            List<Answer> answers = [.. peers.SelectMany(Caching.AnswersOf)];
            Assert.Equal(1, _it.Origin.Count("/ttl0.bin"));
            Assert.Single(answers, a => a.Status == FetchStatus.Downloaded);
            Assert.Equal(count - 1, answers.Count(a => a.Status == FetchStatus.Waited));
            Assert.All(answers, a => Assert.Equal(Caching.HashOf(file), a.Digest));
        }
        finally
        {
            peers.ForEach(p => p.Dispose());
        }

        // Who asks now has not waited for that leader.
        Assert.Equal(FetchStatus.Revalidated, _it.Get(file, "--max-age-sec", "0").Status);
        Assert.Equal(2, _it.Origin.Count("/ttl0.bin"));
    }

    [Fact]
    public void Threads_with_one_cache_object_or_several_ask_the_origin_once()
    {
        const int threads = 12;
        OriginFile file = _it.Origin.Serve("/threads.bin", 300_000);
        file.Gate = new OriginGate(100_000);
        FetchCache shared = _it.Cache;
        var results = new ConcurrentBag<FetchResult>();
        var activities = new ConcurrentBag<FetchActivity>();
        List<Thread> all = [.. Enumerable.Range(0, threads).Select(i => new Thread(() =>
        {
            FetchCache cache = i % 2 == 0 ? shared : _it.CacheWith(FlightHooks.None);
            // A flow of its own for each: threads of one flow would be told that they wait for themselves.
            var request = new FetchRequest(file) { MaxAge = TimeSpan.Zero, Flow = new object() };
            activities.Add(request.Activity);
            results.Add(cache.Get(request));
        }))];
        all.ForEach(t => t.Start());
        Eventually.True(() => activities.Count(a => a.Awaited is not null) == threads - 1, "all but one wait");
        file.Gate.Open();
        all.ForEach(t => Assert.True(t.Join(Peer.Patience)));
        Assert.Equal(1, _it.Origin.Count("/threads.bin"));
        Assert.Equal(threads, results.Count);
        Assert.Single(results, r => r.Status == FetchStatus.Downloaded);
        Assert.Equal(threads - 1, results.Count(r => r.Status == FetchStatus.Waited));
        Assert.Single(results.Select(r => r.Path).Distinct());
        Assert.Equal(Caching.HashOf(file), Caching.HashOfFile(results.First().Path));
    }

    [Fact]
    public void Many_processes_unpack_one_archive_once()
    {
        OriginFile file = _it.Origin.Serve("/tree.tar.gz", Tars.Gzip(Tars.Tar(Tars.FileOf("a/one"), Tars.FileOf("a/two", "2"))), "\"v1\"");
        file.CacheControl = "max-age=600";
        IReadOnlyList<Answer> answers = AllAtOnce(8, file, "--read", "--unpack");
        Assert.Single(answers, a => a.Status == FetchStatus.Downloaded);
        Assert.Equal(1, _it.Cache.Statistics(DateTimeOffset.UtcNow.AddHours(-1)).Produced);
    }

    [Fact]
    public void Without_locks_everybody_downloads_and_everybody_is_right()
    {
        OriginFile file = _it.Origin.Serve("/nolocks.bin", 300_000, etag: "\"v1\"");
        file.Gate = new OriginGate(100_000);
        const int count = 8;
        List<Peer> peers = _it.Getters(count, file, "--read", "--no-locks");
        try
        {
            peers.ForEach(p => p.Say("go"));
            Eventually.True(() => _it.Origin.Count("/nolocks.bin") == count, "all have asked the origin");
            file.Gate.Open();
            Assert.All(peers.SelectMany(Caching.AnswersOf), a => Assert.Equal(Caching.HashOf(file), a.Digest));
        }
        finally
        {
            peers.ForEach(p => p.Dispose());
        }

        Assert.Equal(1, _it.CheckContent());
        _it.CheckRecords();
        _it.CheckPruneLeavesNothingHalf();
    }

    private static readonly FetchStatus?[] Worked = [FetchStatus.Downloaded, FetchStatus.Waited, FetchStatus.Hit];

    private List<Answer> AllAtOnce(int count, OriginFile file, params string[] options)
    {
        List<Peer> peers = _it.Getters(count, [file, .. options]);
        try
        {
            peers.ForEach(p => p.Say("go"));
            List<Answer> answers = [.. peers.SelectMany(Caching.AnswersOf)];
            Assert.Equal(count, answers.Count);
            Assert.Single(answers.Select(a => a.Digest).Distinct());
            if (!options.Contains("--unpack"))
                Assert.Equal(Caching.HashOf(file), answers[0].Digest);
            Assert.Equal(1, _it.Origin.Count(new Uri(file.Url).AbsolutePath));
            _it.CheckContent();
            _it.CheckRecords();
            return answers;
        }
        finally
        {
            peers.ForEach(p => p.Dispose());
        }
    }
}
