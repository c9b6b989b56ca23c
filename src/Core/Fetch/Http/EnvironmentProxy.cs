using System;
using System.Net;

namespace ProcessDedup.Fetch.Http;

/// <summary>
/// The proxies of http_proxy, https_proxy, all_proxy and no_proxy. Ours, as .NET's knows neither "*" nor networks nor names
/// without a leading dot in NO_PROXY, and reads the environment once a process.
/// </summary>
internal sealed class EnvironmentProxy : IWebProxy, ICredentials
{
    private readonly Uri? _http;
    private readonly Uri? _https;
    private readonly NoProxyList _without;

    private EnvironmentProxy(Uri? http, Uri? https, NoProxyList without) => (_http, _https, _without) = (http, https, without);

    /// <summary>The variables as they are now; a key for what is kept.</summary>
    public static string Text => string.Join('\n', Http(), Value("https_proxy"), Value("all_proxy"), Value("no_proxy"));

    /// <summary>Null if the environment names no proxy: then the system's settings count.</summary>
    public static EnvironmentProxy? Find()
    {
        Uri? all = Parse(Value("all_proxy"));
        Uri? http = Parse(Http()) ?? all;
        Uri? https = Parse(Value("https_proxy")) ?? all;
        return http is null && https is null ? null : new EnvironmentProxy(http, https, new NoProxyList(Value("no_proxy")));
    }

    /// <summary>A proxy of the caller's choice. NO_PROXY counts all the same, as with curl's <c>--proxy</c>.</summary>
    public static EnvironmentProxy At(Uri proxy) => new(proxy, proxy, new NoProxyList(Value("no_proxy")));

    /// <summary>What such a proxy depends on; a key for what is kept.</summary>
    public static string TextOf(Uri proxy) => $"{proxy.AbsoluteUri}\n{Value("no_proxy")}";

    /// <inheritdoc/>
    public ICredentials? Credentials
    {
        get => this;
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public Uri? GetProxy(Uri destination) => IsBypassed(destination) ? null : HttpSource.Bare(Of(destination)!);

    /// <inheritdoc/>
    public bool IsBypassed(Uri host) => Of(host) is null || _without.Covers(host);

    /// <inheritdoc/>
    NetworkCredential? ICredentials.GetCredential(Uri uri, string authType) => LoginOf(_http, uri) ?? LoginOf(_https, uri);

    private static NetworkCredential? LoginOf(Uri? proxy, Uri uri) =>
        proxy is not null && proxy.Host == uri.Host && proxy.Port == uri.Port ? HttpClients.LoginIn(proxy) : null;

    private Uri? Of(Uri destination) => destination.Scheme is "https" or "wss" ? _https : _http;

    // In a CGI program HTTP_PROXY is a header of the client's (httpoxy, CVE-2016-5385).
    private static string? Http() => Environment.GetEnvironmentVariable("GATEWAY_INTERFACE") is null
        ? Value("http_proxy")
        : Environment.GetEnvironmentVariable("http_proxy");

    private static string? Value(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } lower ? lower : Environment.GetEnvironmentVariable(name.ToUpperInvariant());

    private static Uri? Parse(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        string address = text.Contains("://", StringComparison.Ordinal) ? text.Trim() : "http://" + text.Trim();
        // In .NET's SOCKS 5 the proxy resolves the name anyway.
        if (address.StartsWith("socks5h://", StringComparison.OrdinalIgnoreCase))
            address = string.Concat("socks5://", address.AsSpan("socks5h://".Length));
        return Uri.TryCreate(address, UriKind.Absolute, out Uri? proxy) && proxy.Host.Length > 0 ? proxy : null;
    }
}
