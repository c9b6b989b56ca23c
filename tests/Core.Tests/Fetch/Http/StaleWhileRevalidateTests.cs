using System;
using System.Collections.Generic;
using System.IO;
using ProcessDedup.Fetch;
using ProcessDedup.Fetch.Http;
using ProcessDedup.Tests.Flight;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Fetch.Http;

/// <summary>RFC 5861 §3: while one process asks again, the others use what is there.</summary>
public sealed class StaleWhileRevalidateTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly Caching _it = new();
    private readonly OriginFile _file;

    public StaleWhileRevalidateTests()
    {
        _file = _it.Origin.Serve("/f", "old"u8.ToArray(), etag: "\"1\"");
        _file.CacheControl = "max-age=0, stale-while-revalidate=3600";
        Assert.Null(_it.Get(_file).ErrorId);
    }

    public void Dispose() => _it.Dispose();

    private OriginGate HoldNew(string control = "max-age=3600")
    {
        _file.Body = new OriginBody("new"u8.ToArray());
        _file.ETag = "\"2\"";
        _file.CacheControl = control;
        return _file.Gate = new OriginGate(0);
    }

    private Peer Refresher(params string[] options)
    {
        Peer peer = _it.Getter([.. options, _file.Url]);
        peer.Expect("READY").Say("go");
        _file.Gate!.WaitReached();
        return peer;
    }

    [Theory]
    // The last second in which it may be used, and the first in which it may not.
    [InlineData("max-age=60, stale-while-revalidate=30", 59, true)]
    [InlineData("max-age=60, stale-while-revalidate=30", 90, true)]
    [InlineData("max-age=60, stale-while-revalidate=30", 91, false)]
    [InlineData("max-age=60, stale-while-revalidate=30, must-revalidate", 70, false)]
    [InlineData("max-age=60, stale-while-revalidate=30, no-cache", 70, false)]
    [InlineData("no-store, stale-while-revalidate=30", 0, false)]
    [InlineData("max-age=60, stale-while-revalidate=-1", 70, false)]
    [InlineData("max-age=60, stale-while-revalidate", 70, false)]
    [InlineData("max-age=60, stale-while-revalidate=0", 60, false)]
    [InlineData("max-age=60, stale-if-error=30", 70, false)]
    [InlineData("max-age=60, STALE-WHILE-REVALIDATE=\"30\"", 70, true)]
    public void The_origin_says_for_how_long(string control, int age, bool expected) => Assert.Equal(
        expected, new Freshness(new HttpMetadata { CacheControl = control }, Noon, Noon.AddSeconds(age)).MayServeWhileRevalidated);

    [Fact]
    public void Neither_a_clock_set_back_nor_an_expired_redirect_nor_any_variant_will_do()
    {
        var answer = new HttpMetadata { CacheControl = "max-age=60, stale-while-revalidate=300" };
        Assert.False(new Freshness(answer, Noon, Noon.AddSeconds(-1)).MayServeWhileRevalidated);
        Assert.False(new Freshness(answer with { VariesOnEverything = true }, Noon, Noon.AddSeconds(70)).MayServeWhileRevalidated);
        Assert.False(new Freshness(answer with { RedirectLifetime = TimeSpan.Zero }, Noon, Noon.AddSeconds(70)).MayServeWhileRevalidated);
        Assert.True(new Freshness(answer with { RedirectLifetime = TimeSpan.FromSeconds(80) }, Noon, Noon.AddSeconds(70)).MayServeWhileRevalidated);
    }

    [Fact]
    public void Of_many_one_asks_and_all_others_have_the_old_content_before_it_is_answered()
    {
        OriginGate gate = HoldNew();
        using Peer refresher = Refresher();
        List<Peer> others = _it.Getters(Scale.Of(12, 48), _file);
        others.ForEach(p => p.Say("go"));
        // The origin still holds its answer back.
        foreach (Peer other in others)
        {
            Answer answer = Assert.Single(Caching.AnswersOf(other));
            Assert.Equal((FetchStatus.Stale, null), (answer.Status, answer.ErrorId));
            Assert.Equal("old", File.ReadAllText(answer.Path!));
            other.Dispose();
        }

        gate.Open();
        Answer refreshed = Assert.Single(Caching.AnswersOf(refresher));
        Assert.Equal((FetchStatus.Downloaded, "new"), (refreshed.Status, File.ReadAllText(refreshed.Path!)));
        Answer after = _it.Get(_file);
        Assert.Equal((FetchStatus.Hit, "new"), (after.Status, File.ReadAllText(after.Path!)));
        IReadOnlyList<OriginRequest> requests = _it.Origin.Requests;
        Assert.Equal(2, requests.Count);
        Assert.Equal("\"1\"", requests[1].Headers["If-None-Match"]);
    }

    [Fact]
    public void The_reason_names_the_directive()
    {
        OriginGate gate = HoldNew();
        using Peer refresher = Refresher();
        FetchResult stale = _it.Cache.Get(new FetchRequest(_file.Url) { NoWait = true });
        Assert.Equal(FetchStatus.Stale, stale.Status);
        Assert.Contains("stale-while-revalidate", stale.Reason, StringComparison.Ordinal);
        gate.Open();
        Caching.AnswersOf(refresher);
    }

    [Theory]
    [InlineData("must-revalidate")]
    [InlineData("no-cache")]
    [InlineData("its window is over")]
    [InlineData("the caller's measure")]
    public void Everybody_waits_where_it_must_not_be_used(string why)
    {
        _file.CacheControl = why switch
        {
            "must-revalidate" or "no-cache" => $"max-age=0, stale-while-revalidate=3600, {why}",
            "its window is over" => "max-age=0",
            _ => _file.CacheControl,
        };
        // The record says what its last answer said.
        Assert.Null(_it.Get(_file).ErrorId);
        OriginGate gate = HoldNew();
        using Peer refresher = Refresher();
        using Peer other = _it.Getter(why == "the caller's measure" ? ["--max-age-sec", "0", _file.Url] : [_file.Url]);
        other.Expect("READY").Say("go");
        _it.AwaitWaiters(1);
        gate.Open();
        Assert.Equal("new", File.ReadAllText(Assert.Single(Caching.AnswersOf(other)).Path!));
        Caching.AnswersOf(refresher);
    }

    [Fact]
    public void After_a_killed_refresher_the_next_one_asks()
    {
        HoldNew();
        using (Peer killed = Refresher())
        {
            killed.Kill();
        }

        _file.Gate = null;
        Answer next = _it.Get(_file);
        Assert.Equal((FetchStatus.Downloaded, "new"), (next.Status, File.ReadAllText(next.Path!)));
    }

    [Fact]
    public void A_refresh_that_fails_harms_nobody()
    {
        _file.FailNext(100, 500);
        FetchResult failed = _it.Cache.Get(new FetchRequest(_file.Url) { MaxAttempts = 1 });
        Assert.Equal((FetchStatus.Stale, "old"), (failed.Status, File.ReadAllText(failed.Path)));
        // A caller with a measure of its own gets the failure.
        Assert.Throws<FetchException>(() => _it.Cache.Get(new FetchRequest(_file.Url) { MaxAttempts = 1, MaxAge = TimeSpan.Zero }));
        // That it is gone is an answer.
        _it.Origin.Handle("/f", context =>
        {
            context.Response.StatusCode = 410;
            return System.Threading.Tasks.Task.CompletedTask;
        });
        Assert.Throws<FetchException>(() => _it.Cache.Get(new FetchRequest(_file.Url) { MaxAttempts = 1 }));
    }
}
