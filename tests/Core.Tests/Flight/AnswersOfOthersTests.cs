using System;
using System.IO;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using ProcessDedup.Fetch;
using ProcessDedup.Tests.Fetch;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Flight;

/// <summary>Redirects, mirrors and servers that repeat what they were sent: none of them speaks for the address that was asked for.</summary>
public sealed class AnswersOfOthersTests : IDisposable
{
    private const string Signature = "X-Amz-Signature=51gnatur3marker";

    private readonly Caching _it = new();

    public void Dispose() => _it.Dispose();

    private FetchResult Get(string url) => _it.Cache.Get(new FetchRequest(url));

    private string Release(string path, string content)
    {
        OriginFile file = _it.Origin.Serve(path, System.Text.Encoding.UTF8.GetBytes(content));
        file.CacheControl = "max-age=31536000";
        return file.Url;
    }

    private string Latest(int status, string target, string? cacheControl, string? age = null) => _it.Origin.Handle("/latest", context =>
    {
        context.Response.StatusCode = status;
        context.Response.Headers.Location = target;
        if (cacheControl is not null)
            context.Response.Headers.CacheControl = cacheControl;
        if (age is not null)
            context.Response.Headers.Age = age;
        return Task.CompletedTask;
    });

    [Theory]
    [InlineData(302, "no-store", null)]
    [InlineData(302, null, null)]
    [InlineData(307, null, null)]
    [InlineData(303, null, null)]
    [InlineData(301, "no-cache", null)]
    [InlineData(302, "max-age=60", "60")]
    public void The_latest_release_is_looked_up_anew_although_last_years_may_be_kept_for_ever(int status, string? control, string? age)
    {
        Get(Latest(status, Release("/v1", "last year's"), control, age));
        FetchResult today = Get(Latest(status, Release("/v2", "today's"), control, age));
        Assert.Equal("today's", File.ReadAllText(today.Path));
    }

    [Theory]
    [InlineData(301, null)]
    [InlineData(308, null)]
    [InlineData(302, "max-age=3600")]
    public void A_redirect_that_may_be_kept_is_not_asked_again(int status, string? control)
    {
        string url = Latest(status, Release("/v1", "one"), control);
        Get(url);
        Assert.Equal(FetchStatus.Hit, Get(url).Status);
        Assert.Equal(1, _it.Origin.Count("/latest"));
    }

    [Fact]
    public void A_mirror_that_one_caller_chose_does_not_answer_another_caller()
    {
        OriginFile first = _it.Origin.Serve("/first", "origin"u8.ToArray());
        first.CacheControl = "max-age=3600";
        string mirror = Release("/mirror", "mirror");
        first.FailNext(1, 500);
        var mine = new FetchRequest(first.Url) { Mirrors = [mirror], MaxAttempts = 1 };
        Assert.Equal("mirror", File.ReadAllText(_it.Cache.Get(mine).Path));
        Assert.Equal(FetchStatus.Hit, _it.Cache.Get(mine).Status);
        FetchResult other = Get(first.Url);
        Assert.Equal("origin", File.ReadAllText(other.Path));
    }

    [Fact]
    public void A_mirror_does_not_stand_in_for_the_origin_when_another_caller_may_have_something_stale()
    {
        OriginFile first = _it.Origin.Serve("/first", "origin"u8.ToArray());
        string mirror = Release("/mirror", "mirror");
        first.FailNext(5, 500);
        _it.Cache.Get(new FetchRequest(first.Url) { Mirrors = [mirror], MaxAttempts = 1 });
        _it.Cache.Fails(new FetchRequest(first.Url) { MaxAttempts = 1, StaleIfError = TimeSpan.FromDays(1) }, FetchError.FetchHttpStatus);
        _it.Cache.Fails(new FetchRequest(first.Url) { Offline = true }, FetchError.FetchOffline);
    }

    [Theory]
    [InlineData(403, "text/plain", false)]
    [InlineData(500, "application/json", false)]
    [InlineData(404, "text/html", true)]
    public void What_was_sent_on_a_redirect_is_repeated_by_the_server_but_not_by_us(int status, string type, bool isCut)
    {
        // An object store names the signed address in its error page (uv#19146), perhaps with its middle left out.
        _it.Origin.Handle("/signed", async context =>
        {
            context.Response.StatusCode = status;
            context.Response.ContentType = type;
            string query = context.Request.QueryString.Value!;
            await context.Response.WriteAsync("denied: " + (isCut ? query[..^3] + "…" : query), context.RequestAborted);
        });
        string url = _it.Origin.Redirect("/a", "/signed?" + Signature);
        // So that there is something to look through.
        Get(Release("/v1", "one"));
        FetchException failure = Assert.Throws<FetchException>(() => _it.Cache.Get(new FetchRequest(url) { MaxAttempts = 1 }));
        Assert.DoesNotContain("51gnatur3", failure.ToString(), StringComparison.Ordinal);
        _it.Cache.AssertNowhere("51gnatur3");
    }

    [Fact]
    public void A_login_page_instead_of_the_expected_content_does_not_show_the_token_that_it_repeats()
    {
        _it.Origin.Handle("/a", context => context.Response.WriteAsync("Hello " + context.Request.Headers.Authorization, context.RequestAborted));
        var request = new FetchRequest(_it.Origin.Url("/a"))
        {
            Headers = [new("Authorization", "Bearer m4rk3rm4rk3r")],
            Expected = ProcessDedup.Store.ContentHash.OfSha256(new string('0', 64)),
        };
        FetchException failure = _it.Cache.Fails(request, FetchError.FetchHashMismatch);
        Assert.DoesNotContain("m4rk3r", failure.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("machine 127.0.0.1 login ann password n3trcm4rk3r\n")]
    public void The_login_of_netrc_is_repeated_by_the_server_but_not_by_us_and_another_login_does_not_share_the_failure(string netrc)
    {
        string url = _it.Origin.Handle("/a", async context =>
        {
            context.Response.StatusCode = 403;
            context.Response.ContentType = "text/plain";
            await context.Response.WriteAsync("not for " + context.Request.Headers.Authorization, context.RequestAborted);
        });
        File.WriteAllText(_it.Place.File("netrc"), netrc);
        Get(Release("/v1", "one"));
        using (Peer peer = Peer.Run(_it.Place, "env", "NETRC=" + _it.Place.File("netrc"), Programs.FetchPeer, "get", url))
        {
            peer.Expect("READY");
            peer.Say("go");
            Answer answer = Assert.Single(Caching.AnswersOf(peer));
            Assert.Equal("FetchAccessDenied", answer.ErrorId);
            Assert.DoesNotContain("n3trcm4rk3r", answer.Line, StringComparison.Ordinal);
        }

        _it.Cache.AssertNowhere("n3trcm4rk3r", Convert.ToBase64String("ann:n3trcm4rk3r"u8));
        FetchException anonymous = _it.Cache.Fails(new FetchRequest(url), FetchError.FetchAccessDenied);
        Assert.Contains("not for", anonymous.Message, StringComparison.Ordinal);
        Assert.Equal(2, _it.Origin.Count("/a"));
    }
}
