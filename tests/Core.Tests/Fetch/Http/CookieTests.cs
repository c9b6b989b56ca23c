using System;
using System.IO;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using ProcessDedup.Fetch;
using ProcessDedup.Fetch.Http;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Fetch.Http;

public sealed class CookieTests : IDisposable
{
    private readonly Downloading _it = new();
    private readonly Origin _other = new();

    public void Dispose()
    {
        _other.Dispose();
        _it.Dispose();
    }

    /// <summary>As download pages do: without the cookie it sets one and leads to itself.</summary>
    private string NeedsCookie() => _it.Origin.Handle("/a", context =>
    {
        if (context.Request.Cookies["session"] == "s3cr3t-session")
            return context.Response.Body.WriteAsync("let in"u8.ToArray()).AsTask();
        context.Response.StatusCode = 302;
        context.Response.Headers.Append("Set-Cookie", "session=s3cr3t-session; Path=/; HttpOnly; Expires=Wed, 01 Jan 2070 00:00:00 GMT");
        context.Response.Headers.Append("Set-Cookie", "other=1; Path=/elsewhere");
        context.Response.Headers.Location = "/a";
        return Task.CompletedTask;
    });

    [Fact]
    public void A_redirect_that_needs_its_cookie_works_as_with_curl_and_wget()
    {
        string url = NeedsCookie();
        _it.Fetch(url);
        Assert.Equal("let in"u8.ToArray(), _it.Bytes);
        Assert.Equal("session=s3cr3t-session", _it.Origin.Requests[1].Headers["Cookie"]);
        foreach (string[] command in (string[][])[["curl", "-sfLb", "", "-o", _it.Place.File("curl"), url], ["wget", "-qO", _it.Place.File("wget"), url]])
        {
            if (!File.Exists("/usr/bin/" + command[0]))
                continue;
            using Peer tool = Peer.Run(_it.Place, command[0], command[1..]);
            Assert.Equal(0, tool.Finish().Code);
            Assert.Equal("let in", File.ReadAllText(_it.Place.File(command[0])));
        }
    }

    [Fact]
    public void The_next_fetch_begins_without_cookies()
    {
        string url = NeedsCookie();
        _it.Fetch(url);
        _it.Fetch(url);
        Assert.Equal(4, _it.Origin.Requests.Count);
        Assert.False(_it.Origin.Requests[2].Headers.ContainsKey("Cookie"));
    }

    [Fact]
    public void A_cookie_stays_with_its_host_and_beside_those_of_the_caller()
    {
        _other.Handle("/b", context => context.Response.Body.WriteAsync("b"u8.ToArray()).AsTask());
        string url = _it.Origin.Handle("/a", context =>
        {
            context.Response.StatusCode = 302;
            context.Response.Headers.Append("Set-Cookie", "session=s3cr3t-session; Path=/");
            context.Response.Headers.Append("Set-Cookie", "stolen=1; Domain=example.org");
            context.Response.Headers.Location = context.Request.Cookies.ContainsKey("session") ? _other.Url("/b").Replace("127.0.0.1", "localhost", StringComparison.Ordinal) : "/a";
            return Task.CompletedTask;
        });
        _it.Fetch(new HttpSource(new Uri(url), [new("Cookie", "mine=1")]));
        Assert.Equal("mine=1; session=s3cr3t-session", _it.Origin.Requests[1].Headers["Cookie"]);
        Assert.False(Assert.Single(_other.Requests).Headers.ContainsKey("Cookie"));
    }

    [Fact]
    public void A_cookie_that_a_page_repeats_is_not_shown()
    {
        string url = _it.Origin.Handle("/a", context =>
        {
            context.Response.StatusCode = 302;
            context.Response.Headers.Append("Set-Cookie", "session=s3cr3t-session; Path=/");
            context.Response.Headers.Location = "/b";
            return Task.CompletedTask;
        });
        _it.Origin.Handle("/b", context =>
        {
            context.Response.StatusCode = 404;
            context.Response.ContentType = "text/plain";
            return context.Response.Body.WriteAsync(System.Text.Encoding.UTF8.GetBytes("You sent " + context.Request.Headers.Cookie)).AsTask();
        });
        Assert.DoesNotContain("s3cr3t", _it.Fails(FetchError.FetchNotFound, url).ToString(), StringComparison.Ordinal);
    }
}
