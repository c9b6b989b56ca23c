using System;
using System.IO;
using System.Threading.Tasks;
using ProcessDedup.Fetch;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Flight;

/// <summary>The origin as a proxy: it answers for a host that does not exist.</summary>
public sealed class ProxyTests : IDisposable
{
    private const string Elsewhere = "http://nowhere.invalid/a";

    private readonly Caching _it = new();

    public void Dispose() => _it.Dispose();

    private FetchResult Get(string proxy) => _it.Cache.Get(new FetchRequest(Elsewhere) { Proxy = new Uri(proxy), MaxAttempts = 1 });

    [Fact]
    public void A_proxy_is_asked_in_place_of_the_host()
    {
        _it.Origin.Serve("/a", "by proxy"u8.ToArray());
        Assert.Equal("by proxy", File.ReadAllText(Get(_it.Origin.Root.AbsoluteUri).Path));
        Assert.Equal("nowhere.invalid", Assert.Single(_it.Origin.Requests).Headers["Host"]);
    }

    [Fact]
    public void The_environment_names_the_proxy()
    {
        _it.Origin.Serve("/a", "by proxy"u8.ToArray());
        using Peer peer = Peer.Run(_it.Place, "env", $"http_proxy={_it.Origin.Root}", Programs.FetchPeer, "get", "--read", Elsewhere);
        peer.Expect("READY").Say("go");
        Assert.Null(Assert.Single(Caching.AnswersOf(peer)).ErrorId);
        Assert.Equal(1, _it.Origin.Count("/a"));
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData("", false)]
    [InlineData("localhost", true)]
    [InlineData("*", true)]
    [InlineData("example.org, localhost", true)]
    [InlineData("example.org", false)]
    [InlineData("127.0.0.0/8", false)]
    public void NO_PROXY_counts_for_a_proxy_on_the_command_line_as_with_curl(string? list, bool isDirect)
    {
        Assert.SkipWhen(Programs.Find("curl") is null, "curl is not installed");
        using var proxy = new Origin();
        string url = $"http://localhost:{_it.Origin.Root.Port}/a";
        _it.Origin.Serve("/a", "direct"u8.ToArray());
        proxy.Serve("/a", "by proxy"u8.ToArray());
        string[] environment = ["-u", "no_proxy", "-u", "NO_PROXY", .. list is null ? Array.Empty<string>() : [$"NO_PROXY={list}"]];
        using Peer curl = Peer.Run(_it.Place, "env", [.. environment, "curl", "-s", "--proxy", proxy.Root.AbsoluteUri, url]);
        Assert.Equal(isDirect ? "direct" : "by proxy", curl.Finish().Output);
        using Peer ours = Peer.Run(
            _it.Place, "env", [.. environment, Programs.Procdedup, "fetch", url, "--proxy", proxy.Root.AbsoluteUri, "--out", _it.Place.File("a")]);
        Assert.Equal(0, ours.Finish().Code);
        Assert.Equal(isDirect ? "direct" : "by proxy", File.ReadAllText(_it.Place.File("a")));
    }

    [Fact]
    public void The_login_of_a_proxy_is_sent_to_it_and_shown_to_nobody()
    {
        _it.Origin.Handle("/a", context =>
        {
            if (context.Request.Headers.ProxyAuthorization.Count == 0)
            {
                context.Response.StatusCode = 407;
                context.Response.Headers.ProxyAuthenticate = "Basic realm=\"proxy\"";
                return Task.CompletedTask;
            }

            return context.Response.Body.WriteAsync("let in"u8.ToArray()).AsTask();
        });
        string withLogin = $"http://me:pr0xysecret@127.0.0.1:{_it.Origin.Root.Port}";
        Assert.Equal("let in", File.ReadAllText(Get(withLogin).Path));
        foreach (string file in Directory.GetFiles(_it.Place.Home, "*", SearchOption.AllDirectories))
            Assert.DoesNotContain("pr0xysecret", File.ReadAllText(file), StringComparison.Ordinal);
    }

    [Fact]
    public void A_proxy_that_wants_a_login_says_how_to_give_one()
    {
        _it.Origin.Handle("/a", context =>
        {
            context.Response.StatusCode = 407;
            context.Response.Headers.ProxyAuthenticate = "Basic realm=\"proxy\"";
            return Task.CompletedTask;
        });
        FetchException failure = Assert.Throws<FetchException>(() => Get(_it.Origin.Root.AbsoluteUri));
        Assert.Equal((FetchError.FetchAccessDenied, 407), (failure.Error, failure.StatusCode));
        Assert.Contains("proxy", failure.NextStep, StringComparison.OrdinalIgnoreCase);
    }
}
