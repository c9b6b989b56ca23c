using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using ProcessDedup.Messages;

namespace ProcessDedup.Fetch.Http;

/// <summary>From an address to a plan: which sources, under which key.</summary>
internal static class HttpFetch
{
    public static CachedContent Get(FetchContext context, FetchAddress address)
    {
        FetchRequest request = context.Request;
        var access = HttpAccess.Of(request);
        var sources = new List<HttpSource> { new(HttpUri(address), request.Headers, request.Credential, request.Proxy, access) };
        // What lets somebody in at the first address is nobody else's business.
        sources.AddRange(request.Mirrors.Select(mirror => new HttpSource(HttpUri(FetchAddress.Parse(mirror)), proxy: request.Proxy, access: access.WithoutLogin)));
        string key = Store.ContentHash.HexOf("http\n" + sources[0].Uri.AbsoluteUri + "\n" + IdentityOf(sources[0], () => context.Store.Salt));
        return context.Fly(new HttpPlan(context, key, sources, FailureScopeOf(request, sources[0], () => context.Store.Salt)));
    }

    /// <summary>
    /// Whoever logs in with another password, or asks for other content, does not fail because this one did.
    /// </summary>
    private static string FailureScopeOf(FetchRequest request, HttpSource source, Func<byte[]> salt)
    {
        string scope = FormattableString.Invariant(
            $"{request.Expected}\n{string.Join("\n", request.Mirrors)}\n{request.Proxy}\n{request.CaFile}\n{request.MaxAttempts}\n{request.InactivityTimeout}");
        // A redirect may lead to a host that netrc knows: with another file it is another login.
        string logins = (source.Credential?.Password ?? string.Empty) + "\n" + Netrc.Text();
        return logins.Length > 1 ? Keyed(salt, scope + "\n" + logins) : Store.ContentHash.HexOf(scope);
    }

    private static Uri HttpUri(FetchAddress address) => address.Kind == AddressKind.Http
        ? address.Uri!
        : throw FetchFailures.UriInvalid(address.Text, Message.Of(Key.ReasonMirrorsAreForHttpAndHttps));

    /// <summary>
    /// Who asks, as far as the answer may depend on it: nobody gets from the cache what was given to somebody else. A
    /// keyed hash, as a plain one of a short secret could be found by trying.
    /// </summary>
    internal static string IdentityOf(HttpSource source, Func<byte[]> salt)
    {
        NetworkCredential? login = source.Credential
            ?? (source.Headers.Any(h => string.Equals(h.Key, "Authorization", StringComparison.OrdinalIgnoreCase)) ? null : source.LoginAt(source.Uri, isHome: true));
        if (login is null && source.Headers.Count == 0 && source.Access.IsAnonymous)
            return string.Empty;
        var text = new StringBuilder(source.Access.Identity);
        // The name alone: passwords and tokens of one user come and go.
        if (login is { } credential)
            text.Append("user\n").Append(credential.Domain).Append('\n').Append(credential.UserName).Append('\n');
        foreach (KeyValuePair<string, string> header in source.Headers.OrderBy(h => h.Key, StringComparer.OrdinalIgnoreCase))
            text.Append(header.Key.ToLowerInvariant()).Append(':').Append(header.Value).Append('\n');
        return Keyed(salt, text.ToString());
    }

    private static string Keyed(Func<byte[]> salt, string text)
    {
        using var keyed = new HMACSHA256(salt());
        return Store.ContentHash.ToHex(keyed.ComputeHash(Encoding.UTF8.GetBytes(text)));
    }
}
