using System;
using System.Collections.Generic;
using System.IO;
using System.Net;
using System.Threading;
using System.Threading.Tasks;
using ProcessDedup.Fetch;
using ProcessDedup.Store;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Flight;

/// <summary>What concerns one address or one caller is not taken for another's.</summary>
public sealed class OwnBusinessTests : IDisposable
{
    private readonly Caching _it = new();

    public void Dispose() => _it.Dispose();

    private FetchResult Get(string url, Func<FetchRequest, FetchRequest>? also = null)
    {
        var request = new FetchRequest(url);
        return _it.Cache.Get(also?.Invoke(request) ?? request);
    }

    [Fact]
    public void The_validators_of_a_mirror_say_nothing_about_the_first_address()
    {
        OriginFile first = _it.Origin.Serve("/first", "first"u8.ToArray());
        OriginFile mirror = _it.Origin.Serve("/mirror", "mirror"u8.ToArray());
        mirror.LastModified = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        first.LastModified = new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
        first.FailNext(1, 500);
        FetchResult one = Get(first.Url, r => r with { Mirrors = [mirror.Url], MaxAttempts = 1 });
        Assert.Equal("mirror", File.ReadAllText(one.Path));
        FetchResult two = Get(first.Url, r => r with { MaxAge = TimeSpan.Zero });
        Assert.Equal((FetchStatus.Downloaded, "first"), (two.Status, File.ReadAllText(two.Path)));
    }

    [Fact]
    public void The_validators_of_where_a_redirect_led_say_nothing_about_where_it_leads_now()
    {
        OriginFile old = _it.Origin.Serve("/v1", "version one"u8.ToArray());
        OriginFile older = _it.Origin.Serve("/v2", "version two"u8.ToArray());
        old.LastModified = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        older.LastModified = new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
        string latest = _it.Origin.Redirect("/latest", "/v1");
        Get(latest);
        Assert.Equal(FetchStatus.Revalidated, Get(latest, r => r with { MaxAge = TimeSpan.Zero }).Status);
        _it.Origin.Redirect("/latest", "/v2");
        Assert.Equal("version two", File.ReadAllText(Get(latest, r => r with { MaxAge = TimeSpan.Zero }).Path));
    }

    [Fact]
    public void A_leader_whose_time_is_up_does_not_take_those_who_have_time_with_it()
    {
        (Peer leader, Peer patient) = LeaderThatAsks();
        using (leader)
        using (patient)
        {
            patient.Say("go");
            Assert.Equal("FetchTimedOut", Assert.Single(Caching.AnswersOf(leader)).ErrorId);
            Assert.Null(Assert.Single(Caching.AnswersOf(patient)).ErrorId);
        }
    }

    /// <summary>It has asked and gets no answer; the other one, which is ready, will.</summary>
    private (Peer Leader, Peer Other) LeaderThatAsks()
    {
        Peer? leader = null, other = null;
        int attempt = 0;
        Eventually.True(
            () =>
            {
                leader?.Dispose();
                other?.Dispose();
                // On a machine that is busy its time may be up before it has asked, and its request may still come: to an address of its own.
                string path = $"/a{++attempt}", url = FirstHangs(path);
                other = _it.Getter(url).Expect("READY");
                leader = _it.Getter(url, "--timeout-sec", "1").Expect("READY");
                leader.Say("go");
                Eventually.True(() => _it.Origin.Count(path) == 1 || leader.HasExited, "the leader asks");
                return _it.Origin.Count(path) == 1;
            },
            "a leader that asks");
        return (leader!, other!);
    }

    // Decided by the request's own number: one that was counted may not have come to its wait yet.
    private string FirstHangs(string path)
    {
        int asked = 0;
        return _it.Origin.Handle(path, async context =>
        {
            if (Interlocked.Increment(ref asked) == 1)
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
            await context.Response.Body.WriteAsync("content"u8.ToArray());
        });
    }

