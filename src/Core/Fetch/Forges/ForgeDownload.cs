using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using ProcessDedup.Fetch.Http;
using ProcessDedup.Store;

namespace ProcessDedup.Fetch.Forges;

/// <summary>Asks a forge by HTTP, with all that belongs to it: retries, patience, logins, resumption.</summary>
internal sealed class ForgeDownload(FetchContext context)
{
    // The list of all references of a large repository takes some megabytes.
    private const long LongestAnswer = 64L << 20;

    private const string AcceptHeader = "Accept";

    private bool _hasLoggedIn;

    /// <summary>Who asks, as a hash: see <see cref="HttpFetch.IdentityOf"/>.</summary>
    public string IdentityAt(Uri uri) => HttpFetch.IdentityOf(Source(uri, null), () => context.Store.Salt);

    /// <summary>Does the forge tell this caller what it tells everybody? Asked before and after it was asked.</summary>
    public bool IsAnonymousAt(Uri uri) => !_hasLoggedIn && Source(uri, null).IsAnonymous;

    /// <summary>Gets a small answer.</summary>
    /// <param name="uri">What to ask.</param>
    /// <param name="accept">Which form is wanted; null for any.</param>
    /// <param name="key">Of the answer.</param>
    /// <param name="validators">What is known of an earlier one.</param>
    /// <param name="metadata">Of this one.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>Null: the earlier one still holds.</returns>
    public string? Read(Uri uri, string? accept, string key, HttpMetadata? validators, out HttpMetadata metadata, CancellationToken cancellation)
    {
        using PartialDownload part = new PartialDownloads(context.Store.Layout.Directory).Claim(key);
        HttpAnswer answer = Run(Source(uri, accept), part, LongestAnswer, validators, cancellation);
        metadata = answer.Metadata;
        if (answer.IsNotModified)
            return null;
        string text = Encoding.UTF8.GetString(File.ReadAllBytes(part.DataPath));
        part.Take();
        return text;
    }

    /// <summary>Gets an archive into a part.</summary>
    public HttpAnswer Fetch(Uri uri, PartialDownload part, CancellationToken cancellation) =>
        Run(Source(uri, null), part, context.Request.MaxBytes, null, cancellation);

    private HttpAnswer Run(HttpSource source, PartialDownload part, long? most, HttpMetadata? validators, CancellationToken cancellation)
    {
        FetchRequest request = context.Request;
        var limits = new HttpLimits
        {
            InactivityTimeout = request.InactivityTimeout,
            MaxBytes = most,
            MaxAttempts = request.MaxAttempts,
            Deadline = context.Deadline,
            OnCooldown = request.IgnoreCooldown ? CooldownAction.Ignore : CooldownAction.Wait,
        };
        try
        {
            return HttpDownload.Run(source, limits, validators, [], part, request.Activity, cancellation);
        }
        finally
        {
            _hasLoggedIn |= source.HasLoggedIn;
        }
    }

    private HttpSource Source(Uri uri, string? accept)
    {
        FetchRequest request = context.Request;
        bool isChosen = request.Headers.Any(h => string.Equals(h.Key, AcceptHeader, StringComparison.OrdinalIgnoreCase));
        IReadOnlyList<KeyValuePair<string, string>> headers = accept is null || isChosen
            ? request.Headers
            : [.. request.Headers, new KeyValuePair<string, string>(AcceptHeader, accept)];
        return new HttpSource(uri, headers, request.Credential, request.Proxy, HttpAccess.Of(request));
    }
}
