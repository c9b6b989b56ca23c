using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using ProcessDedup.Fetch;
using ProcessDedup.Store;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Flight;

/// <summary>A prune and a reader that meet at exactly the wrong moment.</summary>
public sealed class PruneTests : IDisposable
{
    private readonly Caching _it = new();
    private readonly List<Peer> _peers = [];

    public void Dispose()
    {
        _peers.ForEach(p => p.Dispose());
        _it.Dispose();
    }

    /// <summary>What a reader was given must not vanish, not for an instant.</summary>
    [Theory]
    [InlineData("/a.bin")]
    [InlineData("/a.tar.gz")]
    public void A_reader_that_comes_after_the_verdict_is_given_nothing_until_it_is_carried_out_or_lifted(string path)
    {
        string url = ServeAndGet(path);
        Peer reader = Start("get", url, "--unpack", "--read");
        var given = new List<string>();
        using CachePrune prune = _it.Cache.BeginPrune();
        CachedItem item = _it.Cache.List().Single(i => i.IsDirectory == path.EndsWith(".gz", StringComparison.Ordinal));
        prune.Reached = step =>
        {
            if (step == PruneStep.Condemned)
            {
                reader.Say("go");
                Eventually.True(
                    () =>
                    {
                        // A reader waits for a fresh verdict only, and may be long in coming.
                        File.SetLastWriteTimeUtc(Assert.Single(Directory.GetFiles(_it.Layout.Leases, "*.condemned")), DateTime.UtcNow);
                        return new BlobLeases(_it.Layout).ReadAll().Contains(item.Digest![7..]);
                    },
                    "the reader has its lease");
                // Not to wait for something: time for a wrong version to give the path away.
                Thread.Sleep(200);
            }

            given.AddRange(reader.Drain());
        };
        // The reader came in time for the second look.
        Assert.Equal(PruneOutcome.InUse, prune.Remove(item));
        Assert.Empty(given);
        Answer answer = Assert.Single(Caching.AnswersOf(reader));
        Assert.Equal(FetchStatus.Hit, answer.Status);
        Assert.Equal(1, _it.Origin.Count(path));
        _it.CheckContent();
        _it.CheckRecords();
    }

    [Theory]
    [InlineData("Condemned", "/a.bin")]
    [InlineData("MovedAway", "/a.bin")]
    [InlineData("Condemned", "/a.tar.gz")]
    [InlineData("MovedAway", "/a.tar.gz")]
    public void A_prune_that_is_killed_leaves_a_cache_that_works(string step, string path)
    {
        string url = ServeAndGet(path);
        Peer prune = Start("prune", "--prune-dies-at", step);
        prune.Say("go");
        Assert.Equal(128 + 9, prune.WaitForExit());
        Peer reader = Start("get", url, "--unpack", "--read", "--destination", _it.Place.File("copy"));
        reader.Say("go");
        Assert.Null(Assert.Single(Caching.AnswersOf(reader)).ErrorId);
        _it.CheckContent();
        _it.CheckPruneLeavesNothingHalf();
        _it.CheckRecords();
        Assert.Empty(Directory.GetFiles(_it.Layout.Leases, "*.condemned*"));
    }

    [Fact]
    public void What_the_origin_is_asked_about_is_not_pruned_before_it_has_answered()
    {
        var answer = new TaskCompletionSource();
        var asked = new TaskCompletionSource();
        byte[] body = [1, 2, 3];
        string url = _it.Origin.Handle("/asked", async context =>
        {
            context.Response.Headers.ETag = "\"v1\"";
            context.Response.Headers.CacheControl = "max-age=0";
            if (context.Request.Headers.IfNoneMatch.Count == 0)
            {
                await context.Response.Body.WriteAsync(body);
                return;
            }

            asked.SetResult();
            await answer.Task;
            context.Response.StatusCode = 304;
        });
        Assert.Equal(FetchStatus.Downloaded, _it.Get(url).Status);
        Peer reader = Start("get", url, "--read");
        reader.Say("go");
        Eventually.True(() => asked.Task.IsCompleted, "the origin is asked");
        using (CachePrune prune = _it.Cache.BeginPrune())
            Assert.Equal(PruneOutcome.InUse, prune.Remove(Assert.Single(_it.Cache.List())));
        answer.SetResult();
        Assert.Equal(FetchStatus.Revalidated, Assert.Single(Caching.AnswersOf(reader)).Status);
    }

    [Fact]
    public void Content_goes_once_its_last_user_is_gone_with_all_its_names()
    {
        OriginFile file = _it.Origin.Serve("/held.bin", 10_000);
        Peer holder = Start("get", file, "--hold");
        holder.Say("go");
        holder.Await("HOLDS");
        using CachePrune prune = _it.Cache.BeginPrune();
        CachedItem item = Assert.Single(_it.Cache.List());
        Assert.True(item.IsInUse);
        Assert.Equal(PruneOutcome.InUse, prune.Remove(item));
        Assert.True(File.Exists(item.Path));
        holder.Kill();
        Assert.Equal(PruneOutcome.Removed, prune.Remove(item));
        Assert.Empty(_it.Cache.List());
        Assert.Equal(0, _it.CheckContent());
        Assert.Empty(Directory.GetFiles(_it.Layout.Names, "*", SearchOption.AllDirectories));
    }

    private string ServeAndGet(string path)
    {
        OriginFile file = _it.Origin.Serve(path, Tars.Gzip(Tars.Tar(Tars.FileOf("a"), Tars.FileOf("b"))), "\"v1\"");
        file.CacheControl = "max-age=600";
        Assert.Null(_it.Get(file, "--unpack").ErrorId);
        return file;
    }

    private Peer Start(params string[] words)
    {
        Peer peer = Peer.Fetcher(_it.Place, words);
        _peers.Add(peer);
        return peer.Expect("READY");
    }
}
