using System;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Http;
using System.Threading;

namespace ProcessDedup.Fetch.Http;

/// <summary>The connections of this process: one client for each proxy, kept, so that connections are used again.</summary>
internal static class HttpClients
{
    private static readonly ConcurrentDictionary<(string Proxy, TimeSpan Connect), HttpClient> Kept = new();

    /// <param name="proxy">Null for the one that the environment names, if any.</param>
    /// <param name="connectTimeout">Zero for none.</param>
    public static HttpClient For(Uri? proxy, TimeSpan connectTimeout) =>
        Kept.GetOrAdd((proxy?.AbsoluteUri ?? string.Empty, connectTimeout), key => new HttpClient(Handler(proxy, key.Connect))
        {
            // The inactivity timeout watches instead: a large body may take its time.
            Timeout = Timeout.InfiniteTimeSpan,
        });

    private static SocketsHttpHandler Handler(Uri? proxy, TimeSpan connectTimeout)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = connectTimeout > TimeSpan.Zero ? connectTimeout : Timeout.InfiniteTimeSpan,
            // A name may lead elsewhere after a while.
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            // A body that is given up is cut off, not read to its end beside the thread that still reads it.
            MaxResponseDrainSize = 0,
            ResponseDrainTimeout = TimeSpan.Zero,
        };
        if (proxy is not null)
            handler.Proxy = ProxyAt(proxy);
        return handler;
    }

    private static WebProxy ProxyAt(Uri proxy)
    {
        var web = new WebProxy(HttpSource.Bare(proxy));
        int colon = proxy.UserInfo.IndexOf(':');
        if (colon > 0)
        {
            web.Credentials = new NetworkCredential(
                Uri.UnescapeDataString(proxy.UserInfo.Substring(0, colon)), Uri.UnescapeDataString(proxy.UserInfo.Substring(colon + 1)));
        }

        return web;
    }
}
