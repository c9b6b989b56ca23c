using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Net;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using ProcessDedup.Fetch;
using ProcessDedup.Fetch.Http;
using ProcessDedup.Platform;
using ProcessDedup.Retry;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Fetch.Http;

public sealed class EmbargoTests : IDisposable
{
    private readonly Downloading _it = new();

    private HostEmbargo Embargo => new(_it.Cache);

    private CooldownScope Everyone => new(_it.Origin.Root.IdnHost, _it.Origin.Root.Port, string.Empty, "*", IsForAll: true);

    private TimeSpan Remaining(string path = "/a") => Embargo.Remaining(new Uri(_it.Origin.Root, path), string.Empty);

    public void Dispose() => _it.Dispose();

    [Fact]
    public void One_that_was_told_to_wait_tells_all()
    {
        OriginFile file = _it.Origin.Serve("/a", [1]).FailNext(1, 429, "300");
        OriginFile other = _it.Origin.Serve("/b", [1]);
        _it.Limits = _it.Limits with { MaxAttempts = 1 };
        Assert.Equal(429, _it.Fails(FetchError.FetchRateLimited, file.Url).StatusCode);
        Assert.InRange(Remaining(), TimeSpan.FromSeconds(200), TimeSpan.FromSeconds(300));
        _it.Limits = _it.Limits with { Deadline = Deadline.After(TimeSpan.FromSeconds(20)) };
        FetchException failure = _it.Fails(FetchError.FetchRateLimited, other.Url);
        Assert.Contains("asked clients to wait", failure.Message, StringComparison.Ordinal);
        Assert.Equal(0, _it.Origin.Count("/b"));
    }

    [Theory]
    [InlineData("0", true)]
    [InlineData("7", false)]
    public void A_403_of_GitHub_is_a_pause_if_nothing_remains(string remaining, bool isPause)
    {
        string url = _it.Origin.Handle("/a", context =>
        {
            context.Response.StatusCode = 403;
            context.Response.Headers["x-ratelimit-remaining"] = remaining;
            context.Response.Headers["x-ratelimit-reset"] = DateTimeOffset.UtcNow.AddSeconds(250).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
            return Task.CompletedTask;
        });
        _it.Limits = _it.Limits with { MaxAttempts = 1 };
        _it.Fails(isPause ? FetchError.FetchRateLimited : FetchError.FetchAccessDenied, url);
        Assert.Equal(isPause, Remaining() > TimeSpan.FromSeconds(100));
    }

    [Fact]
    public void A_refusal_without_a_login_does_not_concern_users_with_a_token()
    {
        // GitHub: 60 requests an hour for an address without a login, 5,000 for a token.
        RequestDelegate answer = context =>
        {
            if (context.Request.Headers.Authorization.Count > 0)
                return context.Response.Body.WriteAsync("let in"u8.ToArray()).AsTask();
            context.Response.StatusCode = 403;
            context.Response.Headers["x-ratelimit-remaining"] = "0";
            context.Response.Headers["x-ratelimit-reset"] = DateTimeOffset.UtcNow.AddSeconds(3000).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
            return Task.CompletedTask;
        };
        string url = _it.Origin.Handle("/repos/a", answer);
        _it.Limits = _it.Limits with { MaxAttempts = 1 };
        _it.Fails(FetchError.FetchRateLimited, url);
        _it.Fetch(new HttpSource(new Uri(url), [new("Authorization", "Bearer t0ken12345")]));
        _it.Fetch(new HttpSource(new Uri(url), credential: new NetworkCredential("ann", "hunter22")));
        Assert.Equal("let in"u8.ToArray(), _it.Bytes);
        // The one without a login still waits, and is not sent.
        int before = _it.Origin.Count("/repos/a");
        FetchException failure = _it.Fails(FetchError.FetchRateLimited, url);
        Assert.Contains("-IgnoreCooldown", failure.NextStep, StringComparison.Ordinal);
        Assert.Contains("log in", failure.NextStep, StringComparison.Ordinal);
        Assert.Equal(before, _it.Origin.Count("/repos/a"));
        foreach (string mark in Directory.GetFiles(Path.Combine(_it.Cache, "hosts")))
            Assert.DoesNotContain("t0ken12345", mark + File.ReadAllText(mark), StringComparison.Ordinal);
    }

