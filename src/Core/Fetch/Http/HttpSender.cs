using System;
using System.Collections.Generic;
using System.Net.Http;
using System.Threading;
using ProcessDedup.Messages;

namespace ProcessDedup.Fetch.Http;

/// <summary>Sends a request and follows redirects, without carrying secrets to where they do not belong.</summary>
internal sealed class HttpSender(HttpSource source, HttpLimits limits, HostEmbargo embargo, CancellationToken cancelled)
{
    private const string Agent = "ProcessDedup/0.1";

    private readonly CookieJar _cookies = new(source.Secrets);

    private HttpClient Client(bool isHome) =>
        HttpClients.For(source.Proxy, limits.ConnectTimeout, isHome ? source.Access : source.Access.WithoutLogin);

    /// <summary>The answer, whatever its status, unless that is a redirect.</summary>
    /// <param name="conditions">Range and preconditions for an address: a validator of one means nothing at another.</param>
    /// <param name="method">GET if it is not given.</param>
    /// <exception cref="HttpAttemptException">No answer came, or the redirects lead astray.</exception>
    public HttpExchange Send(Func<Uri, IReadOnlyList<KeyValuePair<string, string>>> conditions, HttpMethod? method = null)
    {
        Uri uri = source.Uri;
        bool isHome = true;
        DateTimeOffset begun = default;
        TimeSpan? chain = null;
        for (int hops = 0; ; hops++)
        {
            HttpRequestMessage request = Request(method ?? HttpMethod.Get, source, uri, isHome, conditions(uri));
            string identity = embargo.IdentityOf(source, request);
            if (limits.OnCooldown != CooldownAction.Ignore)
                embargo.Wait(uri, identity, limits.OnCooldown == CooldownAction.Fail ? TimeSpan.Zero : limits.Deadline.Remaining, cancelled);
            if (hops == 0)
                begun = DateTimeOffset.UtcNow;
            // After the identity: a session's cookie tells no user from another.
            _cookies.AddTo(request, uri);
            HttpExchange exchange = SendOnce(Client(isHome), request, identity, uri, begun);
            if (exchange.Head.Status is not (301 or 302 or 303 or 307 or 308) || exchange.Head["Location"] is not { } location)
            {
                exchange.RedirectLifetime = chain;
                return exchange;
            }

            chain = Shorter(chain, Freshness.OfRedirect(exchange.Head, begun));
            exchange.Dispose();
            if (hops >= limits.MaxRedirects)
            {
                throw new HttpAttemptException(
                    FetchError.FetchTooManyRedirects,
                    Message.Of(Key.ReasonRedirectedMoreThanTimes, limits.MaxRedirects), false)
                {
                    Status = exchange.Head.Status,
                };
            }

            Uri target = Target(uri, location, exchange.Head.Status);
            // A token for one origin is none for another, and once away nothing brings it back: whoever answers there
            // decides where it goes next.
            isHome = isHome && target.Scheme == uri.Scheme && target.Port == uri.Port
                && string.Equals(target.IdnHost, uri.IdnHost, StringComparison.OrdinalIgnoreCase);
            uri = target;
        }
    }

    private static TimeSpan? Shorter(TimeSpan? a, TimeSpan? b) => a is null || b < a ? b : a;

    private HttpExchange SendOnce(HttpClient client, HttpRequestMessage made, string identity, Uri uri, DateTimeOffset begun)
    {
        using HttpRequestMessage request = made;
        var watch = new InactivityWatch(limits.InactivityTimeout, limits.Deadline, cancelled);
        try
        {
            HttpResponseMessage response = client
                .SendAsync(request, HttpCompletionOption.ResponseHeadersRead, watch.Token).GetAwaiter().GetResult();
            watch.Moved();
            // The token of Negotiate, which the client itself has added.
            source.Secrets.Add(request.Headers.Authorization?.Parameter);
            _cookies.Take(response, uri);
            return new HttpExchange(response, uri, begun, watch, cancelled) { Identity = identity };
        }
        catch (Exception e)
        {
            Exception? failure = HttpExchange.IsOfTransport(e)
                ? HttpExchange.Failure(e, watch, uri, hasHead: false, cancelled)
                : null;
            watch.Dispose();
            if (failure is not null)
                throw failure;
            throw;
        }
    }

    /// <summary>A request as all are made here.</summary>
    /// <param name="method">What is to be done.</param>
    /// <param name="source">Who is asked, and what it takes to be let in.</param>
    /// <param name="uri">The address, perhaps of a redirect.</param>
    /// <param name="isHome">The source's headers and credential may be sent there.</param>
    /// <param name="conditions">Further headers.</param>
    public static HttpRequestMessage Request(
        HttpMethod method, HttpSource source, Uri uri, bool isHome, IReadOnlyList<KeyValuePair<string, string>> conditions)
    {
        var request = new HttpRequestMessage(method, uri);
        source.Secrets.AddQuery(uri);
        foreach (KeyValuePair<string, string> header in isHome ? source.Headers : [])
            request.Headers.TryAddWithoutValidation(header.Key, header.Value);
        foreach (KeyValuePair<string, string> condition in conditions)
            request.Headers.TryAddWithoutValidation(condition.Key, condition.Value);
        request.Headers.TryAddWithoutValidation("Accept-Encoding", "identity");
        if (!request.Headers.Contains("User-Agent"))
            request.Headers.TryAddWithoutValidation("User-Agent", Agent);
        if (!request.Headers.Contains("Accept"))
            request.Headers.TryAddWithoutValidation("Accept", "*/*");
        if (!request.Headers.Contains("Authorization")
            && source.LoginAt(uri, isHome) is { } credential)
        {
            source.HasLoggedIn = true;
            source.Secrets.AddLogin(credential);
            request.Headers.TryAddWithoutValidation("Authorization", "Basic " + HttpSource.BasicToken(credential));
        }

        return request;
    }

    internal static Uri Target(Uri from, string location, int status)
    {
        if (!Uri.TryCreate(from, HeaderText.Read(location), out Uri? target) || !HttpSource.IsHttp(target) || target.Host.Length == 0)
            throw Astray(Message.Of(Key.ReasonRedirectedToWhatIsNoHttp), status);
        if (from.Scheme == "https" && target.Scheme != "https")
            throw Astray(Message.Of(Key.ReasonRedirectedFromHttpsToWhichEverybody, HttpSource.Show(target)), status);
        return HttpSource.Bare(target);
    }

    private static HttpAttemptException Astray(string cause, int status) =>
        new(FetchError.FetchRedirectInvalid, cause, false) { Status = status };
}
