using System;
using System.Net;
using ProcessDedup.Fetch;
using ProcessDedup.Fetch.Http;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Fetch.Http;

public sealed class RedirectTests : IDisposable
{
    private static readonly NetworkCredential Login = new("ann", "hunter22");

    private readonly Downloading _it = new();

    public void Dispose() => _it.Dispose();

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(303)]
    [InlineData(307)]
    [InlineData(308)]
    public void It_follows_with_everything_within_one_origin(int status)
    {
        OriginFile file = _it.Origin.Serve("/dir/b.bin", [1, 2, 3]);
        file.Login = "ann:hunter22";
        string url = _it.Origin.Redirect("/dir/a.bin", "b.bin", status);
        HttpAnswer answer = _it.Fetch(new HttpSource(new Uri(url), [new("X-Token", "t")], Login));
        Assert.Equal([1, 2, 3], _it.Bytes);
        Assert.Equal("t", _it.Origin.Requests[1].Headers["X-Token"]);
        Assert.Equal(("a.bin", file.Url), (answer.Metadata.FileName, answer.Metadata.FinalDisplay));
    }

    [Fact]
    public void A_place_in_raw_UTF8_is_found_as_with_curl()
    {
        _it.Origin.Serve("/r\u00e9sum\u00e9", [7]);
        string url = _it.Origin.Raw("/raw", System.Text.Encoding.UTF8.GetBytes("HTTP/1.1 302 Found\r\nLocation: /r\u00e9sum\u00e9\r\nContent-Length: 0\r\n\r\n"));
        _it.Fetch(url);
        Assert.Equal(new byte[] { 7 }, _it.Bytes);
    }

    [Fact]
    public void Nothing_secret_goes_to_another_port()
    {
        using var other = new Origin();
        string target = other.Serve("/b", [1]);
        other.Redirect("/away", _it.Origin.Serve("/home", [2]));
        foreach (string place in new[] { target, other.Url("/away") })
        {
            string url = _it.Origin.Redirect("/a", place);
            _it.Fetch(new HttpSource(
                new Uri(url), [new("X-Token", "t"), new("Cookie", "c"), new("Proxy-Authorization", "p")], Login));
        }

        OriginRequest first = _it.Origin.RequestsTo("/a")[0];
        Assert.NotNull(first.Authorization);
        Assert.Equal("t", first.Headers["X-Token"]);
        // Nor does it come back once it was away: who answers there chooses the way.
        foreach (OriginRequest request in (OriginRequest[])[.. other.Requests, .. _it.Origin.RequestsTo("/home")])
        {
            Assert.Null(request.Authorization);
            Assert.DoesNotContain("X-Token", request.Headers.Keys);
            Assert.DoesNotContain("Cookie", request.Headers.Keys);
            Assert.DoesNotContain("Proxy-Authorization", request.Headers.Keys);
        }
    }

    [Fact]
    public void A_login_of_the_caller_comes_before_those_of_the_address()
    {
        OriginFile file = _it.Origin.Serve("/a", [1]);
        file.Login = "ann:hunter22";
        var withLogin = new UriBuilder(file.Url) { UserName = "ann", Password = "hunter22" };
        _it.Fetch(new HttpSource(withLogin.Uri));
        Assert.DoesNotContain("hunter22", new HttpSource(withLogin.Uri).Display, StringComparison.Ordinal);
        FetchException failure = _it.Fails(
            FetchError.FetchAccessDenied, new HttpSource(withLogin.Uri, credential: new NetworkCredential("eve", "xyz12345")));
        Assert.DoesNotContain("xyz12345", failure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Redirects_without_end_end()
    {
        _it.Fails(FetchError.FetchTooManyRedirects, _it.Origin.RedirectForever());
        Assert.Equal(21, _it.Origin.Requests.Count);
    }

    [Theory]
    [InlineData("file:///etc/passwd")]
    [InlineData("ftp://example.org/x")]
    [InlineData("http://")]
    public void Redirects_to_other_than_http_are_refused(string location) =>
        _it.Fails(FetchError.FetchRedirectInvalid, _it.Origin.Redirect("/a", location));

    [Fact]
    public void From_https_no_redirect_leads_to_http()
    {
        var from = new Uri("https://example.org/a");
        var failure = Assert.Throws<HttpAttemptException>(() => HttpSender.Target(from, "http://example.org/b?sig=secret", 302));
        Assert.Equal((FetchError.FetchRedirectInvalid, false), (failure.Error, failure.MayPass));
        Assert.DoesNotContain("secret", failure.Message, StringComparison.Ordinal);
        Assert.Equal("https://example.org/b", HttpSender.Target(from, "//ann:pw@example.org/b#x", 302).AbsoluteUri);
    }

    [Fact]
    public void A_redirect_without_a_place_is_no_success() => _it.Fails(
        FetchError.FetchHttpStatus, _it.Origin.Handle("/a", c =>
        {
            c.Response.StatusCode = 302;
            return System.Threading.Tasks.Task.CompletedTask;
        }));

    [Fact]
    public void A_proxy_that_is_given_is_asked()
    {
        OriginFile file = _it.Origin.Serve("/a", [7]);
        // Kestrel takes the absolute form of a request, which is what a proxy gets.
        _it.Fetch(new HttpSource(new Uri("http://nowhere.invalid/a"), proxy: _it.Origin.Root));
        Assert.Equal([7], _it.Bytes);
        Assert.Equal("nowhere.invalid", _it.Origin.RequestsTo("/a")[0].Headers["Host"]);
        Assert.NotEmpty(file.Url);
    }

    [Theory]
    [InlineData("ftp://example.org/x", "FetchSchemeUnsupported")]
    [InlineData("relative", "FetchUriInvalid")]
    public void Addresses_that_are_none_of_http_are_refused(string address, string error)
    {
        var failure = Assert.Throws<FetchException>(() => new HttpSource(new Uri(address, UriKind.RelativeOrAbsolute)));
        Assert.Equal(error, failure.ErrorId);
    }

    [Theory]
    [InlineData("X-A", "a\r\nInjected: 1")]
    [InlineData("X A", "a")]
    [InlineData("Range", "bytes=1-")]
    public void Headers_that_would_harm_are_refused(string name, string value)
    {
        var failure = Assert.Throws<FetchException>(() => new HttpSource(new Uri("http://a/"), [new(name, value)]));
        Assert.Equal(FetchError.FetchOptionsInvalid, failure.Error);
    }
}