    [Fact]
    public void A_token_that_is_used_up_does_not_concern_another_one()
    {
        OriginFile file = _it.Origin.Serve("/a", [1]).FailNext(1, 429, "3000");
        _it.Fails(FetchError.FetchRateLimited, new HttpSource(new Uri(file.Url), [new("X-Api-Key", "used-up-key")]));
        _it.Fails(FetchError.FetchRateLimited, new HttpSource(new Uri(file.Url), [new("X-Api-Key", "used-up-key"), new("Accept", "a/b")]));
        Assert.Single(_it.Origin.Requests);
        _it.Fetch(new HttpSource(new Uri(file.Url), [new("X-Api-Key", "other-key")]));
        _it.Fetch(file);
    }

    [Fact]
    public void A_403_is_about_its_path_and_with_a_named_limit_about_its_kind()
    {
        void Refuse(string path, string? resource) => _it.Origin.Handle(path, context =>
        {
            context.Response.StatusCode = 403;
            context.Response.Headers.RetryAfter = "3000";
            if (resource is not null)
                context.Response.Headers["x-ratelimit-resource"] = resource;
            return Task.CompletedTask;
        });
        Refuse("/files/a", null);
        Refuse("/search/a", "search");
        _it.Fails(FetchError.FetchRateLimited, _it.Origin.Url("/files/a"));
        _it.Fails(FetchError.FetchRateLimited, _it.Origin.Url("/search/a"));
        _it.Fetch(_it.Origin.Serve("/files/b", [1]));
        _it.Fetch(_it.Origin.Serve("/repos/a", [1]));
        _it.Fails(FetchError.FetchRateLimited, _it.Origin.Serve("/search/b", [1]));
        _it.Fails(FetchError.FetchRateLimited, _it.Origin.Url("/files/a"));
        Assert.Equal((1, 0), (_it.Origin.Count("/files/a"), _it.Origin.Count("/search/b")));
    }

    [Fact]
    public void A_server_that_is_overloaded_is_so_for_all_users()
    {
        OriginFile file = _it.Origin.Serve("/a", [1]).FailNext(1, 503, "3000");
        _it.Fails(FetchError.FetchRateLimited, file.Url);
        _it.Fails(FetchError.FetchRateLimited, new HttpSource(new Uri(file.Url), [new("Authorization", "Bearer t0ken12345")]));
        Assert.Single(_it.Origin.Requests);
    }

    [Fact]
    public void A_caller_that_ignores_the_cool_down_is_answered()
    {
        OriginFile file = _it.Origin.Serve("/a", [1]).FailNext(1, 429, "3000");
        _it.Fails(FetchError.FetchRateLimited, file.Url);
        _it.Limits = _it.Limits with { OnCooldown = CooldownAction.Ignore };
        _it.Fetch(file);
        Assert.Equal(2, _it.Origin.Count("/a"));
    }

    [Fact]
    public void A_wait_for_a_server_is_shown()
    {
        Embargo.Begin(Everyone, TimeSpan.FromSeconds(0.2));
        bool isShown = false;
        _it.OnCoolDown = () => isShown = true;
        _it.Fetch(_it.Origin.Serve("/a", [1]));
        Assert.True(isShown);
    }

    [Fact]
    public void More_than_ten_minutes_are_not_waited_for()
    {
        OriginFile file = _it.Origin.Serve("/a", [1]).FailNext(1, 503, "3600");
        _it.Fails(FetchError.FetchRateLimited, file.Url);
        _it.Fails(FetchError.FetchRateLimited, file.Url);
        Assert.Single(_it.Origin.Requests);
    }

