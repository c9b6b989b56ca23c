using System;
using System.Collections.Generic;
using System.IO;
using System.Security.Cryptography;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using ProcessDedup.Fetch;
using ProcessDedup.Fetch.Http;
using ProcessDedup.Retry;
using ProcessDedup.Store;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Fetch.Http;

public sealed class DownloadTests : IDisposable
{
    private readonly Downloading _it = new();

    public void Dispose() => _it.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100_000)]
    [InlineData(5_000_000)]
    public void Bytes_and_hashes_are_those_of_the_origin(long length)
    {
        OriginFile file = _it.Origin.Serve("/dir/a%20b.bin", length, etag: "\"v1\"");
        HttpAnswer answer = _it.Fetch(new HttpSource(new Uri(_it.Origin.Serve("/a.bin", length, etag: "\"v1\""))), "sha512");
        Assert.Equal(file.Body.ToArray(), _it.Bytes);
        Assert.Equal(Convert.ToHexString(SHA512.HashData(_it.Bytes)).ToLowerInvariant(), answer.Hashes["sha512"].Hex);
        Assert.Equal((1, 0L, "\"v1\"", "a.bin"), (answer.Attempts, answer.Resumed, answer.Metadata.ETag, answer.Metadata.FileName));
        Assert.Equal("identity", _it.Origin.Requests[0].Headers["Accept-Encoding"]);
    }

    [Fact]
    public void A_chunked_body_comes_whole()
    {
        OriginFile file = _it.Origin.Serve("/a", 3_000_000);
        file.Chunked = true;
        _it.Fetch(file);
        Assert.Equal(file.Body.ToArray(), _it.Bytes);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_body_that_is_cut_is_continued(bool chunked)
    {
        OriginFile file = _it.Origin.Serve("/a", 5_000_000, etag: "\"v1\"").CutAt(2_000_000, times: 1);
        file.Chunked = chunked;
        HttpAnswer answer = _it.Fetch(file);
        Assert.Equal(file.Body.ToArray(), _it.Bytes);
        Assert.Equal(2, answer.Attempts);
        IReadOnlyList<OriginRequest> requests = _it.Origin.Requests;
        Assert.Equal((206, "\"v1\""), (requests[1].Status, requests[1].Headers["If-Range"]));
        Assert.StartsWith("bytes=", requests[1].Range, StringComparison.Ordinal);
        Assert.True(requests[1].BytesSent < 5_000_000);
    }

    [Fact]
    public void A_body_without_a_strong_validator_is_begun_anew()
    {
        OriginFile file = _it.Origin.Serve("/a", 500_000, etag: "W/\"v1\"").CutAt(200_000, times: 1);
        Assert.Equal(2, _it.Fetch(file).Attempts);
        Assert.Null(_it.Origin.Requests[1].Range);
        Assert.Equal(file.Body.ToArray(), _it.Bytes);
    }

    [Fact]
    public void Last_modified_serves_where_there_is_no_tag()
    {
        OriginFile file = _it.Origin.Serve("/a", 500_000).CutAt(200_000, times: 1);
        file.LastModified = DateTimeOffset.UtcNow.AddDays(-1);
        _it.Fetch(file);
        Assert.Equal(206, _it.Origin.Requests[1].Status);
        Assert.Equal(file.Body.ToArray(), _it.Bytes);
    }

    [Fact]
    public void What_has_changed_since_is_begun_anew()
    {
        OriginFile file = _it.Origin.Serve("/a", 500_000, seed: 1, etag: "\"v1\"").CutAt(200_000, times: 1);
        _it.OnRetry = () => (file.Body, file.ETag) = (new OriginBody(400_000, 2), "\"v2\"");
        HttpAnswer answer = _it.Fetch(file);
        Assert.Equal("\"v2\"", answer.Metadata.ETag);
        Assert.Equal(file.Body.ToArray(), _it.Bytes);
    }

    [Theory]
    [InlineData("Ignored", 2)]
    [InlineData("WrongStart", 3)]
    [InlineData("WrongTotal", 3)]
    [InlineData("Refused", 3)]
    internal void Wrong_answers_to_range_do_no_harm(string answerToRange, int requests)
    {
        OriginFile file = _it.Origin.Serve("/a", 500_000, etag: "\"v1\"").CutAt(200_000, times: 1);
        file.Ranges = Enum.Parse<RangeAnswer>(answerToRange);
        _it.Fetch(file);
        Assert.Equal(file.Body.ToArray(), _it.Bytes);
        Assert.Equal(requests, _it.Origin.Requests.Count);
    }

    [Fact]
    public void An_origin_that_ignores_if_range_does_no_harm()
    {
        OriginFile file = _it.Origin.Serve("/a", 500_000, seed: 1, etag: "\"v1\"").CutAt(200_000, times: 1);
        file.Ranges = RangeAnswer.IfRangeIgnored;
        _it.OnRetry = () => (file.Body, file.ETag) = (new OriginBody(500_000, 2), "\"v2\"");
        _it.Fetch(file);
        Assert.Equal(file.Body.ToArray(), _it.Bytes);
    }

    [Fact]
    public void A_part_that_is_whole_already_is_only_confirmed()
    {
        OriginFile file = _it.Origin.Serve("/a", 500_000, etag: "\"v1\"");
        var source = new HttpSource(new Uri(file));
        using (PartialDownload part = _it.Parts.Claim("key"))
            HttpDownload.Run(source, _it.Limits, null, [], part, _it, CancellationToken.None);
        HttpAnswer answer = _it.Fetch(source);
        Assert.Equal((500_000L, 416), (answer.Resumed, _it.Origin.Requests[1].Status));
        Assert.Equal(file.Body.ToArray(), _it.Bytes);
    }

    [Fact]
    public void A_part_of_another_address_is_not_continued()
    {
        OriginFile first = _it.Origin.Serve("/a", 500_000, seed: 1, etag: "\"v1\"").CutAt(200_000);
        OriginFile mirror = _it.Origin.Serve("/b", 500_000, seed: 2, etag: "\"v1\"");
        _it.Limits = _it.Limits with { MaxAttempts = 1 };
        FetchException failure = _it.Fails(FetchError.FetchTruncated, first.Url);
        Assert.Contains("1 attempt)", failure.Message, StringComparison.Ordinal);
        Assert.Equal(0, _it.Fetch(mirror).Resumed);
        Assert.Equal(mirror.Body.ToArray(), _it.Bytes);
    }

    [Fact]
    public void The_origin_confirms_what_the_caller_has()
    {
        OriginFile file = _it.Origin.Serve("/a", 1000, etag: "\"v1\"");
        file.CacheControl = "max-age=1";
        HttpMetadata first = _it.Fetch(file).Metadata;
        _it.Validators = first;
        file.CacheControl = "max-age=99";
        HttpAnswer second = _it.Fetch(file);
        Assert.True(second.IsNotModified);
        Assert.Equal(("\"v1\"", "max-age=99", "a"), (second.Metadata.ETag, second.Metadata.CacheControl, second.Metadata.FileName));
        file.ETag = "\"v2\"";
        Assert.False(_it.Fetch(file).IsNotModified);
        // A 304 for a version that the caller does not have is no confirmation.
        string confused = _it.Origin.Handle("/b", c =>
        {
            c.Response.Headers.ETag = "\"v3\"";
            c.Response.StatusCode = c.Request.Headers.IfNoneMatch.Count > 0 ? 304 : 200;
            return Task.CompletedTask;
        });
        Assert.False(_it.Fetch(confused).IsNotModified);
    }

    [Theory]
    [InlineData(404, "FetchNotFound", 1)]
    [InlineData(410, "FetchNotFound", 1)]
    [InlineData(401, "FetchAccessDenied", 1)]
    [InlineData(403, "FetchAccessDenied", 1)]
    [InlineData(418, "FetchHttpStatus", 1)]
    [InlineData(501, "FetchHttpStatus", 1)]
    [InlineData(204, "FetchHttpStatus", 1)]
    [InlineData(500, "FetchHttpStatus", 5)]
    [InlineData(408, "FetchHttpStatus", 5)]
    [InlineData(429, "FetchRateLimited", 5)]
    public void A_status_that_is_no_success_is_told(int status, string error, int requests)
    {
        string url = _it.Origin.Handle("/a", c =>
        {
            c.Response.StatusCode = status;
            return Task.CompletedTask;
        });
        FetchException failure = _it.Fails(Enum.Parse<FetchError>(error), url);
        Assert.Equal(status, failure.StatusCode);
        Assert.Equal(requests, _it.Origin.Count("/a"));
    }

    [Fact]
    public void Failures_that_pass_are_waited_for()
    {
        OriginFile file = _it.Origin.Serve("/a", 10).FailNext(2, 502).FailNext(1, 503).FailNext(1, 429, "0");
        Assert.Equal(5, _it.Fetch(file).Attempts);
        Assert.Contains("Sorry, 502", _it.Retries[0], StringComparison.Ordinal);
    }

    [Fact]
    public void An_error_page_that_repeats_a_secret_is_not_shown()
    {
        string url = _it.Origin.Handle("/a", async c =>
        {
            c.Response.StatusCode = 403;
            c.Response.ContentType = "text/plain";
            await c.Response.Body.WriteAsync(Encoding.UTF8.GetBytes("bad token hunter22 for you"));
        });
        var source = new HttpSource(new Uri(url + "?sig=abcdef"), [new("X-Token", "Bearer hunter22")]);
        FetchException failure = _it.Fails(FetchError.FetchAccessDenied, source);
        Assert.DoesNotContain("hunter22", failure.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("abcdef", failure.ToString(), StringComparison.Ordinal);
        Assert.Contains("bad token", _it.Fails(FetchError.FetchAccessDenied, url).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_reason_of_S3_is_shown_and_nothing_of_what_was_signed()
    {
        string url = _it.Origin.Handle("/a", async c =>
        {
            c.Response.StatusCode = 403;
            c.Response.ContentType = "application/xml";
            await c.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(
                """
                <?xml version="1.0" encoding="UTF-8"?>
                <Error><Code>AccessDenied</Code><Message>Request has expired &amp; gone</Message><X-Amz-Expires>3600</X-Amz-Expires>
                <StringToSign>AKIDEXAMPLE c0ffee</StringToSign><SignatureProvided>abcdef0123456789</SignatureProvided></Error>
                """));
        });
        FetchException failure = _it.Fails(FetchError.FetchAccessDenied, url + "?X-Amz-Signature=abcdef0123456789");
        Assert.Contains("AccessDenied: Request has expired & gone", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("AKID", failure.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("abcdef", failure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void More_than_is_allowed_is_refused()
    {
        OriginFile file = _it.Origin.Serve("/a", 1_000_000);
        _it.Limits = _it.Limits with { MaxBytes = 999_999 };
        _it.Fails(FetchError.FetchTooLarge, file.Url);
        file.Chunked = true;
        _it.Fails(FetchError.FetchTooLarge, file.Url);
        Assert.Equal(2, _it.Origin.Requests.Count);
        _it.Limits = _it.Limits with { MaxBytes = 1_000_000 };
        _it.Fetch(file);
    }

    [Fact]
    public void A_length_that_is_announced_too_large_is_noticed()
    {
        OriginFile file = _it.Origin.Serve("/a", 1000);
        file.AnnouncedLength = 2000;
        FetchException failure = _it.Fails(FetchError.FetchTruncated, file.Url);
        Assert.Contains("5 attempts", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_origin_that_hangs_is_given_up(bool beforeHeaders)
    {
        OriginFile file = _it.Origin.Serve("/a", 3_000_000);
        file.HangsBeforeHeaders = beforeHeaders;
        file.HangsAt = 1_000_000;
        _it.Limits = _it.Limits with { InactivityTimeout = TimeSpan.FromMilliseconds(200), MaxAttempts = 2 };
        FetchException failure = _it.Fails(FetchError.FetchStalled, file.Url);
        Assert.Contains("2 attempts", failure.Message, StringComparison.Ordinal);
        // An attempt may be over before its request has come to the origin.
        Assert.InRange(_it.Origin.Requests.Count, 0, 2);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    public async Task It_can_be_cancelled_while_nothing_comes(bool beforeHeaders, bool chunked)
    {
        using var cancel = new CancellationTokenSource();
        OriginFile file = _it.Origin.Serve("/a", 3_000_000);
        file.HangsBeforeHeaders = beforeHeaders;
        file.Chunked = chunked;
        file.Gate = new OriginGate(1_000_000);
        _it.Cancelled = cancel.Token;
        Task<HttpAnswer> fetch = Task.Factory.StartNew(() => _it.Fetch(file), TaskCreationOptions.LongRunning);
        if (beforeHeaders)
            Eventually.True(() => _it.Origin.Requests.Count == 1, "the request came");
        else
            file.Gate.WaitReached();
        cancel.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fetch.WaitAsync(Peer.Patience));
    }

    [Fact]
    public void The_deadline_ends_it()
    {
        OriginFile file = _it.Origin.Serve("/a", 10);
        file.HangsBeforeHeaders = true;
        _it.Limits = _it.Limits with { Deadline = Deadline.After(TimeSpan.FromMilliseconds(200)) };
        _it.Fails(FetchError.FetchTimedOut, file.Url);
        // The time may be up before the request has come to the origin; there is no second one.
        Assert.InRange(_it.Origin.Requests.Count, 0, 1);
    }

    [Fact]
    public void Nobody_listening_is_told()
    {
        string url = _it.Origin.Url("/a");
        _it.Origin.Dispose();
        FetchException failure = _it.Fails(FetchError.FetchConnectionFailed, url + "?secret=1");
        Assert.Contains("5 attempts", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_disk_is_no_lost_connection()
    {
        using Mounted disk = Mounted.Tmpfs(_it.Place, "size=1m");
        using PartialDownload part = new PartialDownloads(Path.Combine(disk.Point, "cache")).Claim("key");
        var source = new HttpSource(new Uri(_it.Origin.Serve("/a", 3_000_000, etag: "\"v1\"")));
        var failure = Assert.Throws<FetchException>(() =>
            HttpDownload.Run(source, _it.Limits, null, [], part, _it, CancellationToken.None));
        Assert.Equal(FetchError.StoreDiskFull, failure.Error);
        Assert.Single(_it.Origin.Requests);
    }
}
