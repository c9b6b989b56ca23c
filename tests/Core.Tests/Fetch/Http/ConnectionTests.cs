using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using ProcessDedup.Fetch;
using ProcessDedup.Fetch.Http;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Fetch.Http;

/// <summary>Addresses that do not answer, and servers that do not speak.</summary>
public sealed class ConnectionTests : IDisposable
{
    private readonly Downloading _it = new();
    private readonly List<Socket> _sockets = [];

    public void Dispose()
    {
        _sockets.ForEach(s => s.Dispose());
        _it.Dispose();
    }

    /// <summary>An address at which a SYN is never answered, as behind a firewall: the queue of its listener is full.</summary>
    private int Deaf(IPAddress address, int port = 0)
    {
        var listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(address, port));
        listener.Listen(0);
        _sockets.Add(listener);
        var place = (IPEndPoint)listener.LocalEndPoint!;
        for (int i = 0; i < 3; i++)
        {
            var filler = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
            _sockets.Add(filler);
            try
            {
                filler.Connect(place);
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
            {
                // It is on its way into the queue.
            }
        }

        return place.Port;
    }

    [Fact]
    public void A_name_with_a_dead_AAAA_record_is_reached_by_IPv4()
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6 && Environment.IsPrivilegedProcess && File.Exists("/usr/bin/unshare"), "it needs IPv6, and /etc/hosts of its own");
        OriginFile file = _it.Origin.Serve("/a", [1, 2, 3]);
        Deaf(IPAddress.IPv6Loopback, _it.Origin.Root.Port);
        string hosts = _it.Place.File("hosts"), conf = _it.Place.File("gai.conf");
        File.WriteAllText(hosts, "::1 twofaced\n127.0.0.1 twofaced\n");
        File.WriteAllText(conf, string.Empty);
        string url = file.Url.Replace("127.0.0.1", "twofaced", StringComparison.Ordinal);
        string[] Apart(params string[] command) =>
            ["-m", "sh", "-c", "mount --bind \"$0\" /etc/hosts && exec \"$@\"", hosts, .. command];
        using Peer fetch = Peer.Run(_it.Place, "unshare", Apart(Programs.Procdedup, "fetch", "--timeout-sec", "60", "--attempts", "1", url));
        (int code, string output, string errors) = fetch.Finish();
        Assert.True(code == 0, errors);
        Assert.Equal(new byte[] { 1, 2, 3 }, File.ReadAllBytes(output));
        if (!File.Exists("/usr/bin/curl"))
            return;
        using Peer curl = Peer.Run(_it.Place, "unshare", Apart("curl", "-sf", "--max-time", "60", "-o", _it.Place.File("by-curl"), url));
        Assert.Equal(0, curl.Finish().Code);
    }

    [Fact]
    public async Task The_first_that_answers_wins_and_the_others_are_given_up()
    {
        int port = Deaf(IPAddress.Parse("127.0.0.2"));
        var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _sockets.Add(server);
        server.Bind(new IPEndPoint(IPAddress.Loopback, port));
        server.Listen();
        IPAddress[] addresses = [IPAddress.Parse("127.0.0.2"), IPAddress.Parse("127.0.0.3"), IPAddress.Loopback];
        using Socket socket = await new HostConnector(TimeSpan.FromSeconds(60)).ConnectAsync(addresses, port, CancellationToken.None);
        Assert.Equal(IPAddress.Loopback, ((IPEndPoint)socket.RemoteEndPoint!).Address);
    }

    [Fact]
    public async Task Each_address_has_its_reason()
    {
        int port = Deaf(IPAddress.Parse("127.0.0.2"));
        IPAddress[] addresses = [IPAddress.Parse("127.0.0.2"), IPAddress.Parse("127.0.0.3")];
        var failure = await Assert.ThrowsAsync<IOException>(
            () => new HostConnector(TimeSpan.FromSeconds(1)).ConnectAsync(addresses, port, CancellationToken.None));
        Assert.Contains("127.0.0.3:" + port.ToString(CultureInfo.InvariantCulture) + ": Connection refused", failure.Message, StringComparison.Ordinal);
        Assert.Contains("127.0.0.2:" + port.ToString(CultureInfo.InvariantCulture) + " did not answer within 1 s", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http")]
    [InlineData("https")]
    public void What_does_not_answer_is_never_said_to_be_canceled(string scheme)
    {
        _it.Limits = _it.Limits with { ConnectTimeout = TimeSpan.FromSeconds(0.5), MaxAttempts = 1 };
        int port = Deaf(IPAddress.Loopback);
        FetchException failure = _it.Fails(FetchError.FetchConnectionFailed, FormattableString.Invariant($"{scheme}://127.0.0.1:{port}/a"));
        Assert.Contains("did not answer within 0.5 s", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("cancel", failure.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void A_server_that_never_speaks_TLS_is_given_up_and_not_said_to_be_canceled()
    {
        _it.Limits = _it.Limits with { ConnectTimeout = TimeSpan.FromSeconds(0.5), MaxAttempts = 1 };
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _sockets.Add(listener);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        int port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        FetchException failure = _it.Fails(FetchError.FetchConnectionFailed, FormattableString.Invariant($"https://127.0.0.1:{port}/a"));
        Assert.Contains("did not come about in time", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("cancel", failure.Message, StringComparison.OrdinalIgnoreCase);
    }
}