    [Fact]
    public void Retry_after_is_waited_for()
    {
        OriginFile file = _it.Origin.Serve("/a", [1]).FailNext(1, 429, "1");
        var clock = Stopwatch.StartNew();
        Assert.Equal(2, _it.Fetch(file).Attempts);
        Assert.True(clock.Elapsed >= TimeSpan.FromSeconds(0.99));
    }

    [Fact]
    public async Task The_wait_can_be_cancelled()
    {
        using var cancel = new CancellationTokenSource();
        OriginFile file = _it.Origin.Serve("/a", [1]).FailNext(1, 429, "300");
        _it.Cancelled = cancel.Token;
        _it.OnRetry = cancel.Cancel;
        Task fetch = Task.Run(() => _it.Fetch(file));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fetch.WaitAsync(Peer.Patience));
        Assert.Single(_it.Origin.Requests);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("{\"boot\":\"x\",\"ticks\":1,\"utc\":\"2999-01-01T00:00:00Z\",\"seconds\":60}")]
    [InlineData("{\"boot\":\"x\",\"ticks\":1,\"utc\":\"2001-01-01T00:00:00Z\",\"seconds\":60}")]
    [InlineData("{\"boot\":1,\"ticks\":\"a\",\"utc\":2,\"seconds\":null}")]
    public void Files_that_make_no_sense_stop_nobody(string content)
    {
        Embargo.Begin(Everyone, TimeSpan.FromMinutes(1));
        string file = Assert.Single(Directory.GetFiles(Path.Combine(_it.Cache, "hosts")));
        File.WriteAllText(file, content);
        Assert.Equal(TimeSpan.Zero, Remaining());
    }

    [Fact]
    public void Moments_of_this_boot_do_not_depend_on_the_clock()
    {
        Embargo.Begin(Everyone, TimeSpan.FromMinutes(1));
        string file = Assert.Single(Directory.GetFiles(Path.Combine(_it.Cache, "hosts")));
        string boot = ProcessIdentity.Current.BootId;
        Assert.SkipWhen(boot.Length == 0, "there is no boot id here");
        long now = Stopwatch.GetTimestamp();
        File.WriteAllText(file, FormattableString.Invariant($"{{\"boot\":\"{boot}\",\"ticks\":{now},\"utc\":\"2001-01-01T00:00:00Z\",\"seconds\":60}}"));
        Assert.True(Remaining() > TimeSpan.FromSeconds(30));
        long later = now + 3600 * Stopwatch.Frequency;
        File.WriteAllText(file, FormattableString.Invariant($"{{\"boot\":\"{boot}\",\"ticks\":{later},\"utc\":\"2001-01-01T00:00:00Z\",\"seconds\":60}}"));
        Assert.Equal(TimeSpan.Zero, Remaining());
    }

    [Fact]
    public void A_shorter_one_does_not_end_a_longer_one_and_other_ports_are_free()
    {
        Embargo.Begin(Everyone, TimeSpan.FromMinutes(5));
        Embargo.Begin(Everyone, TimeSpan.FromSeconds(1));
        Assert.True(Remaining() > TimeSpan.FromMinutes(4));
        Assert.Equal(TimeSpan.Zero, Embargo.Remaining(new Uri("http://127.0.0.1:1/"), string.Empty));
    }

    [Theory]
    [InlineData("120", 120)]
    [InlineData(" 0 ", 0)]
    [InlineData("Thu, 01 Jan 2026 00:01:00 GMT", 60)]
    [InlineData("Wed, 01 Jan 2025 00:01:00 GMT", 0)]
    [InlineData("soon", null)]
    [InlineData("-1", null)]
    [InlineData(null, null)]
    public void Retry_after_is_seconds_or_a_date(string? field, int? seconds)
    {
        var now = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        Assert.Equal(seconds, (int?)HttpStatusFailure.RetryAfter(field, now)?.TotalSeconds);
    }
}
