using System;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Http;
using System.Threading;

namespace ProcessDedup.Fetch.Http;

/// <summary>The connections of this process: one client for each way to connect, kept, so that connections are used again.</summary>
internal static class HttpClients
{
    private static readonly ConcurrentDictionary<(string Proxy, TimeSpan Connect, HttpAccess Access), HttpClient> Kept = new();

    /// <param name="proxy">Null for the one that the environment names, if any.</param>
    /// <param name="connectTimeout">Zero for none.</param>
    /// <param name="access">Which servers are trusted, and the login below HTTP.</param>
    public static HttpClient For(Uri? proxy, TimeSpan connectTimeout, HttpAccess access) =>
        Kept.GetOrAdd((proxy is null ? EnvironmentProxy.Text : EnvironmentProxy.TextOf(proxy), connectTimeout, access), key => new HttpClient(Handler(proxy, key.Connect, access))
        {
            // The inactivity timeout watches instead: a large body may take its time.
            Timeout = Timeout.InfiniteTimeSpan,
        });

    private static SocketsHttpHandler Handler(Uri? proxy, TimeSpan connectTimeout, HttpAccess access)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            // One jar a fetch, not one a process: see CookieJar.
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = connectTimeout > TimeSpan.Zero ? connectTimeout + ForTls(connectTimeout) : Timeout.InfiniteTimeSpan,
            ConnectCallback = new HostConnector(connectTimeout).ConnectAsync,
            // A name may lead elsewhere after a while.
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            // A body that is given up is cut off, not read to its end beside the thread that still reads it.
            MaxResponseDrainSize = 0,
            ResponseDrainTimeout = TimeSpan.Zero,
            SslOptions = access.ToSslOptions(),
        };
        if (access.DefaultLogin is not null)
            handler.Credentials = CredentialCache.DefaultCredentials;
        if ((proxy is null ? EnvironmentProxy.Find() : EnvironmentProxy.At(proxy)) is { } chosen)
            handler.Proxy = chosen;
        return handler;
    }

    // .NET's limit includes the TLS handshake, and its message says nothing: the connector's own comes first.
    private static TimeSpan ForTls(TimeSpan connectTimeout) => connectTimeout / 2;

    /// <summary>The login in a proxy's address; null if there is none.</summary>
    public static NetworkCredential? LoginIn(Uri proxy)
    {
        int colon = proxy.UserInfo.IndexOf(':');
        return colon > 0
            ? new NetworkCredential(
                Uri.UnescapeDataString(proxy.UserInfo.Substring(0, colon)), Uri.UnescapeDataString(proxy.UserInfo.Substring(colon + 1)))
            : null;
    }
}
