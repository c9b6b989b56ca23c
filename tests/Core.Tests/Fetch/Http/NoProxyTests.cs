using System;
using System.IO;
using System.Linq;
using ProcessDedup.Fetch.Http;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Fetch.Http;

/// <summary>Which addresses NO_PROXY keeps from the proxy: asked of our list, and of curl with the same words.</summary>
public sealed class NoProxyTests : IDisposable
{
    private readonly TestDirectory _place = new();
    private readonly Origin _proxy = new();

    public void Dispose()
    {
        _proxy.Dispose();
        _place.Dispose();
    }

    // The last column: curl 7.88 knows no ports, and gets this network of IPv6 wrong.
    [Theory]
    [InlineData("*", "http://example.test/", true)]
    [InlineData("example.test", "http://example.test/", true)]
    [InlineData("example.test", "http://www.example.test/", true)]
    [InlineData("example.test", "http://EXAMPLE.TEST./", true)]
    [InlineData(".example.test", "http://example.test/", true)]
    [InlineData(".example.test", "http://www.example.test/", true)]
    [InlineData("ample.test", "http://example.test/", false)]
    [InlineData("www.example.test", "http://example.test/", false)]
    [InlineData("other.test, example.test", "http://example.test:81/", true)]
    [InlineData("other.test example.test", "http://example.test/", true)]
    [InlineData("", "http://example.test/", false)]
    [InlineData("127.0.0.0/8", "http://127.1.2.3/", true)]
    [InlineData("127.0.0.0/8", "http://126.1.2.3/", false)]
    [InlineData("192.168.4.0/22", "http://192.168.7.9/", true)]
    [InlineData("192.168.4.0/22", "http://192.168.8.9/", false)]
    [InlineData("10.0.0.1", "http://10.0.0.1/", true)]
    [InlineData("10.0.0.1", "http://10.0.0.11/", false)]
    [InlineData("::1", "http://[::1]/", true)]
    [InlineData("fd00::/8", "http://[fd12::1]/", true, false)]
    [InlineData("fd00::/8", "http://[fe80::1]/", false)]
    [InlineData("127.0.0.0/8", "http://localhost.test/", false)]
    [InlineData("example.test:8080", "http://example.test:8080/", true, false)]
    [InlineData("example.test:8080", "http://example.test/", false, false)]
    [InlineData("*.example.test", "http://a.example.test/", false)]
    public void Names_networks_and_the_star_count_as_with_curl(string list, string url, bool isCovered, bool isAskedOfCurl = true)
    {
        Assert.Equal(isCovered, new NoProxyList(list).Covers(new Uri(url)));
        if (!isAskedOfCurl || !File.Exists("/usr/bin/curl"))
            return;
        // What does not go to the proxy goes to a port where nothing listens.
        var uri = new Uri(url);
        using Peer curl = Peer.Run(
            _place, "env", "http_proxy=" + _proxy.Root, "no_proxy=" + list, "curl", "-s", "-o", "/dev/null", "--max-time", "60",
            "--connect-to", $"{uri.Host.TrimEnd('.')}:{uri.Port}:127.0.0.1:1", "--connect-to", $"::127.0.0.1:1", url);
        curl.Finish();
        Assert.Equal(!isCovered, _proxy.Requests.Any());
    }

    [Fact]
    public void The_environment_as_it_is_now_counts()
    {
        OriginFile file = _proxy.Serve("/a", [1]);
        string elsewhere = "http://nowhere.invalid/a";
        (int code, string errors) Fetch(params string[] environment)
        {
            using Peer peer = Peer.Run(_place, "env", [.. environment, Programs.Procdedup, "fetch", "--max-age-sec", "0", "--attempts", "1", elsewhere]);
            (int exit, _, string said) = peer.Finish();
            return (exit, said);
        }

        Assert.Equal((0, string.Empty), Fetch("http_proxy=" + _proxy.Root));
        Assert.Equal((0, string.Empty), Fetch("all_proxy=" + _proxy.Root.Authority));
        Assert.Equal((0, string.Empty), Fetch("http_proxy=" + _proxy.Root, "no_proxy=other.invalid,127.0.0.0/8"));
        Assert.NotEqual(0, Fetch("http_proxy=" + _proxy.Root, "no_proxy=invalid").code);
        Assert.NotEqual(0, Fetch("http_proxy=" + _proxy.Root, "NO_PROXY=*").code);
        Assert.Equal(3, _proxy.Count(new Uri(file.Url).AbsolutePath));
    }
}
