using System;
using System.IO;
using ProcessDedup.Fetch;
using ProcessDedup.Fetch.Http;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Fetch.Http;

/// <summary>In other processes, as the place of the file comes from the environment.</summary>
public sealed class NetrcTests : IDisposable
{
    private readonly Downloading _it = new();

    public void Dispose() => _it.Dispose();

    [Theory]
    [InlineData("machine 127.0.0.1 login org password hunter22", "org:hunter22")]
    [InlineData("machine 127.0.0.1 login other password other22\nmachine 127.0.0.1 login org password hunter22", "org:hunter22")]
    [InlineData("machine 127.0.0.1 login pat password hunter22", "org:hunter22")]
    [InlineData("machine 127.0.0.1 password hunter22", "org:hunter22")]
    [InlineData("machine elsewhere login org password other22", "org:")]
    public void A_user_in_the_address_has_the_password_of_netrc_as_with_curl(string text, string sent)
    {
        string netrc = _it.Place.File("netrc-of-user");
        File.WriteAllText(netrc, text);
        OriginFile file = _it.Origin.Serve("/a", [1]);
        string url = file.Url.Replace("://", "://org@", StringComparison.Ordinal);
        using Peer peer = Peer.Run(_it.Place, "env", "NETRC=" + netrc, Programs.Procdedup, "fetch", url);
        Assert.Equal(0, peer.Finish().Code);
        string expected = "Basic " + Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(sent));
        Assert.Equal(expected, _it.Origin.Requests[0].Authorization);
        if (!File.Exists("/usr/bin/curl"))
            return;
        using Peer curl = Peer.Run(_it.Place, "curl", "-sf", "--netrc-file", netrc, "-o", "/dev/null", url);
        Assert.Equal(0, curl.Finish().Code);
        Assert.Equal(expected, _it.Origin.Requests[1].Authorization);
    }

    [Fact]
    public void The_login_of_netrc_is_used_and_looked_up_for_each_host()
    {
        OriginFile file = _it.Origin.Serve("/a", [1]);
        file.Login = "ann:hunter22";
        using var other = new Origin();
        // The same port under another name is another host.
        string url = other.Redirect("/b", file);
        url = url.Replace("127.0.0.1", "localhost", StringComparison.Ordinal);
        File.WriteAllText(_it.Place.File("netrc"), "machine 127.0.0.1 login ann password hunter22\n");
        using (Peer peer = Peer.Run(_it.Place, "env", $"NETRC={_it.Place.File("netrc")}", Programs.FetchPeer, "download", _it.Cache, "key", url))
            Assert.Contains("length=1", peer.Await("DONE"), StringComparison.Ordinal);
        Assert.Null(other.Requests[0].Authorization);
        Assert.NotNull(_it.Origin.Requests[0].Authorization);
    }

    [Fact]
    public void A_login_that_is_given_comes_first()
    {
        OriginFile file = _it.Origin.Serve("/a", [1]);
        file.Login = "ann:hunter22";
        _it.Fetch(new HttpSource(new Uri(file), [new("Authorization", "Basic YW5uOmh1bnRlcjIy")]));
        FetchException failure = _it.Fails(FetchError.FetchAccessDenied, file.Url);
        Assert.Contains("netrc", failure.NextStep, StringComparison.Ordinal);
    }
}
