using System;
using System.Collections.Generic;
using System.IO;
using ProcessDedup.Fetch.Http;
using ProcessDedup.Fetch.Revisions;
using ProcessDedup.Messages;
using ProcessDedup.Store;

namespace ProcessDedup.Fetch.Git;

/// <summary>
/// A repository and what is wanted of it: <c>git+https://host/path?ref=main&amp;rev=…</c>. Holds secrets;
/// <see cref="Url"/> and <see cref="Display"/> do not.
/// </summary>
internal sealed class GitSource
{
    private const string Prefix = "git+";

    /// <exception cref="FetchException">FetchUriInvalid, FetchOptionsInvalid</exception>
    public GitSource(string address, FetchRequest request)
    {
        IReadOnlyDictionary<string, string> query = AddressQuery.Split(address, out string start, "ref", "rev");
        (Ref, Commit) = AddressQuery.Wanted(address, Value(query, "ref"), Value(query, "rev"));
        string text = start.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) ? start.Substring(Prefix.Length) : start;
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? uri))
            throw FetchFailures.RepositoryAddressInvalid(address, Message.Of(Key.ReasonMalformed));
        IsFile = uri.Scheme == "file";
        IsSsh = uri.Scheme == "ssh";
        bool isHttp = HttpSource.IsHttp(uri);
        Check(address, request, uri, isHttp);
        Url = uri.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped).TrimEnd('/');
        // A login there tells no secret, but is not shown all the same.
        User = IsSsh && uri.UserInfo.Length > 0 ? uri.UserInfo : null;
        Server = IsFile ? null : uri.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped);
        if (isHttp)
        {
            Http = new HttpSource(uri, request.Headers, request.Credential, request.Proxy, HttpAccess.Of(request));
            // git then asks netrc, its credential helpers and askpass for this user's password.
            User = Http.UserName is null ? null : uri.UserInfo;
        }

        CaFile = Full(request.CaFile);
        Certificate = Full(request.ClientCertificate);
        CertificateKey = Full(request.ClientKey);
        string shown = uri.Scheme == "git" ? Url : Prefix + Url;
        Display = FetchFailures.Shown(shown + Query(Ref, Commit));
        DisplayOfCommit = commit => FetchFailures.Shown(shown + Query(null, commit));
    }

    /// <summary>For git: no user info, no query.</summary>
    public string Url { get; }

    /// <summary>What the repository is called: the end of its path without ".git".</summary>
    public string Name => FetchFailures.Shown(Uri.UnescapeDataString(
        Path.GetFileName(Url).EndsWith(".git", StringComparison.Ordinal) ? Path.GetFileNameWithoutExtension(Url) : Path.GetFileName(Url)));

    /// <summary>Its scheme, host and port; null for a file.</summary>
    public string? Server { get; }

    public bool IsFile { get; }

    public bool IsSsh { get; }

    /// <summary>The login for ssh, or the name without a password for http, as the address has it.</summary>
    public string? User { get; }

    /// <summary>Full path of a PEM file with authorities; null for git's own.</summary>
    public string? CaFile { get; }

    /// <summary>Full path of a PEM file with the client certificate; null for none.</summary>
    public string? Certificate { get; }

    /// <summary>Full path of its key; null if it is in the same file.</summary>
    public string? CertificateKey { get; }

    // git runs in another directory.
    private static string? Full(string? path) => path is null ? null : System.IO.Path.GetFullPath(path);

    /// <summary>Who asks, for http.</summary>
    public HttpSource? Http { get; }

    /// <summary>The branch or tag; null for the default branch.</summary>
    public string? Ref { get; }

    /// <summary>The commit, if the caller knows it.</summary>
    public string? Commit { get; }

    public string Display { get; }

    public Func<string, string> DisplayOfCommit { get; }

    /// <summary>Who asks, as a hash: see <see cref="HttpFetch.IdentityOf"/>.</summary>
    public string IdentityIn(CacheStore store) => Http is not null ? HttpFetch.IdentityOf(Http, () => store.Salt)
        : User is not null ? ContentHash.HexOf(User)
        : string.Empty;

    private void Check(string address, FetchRequest request, Uri uri, bool isHttp)
    {
        if (!IsFile && uri.Host.Length == 0)
            throw FetchFailures.RepositoryAddressInvalid(address, Message.Of(Key.ReasonNamesNoHost));
        if (IsFile && uri.IsUnc && !Platform.OperatingSystemKind.IsWindows)
            throw FetchFailures.RepositoryAddressInvalid(address, Message.Of(Key.ReasonFileHasNoHostWriteGit));
        // git and ssh would take it for an option (CVE-2017-1000117).
        if (uri.Host.StartsWith('-') || uri.UserInfo.StartsWith('-'))
            throw FetchFailures.RepositoryAddressInvalid(address, Message.Of(Key.ReasonHostOrLoginCannotBeginWith));
        if (!isHttp && uri.UserInfo.Contains(':'))
            throw FetchFailures.RepositoryAddressInvalid(address, Message.Of(Key.ReasonOnlyHttpTakesPasswordForSsh));
        if (!isHttp && !IsSsh && uri.UserInfo.Length > 0)
            throw FetchFailures.RepositoryAddressInvalid(address, Message.Of(Key.ReasonThisSchemeKnowsNoLogin));
        if (!isHttp && (request.Credential is not null || request.Headers.Count > 0))
        {
            throw FetchFailures.LoginNeedsHttp(address);
        }
    }

    private static string? Value(IReadOnlyDictionary<string, string> query, string name) =>
        query.TryGetValue(name, out string? value) ? value : null;

    private static string Query(string? reference, string? commit) => (reference, commit) switch
    {
        (null, null) => string.Empty,
        (null, _) => "?rev=" + commit,
        (_, null) => "?ref=" + reference,
        _ => $"?ref={reference}&rev={commit}",
    };
}