    [Fact]
    public async Task A_wrong_password_is_its_owners_alone()
    {
        var answering = new TaskCompletionSource();
        string url = _it.Origin.Handle("/a", async context =>
        {
            await answering.Task;
            string login = "Basic " + Convert.ToBase64String("me:right"u8);
            if (context.Request.Headers.Authorization == login)
                await context.Response.Body.WriteAsync("content"u8.ToArray());
            else
                context.Response.StatusCode = 401;
        });
        var wrong = new FetchRequest(url) { Credential = new NetworkCredential("me", "wrong") };
        var right = new FetchRequest(url) { Credential = new NetworkCredential("me", "right") };
        Task<FetchException> one = Task.Run(() => Assert.Throws<FetchException>(() => _it.Cache.Get(wrong)));
        Eventually.True(() => _it.Origin.Count("/a") == 1, "the wrong one asks");
        Task<FetchResult> two = Task.Run(() => _it.Cache.Get(right));
        Eventually.True(() => right.Activity.Awaited is not null, "the right one waits");
        answering.SetResult();
        Assert.Equal(FetchError.FetchAccessDenied, (await one).Error);
        Assert.Equal("content", await File.ReadAllTextAsync((await two).Path));
    }

    [Fact]
    public void A_lease_that_somebody_removed_is_written_again()
    {
        OriginFile file = _it.Origin.Serve("/a", "content"u8.ToArray());
        Func<FetchRequest, FetchRequest> fresh = r => r with { MaxAge = TimeSpan.FromHours(1) };
        Get(file.Url, fresh);
        foreach (string lease in Directory.GetFiles(_it.Layout.Leases, "*.lease"))
            File.Delete(lease);
        string path = Get(file.Url, fresh).Path;
        using (CachePrune prune = _it.Cache.BeginPrune())
        {
            foreach (CachedItem item in _it.Cache.List())
                Assert.Equal(PruneOutcome.InUse, prune.Remove(item));
        }

        Assert.True(File.Exists(path));
    }

    [Theory]
    [InlineData("")]
    [InlineData("half")]
    public void A_damaged_salt_is_made_once(string damaged)
    {
        Directory.CreateDirectory(_it.Place.Home);
        _ = _it.Cache;
        File.WriteAllText(_it.Layout.SaltFile, damaged);
        OriginFile file = _it.Origin.Serve("/a", "content"u8.ToArray());
        foreach (Peer peer in new[] { _it.Getter(file.Url, "--header", "X: y", "--max-age-sec", "3600"), _it.Getter(file.Url, "--header", "X: y", "--max-age-sec", "3600") })
        {
            using (peer)
            {
                peer.Expect("READY").Say("go");
                Assert.Null(Assert.Single(Caching.AnswersOf(peer)).ErrorId);
            }
        }

        Assert.Equal(1, _it.Origin.Count("/a"));
    }

    [Fact]
    public void A_tree_that_somebody_wrote_into_is_replaced_when_it_is_made_again()
    {
        Action<string> make = directory => File.WriteAllText(Path.Combine(directory, "a"), "good");
        string file = Path.Combine(_it.Cache.Produce(new FetchRequest("k"), [], make).Path, "a");
        Modes.Set(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.WriteAllText(file, "evil");
        _it.Cache.Produce(new FetchRequest("k") { MaxAge = TimeSpan.Zero }, [], make);
        Assert.Equal("good", File.ReadAllText(file));
    }

    [Theory]
    [InlineData("ftp://proxy:1")]
    [InlineData("file:///proxy")]
    [InlineData("proxy")]
    public void A_proxy_that_is_none_is_told(string proxy)
    {
        FetchException failure = Assert.Throws<FetchException>(
            () => Get(_it.Origin.Url("/a"), r => r with { Proxy = new Uri(proxy, UriKind.RelativeOrAbsolute) }));
        Assert.Equal(FetchError.FetchOptionsInvalid, failure.Error);
    }

    [Fact]
    public void A_header_without_a_value_is_told() => Assert.Equal(
        FetchError.FetchOptionsInvalid,
        Assert.Throws<FetchException>(() => Get(
            _it.Origin.Url("/a"), r => r with { Headers = [new KeyValuePair<string, string>("X", null!)] })).Error);
}
