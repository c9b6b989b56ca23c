using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
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

    public void Dispose() => _it.Dispose();

    [Fact]
    public void One_that_was_told_to_wait_tells_all()
    {
        OriginFile file = _it.Origin.Serve("/a", [1]).FailNext(1, 429, "300");
        OriginFile other = _it.Origin.Serve("/b", [1]);
        _it.Limits = _it.Limits with { MaxAttempts = 1 };
        Assert.Equal(429, _it.Fails(FetchError.FetchRateLimited, file.Url).StatusCode);
        Assert.InRange(Embargo.Remaining(_it.Origin.Root), TimeSpan.FromSeconds(200), TimeSpan.FromSeconds(300));
        _it.Limits = _it.Limits with { Deadline = Deadline.After(TimeSpan.FromSeconds(20)) };
        FetchException failure = _it.Fails(FetchError.FetchRateLimited, other.Url);
        Assert.Contains("wants to be left alone", failure.Message, StringComparison.Ordinal);
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
        Assert.Equal(isPause, Embargo.Remaining(_it.Origin.Root) > TimeSpan.FromSeconds(100));
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
        Embargo.Begin(_it.Origin.Root, TimeSpan.FromMinutes(1));
        string file = Assert.Single(Directory.GetFiles(Path.Combine(_it.Cache, "hosts")));
        File.WriteAllText(file, content);
        Assert.Equal(TimeSpan.Zero, Embargo.Remaining(_it.Origin.Root));
    }

    [Fact]
    public void Moments_of_this_boot_do_not_depend_on_the_clock()
    {
        Embargo.Begin(_it.Origin.Root, TimeSpan.FromMinutes(1));
        string file = Assert.Single(Directory.GetFiles(Path.Combine(_it.Cache, "hosts")));
        string boot = ProcessIdentity.Current.BootId;
        Assert.SkipWhen(boot.Length == 0, "there is no boot id here");
        long now = Stopwatch.GetTimestamp();
        File.WriteAllText(file, FormattableString.Invariant($"{{\"boot\":\"{boot}\",\"ticks\":{now},\"utc\":\"2001-01-01T00:00:00Z\",\"seconds\":60}}"));
        Assert.True(Embargo.Remaining(_it.Origin.Root) > TimeSpan.FromSeconds(30));
        long later = now + 3600 * Stopwatch.Frequency;
        File.WriteAllText(file, FormattableString.Invariant($"{{\"boot\":\"{boot}\",\"ticks\":{later},\"utc\":\"2001-01-01T00:00:00Z\",\"seconds\":60}}"));
        Assert.Equal(TimeSpan.Zero, Embargo.Remaining(_it.Origin.Root));
    }

    [Fact]
    public void A_shorter_one_does_not_end_a_longer_one_and_other_ports_are_free()
    {
        Embargo.Begin(_it.Origin.Root, TimeSpan.FromMinutes(5));
        Embargo.Begin(_it.Origin.Root, TimeSpan.FromSeconds(1));
        Assert.True(Embargo.Remaining(_it.Origin.Root) > TimeSpan.FromMinutes(4));
        Assert.Equal(TimeSpan.Zero, Embargo.Remaining(new Uri("http://127.0.0.1:1/")));
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
