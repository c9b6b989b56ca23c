using System;
using System.Collections.Generic;
using System.Net;
using System.Text;
using ProcessDedup.Messages;

namespace ProcessDedup.Fetch.Http;

/// <summary>An HTTP address and what it takes to be let in. Holds secrets; <see cref="Display"/> does not.</summary>
internal sealed class HttpSource
{
    // The engine's own business: with these of a caller's, bytes would be misunderstood.
    private static readonly HashSet<string> Reserved = new(StringComparer.OrdinalIgnoreCase)
    {
        "Range", "If-Range", "If-None-Match", "If-Modified-Since", "If-Match", "If-Unmodified-Since", "Accept-Encoding",
        "Connection", "Content-Length", "Transfer-Encoding", "Upgrade", "TE", "Trailer", "Host", "Expect",
    };

    /// <param name="uri">Absolute, http or https; user info with a password becomes the credential if none is given.</param>
    /// <param name="headers">Sent to this scheme, host and port alone.</param>
    /// <param name="credential">Sent as Basic authentication (RFC 7617) to this scheme, host and port alone.</param>
    /// <param name="proxy">Instead of the proxy that the environment names.</param>
    /// <param name="access">Null for the usual one.</param>
    /// <exception cref="FetchException">FetchUriInvalid, FetchSchemeUnsupported, FetchOptionsInvalid</exception>
    public HttpSource(
        Uri uri,
        IReadOnlyList<KeyValuePair<string, string>>? headers = null,
        NetworkCredential? credential = null,
        Uri? proxy = null,
        HttpAccess? access = null)
    {
        if (!uri.IsAbsoluteUri)
            throw FetchFailures.UriInvalid(uri.OriginalString, Message.Of(Key.ReasonNotAbsolute));
        if (!IsHttp(uri))
            throw FetchFailures.SchemeUnsupported(Show(uri), uri.Scheme);
        if (uri.Host.Length == 0)
            throw FetchFailures.UriInvalid(Show(uri), Message.Of(Key.ReasonNamesNoHost));
        Credential = credential ?? CredentialIn(uri);
        UserName = Credential is null && uri.UserInfo.Length > 0 ? Uri.UnescapeDataString(uri.UserInfo) : null;
        Uri = Bare(uri);
        Proxy = proxy;
        Access = access ?? HttpAccess.Usual;
        Headers = headers ?? [];
        foreach (KeyValuePair<string, string> header in Headers)
        {
            Check(header);
            Secrets.AddHeader(header.Value);
        }

        Secrets.AddQuery(Uri);
        Secrets.AddLogin(Credential);
        // Some put a token there.
        Secrets.Add(UserName);
    }

    /// <summary>Without user info and fragment.</summary>
    public Uri Uri { get; }

    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; }

    public NetworkCredential? Credential { get; }

    /// <summary>The user that the address names without a password (<c>org@host</c>); null if it names none, or both.</summary>
    public string? UserName { get; }

    /// <summary>Who logs in at an address: what was given, else netrc's entry, else the name alone, as curl does.</summary>
    /// <param name="uri">An address on the way.</param>
    /// <param name="isHome">What was given may be sent there.</param>
    public NetworkCredential? LoginAt(Uri uri, bool isHome)
    {
        if (!isHome || (Credential is null && UserName is null))
            return Netrc.Find(uri.IdnHost);
        return Credential ?? Netrc.FindFor(UserName!, uri.IdnHost) ?? new NetworkCredential(UserName, string.Empty);
    }

    public Uri? Proxy { get; }

    /// <summary>Which servers are trusted, and the login below HTTP, which is for this scheme, host and port alone.</summary>
    public HttpAccess Access { get; }

    /// <summary>A login was shown to somebody on the way: what came may be for whoever has it alone.</summary>
    public bool HasLoggedIn { get; set; }

    /// <summary>Does it look as if everybody would get the same there?</summary>
    public bool IsAnonymous => !HasLoggedIn && Credential is null && UserName is null && Headers.Count == 0 && Access.IsAnonymous && Netrc.Find(Uri.IdnHost) is null;

    /// <summary>Fit to be shown: no user info, no fragment, no query.</summary>
    public string Display => Show(Uri);

    public static bool IsHttp(Uri uri) => uri.Scheme is "http" or "https";

    /// <summary>An address without what may be secret in it.</summary>
    public static string Show(Uri uri)
    {
        string address = uri.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);
        return FetchFailures.Shown(uri.Query.Length > 1 ? address + "?***" : address);
    }

    /// <summary>Without user info and fragment.</summary>
    public static Uri Bare(Uri uri) => uri.UserInfo.Length == 0 && uri.Fragment.Length == 0
        ? uri
        : new UriBuilder(uri) { UserName = string.Empty, Password = string.Empty, Fragment = string.Empty }.Uri;

    /// <summary>What nobody else may read: shown in no text, not even when a server sends it back.</summary>
    public SentSecrets Secrets { get; } = new();

    public static string BasicToken(NetworkCredential credential)
    {
        string user = string.IsNullOrEmpty(credential.Domain) ? credential.UserName : credential.Domain + "\\" + credential.UserName;
        return Convert.ToBase64String(Encoding.UTF8.GetBytes(user + ":" + credential.Password));
    }

    private static NetworkCredential? CredentialIn(Uri uri)
    {
        int colon = uri.UserInfo.IndexOf(':');
        return colon < 0
            ? null
            : new NetworkCredential(Uri.UnescapeDataString(uri.UserInfo.Substring(0, colon)), Uri.UnescapeDataString(uri.UserInfo.Substring(colon + 1)));
    }

    private static void Check(KeyValuePair<string, string> header)
    {
        foreach (char c in header.Key)
        {
            // token of RFC 9110 §5.6.2
            if (c is not ((>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= '0' and <= '9')) && "!#$%&'*+-.^_`|~".IndexOf(c) < 0)
                throw FetchFailures.HeaderInvalid(header.Key, Message.Of(Key.ReasonNameHasCharacterThatNoHeader));
        }

        if (header.Key.Length == 0)
            throw FetchFailures.HeaderInvalid(header.Key, Message.Of(Key.ReasonNameIsEmpty));
        if (Reserved.Contains(header.Key))
            throw FetchFailures.HeaderInvalid(header.Key, Message.Of(Key.ReasonSetByDownloadItself));
        if (header.Value is null)
            throw FetchFailures.HeaderInvalid(header.Key, Message.Of(Key.ReasonHasNoValue));
        foreach (char c in header.Value)
        {
            if (c is '\r' or '\n' or '\0')
                throw FetchFailures.HeaderInvalid(header.Key, Message.Of(Key.ReasonValueHasMoreThanOneLine));
        }
    }
}
