using System;
using System.Collections.Generic;
using System.IO;
using ProcessDedup.Fetch;
using ProcessDedup.Fetch.Http;
using ProcessDedup.Messages;
using ProcessDedup.Platform;
using ProcessDedup.Store;

namespace ProcessDedup.Substituters;

internal enum SubstituterKind
{
    Directory,
    Http,
    S3,
}

/// <summary>Where an S3 bucket is.</summary>
internal sealed record S3Place(string Bucket, string Prefix, Uri? Endpoint, string? Region, bool IsPathStyle);

/// <summary>The address of a substituter, understood. May hold a login; <see cref="Display"/> does not.</summary>
internal sealed class SubstituterAddress
{
    private SubstituterAddress(SubstituterKind kind, string display, string identity, bool isTrusted)
    {
        Kind = kind;
        Display = display;
        Id = ContentHash.HexOf(identity).Substring(0, 32);
        IsTrusted = isTrusted;
    }

    public SubstituterKind Kind { get; }

    /// <summary>Fit to be shown.</summary>
    public string Display { get; }

    /// <summary>The same for all who mean this substituter as the same user; fit for a file name.</summary>
    public string Id { get; }

    /// <summary>It needs no signatures.</summary>
    public bool IsTrusted { get; }

    /// <summary>Full path of a directory.</summary>
    public string Path { get; private set; } = string.Empty;

    /// <summary>With a slash at its end; with user info.</summary>
    public Uri? Uri { get; private set; }

    public S3Place? S3 { get; private set; }

    /// <exception cref="FetchException"><see cref="FetchError.SubstituterInvalid"/></exception>
    public static SubstituterAddress Parse(string text)
    {
        if (string.IsNullOrWhiteSpace(text))
            throw FetchFailures.SubstituterInvalid(text ?? string.Empty, Message.Of(Key.ReasonEmpty));
        text = text.Trim();
        foreach (char c in text)
        {
            if (char.IsControl(c))
                throw Invalid(text, Message.Of(Key.ReasonContainsControlCharacter));
        }

        int scheme = text.IndexOf("://", StringComparison.Ordinal);
        if (scheme < 0)
        {
            // A path of that name would be found out late.
            string first = text.Substring(0, Math.Max(0, text.IndexOf(':'))).ToLowerInvariant();
            return first is "http" or "https" or "s3" or "file"
                ? throw Invalid(text, Message.Of(Key.ReasonAfterItsSchemeComeTwoSlashes)) : OfPath(text);
        }

        return text.Substring(0, scheme).ToLowerInvariant() switch
        {
            "http" or "https" => OfHttp(text),
            "file" => OfFileUri(text),
            "s3" => OfS3(text, scheme + 3),
            _ => throw Invalid(text, Message.Of(Key.ReasonSchemeIsNotHttpHttpsS3)),
        };
    }

    private static FetchException Invalid(string text, string reason) =>
        FetchFailures.SubstituterInvalid(FetchFailures.Public(text), reason);

    // A path may hold a question mark; only exactly this is no part of it.
    private static SubstituterAddress OfPath(string text)
    {
        const string trusted = "?trusted=true";
        const string untrusted = "?trusted=false";
        bool isTrusted = text.EndsWith(trusted, StringComparison.Ordinal);
        string path = isTrusted ? text.Substring(0, text.Length - trusted.Length)
            : text.EndsWith(untrusted, StringComparison.Ordinal) ? text.Substring(0, text.Length - untrusted.Length)
            : text;
        return OfDirectory(text, path, isTrusted);
    }

    private static SubstituterAddress OfDirectory(string text, string path, bool isTrusted)
    {
        try
        {
            string full = System.IO.Path.GetFullPath(path);
            return new SubstituterAddress(SubstituterKind.Directory, FetchFailures.Shown(full), "directory\n" + full, isTrusted) { Path = full };
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException or PathTooLongException)
        {
            throw Invalid(text, Message.Of(Key.ReasonNoPath));
        }
    }

    private static SubstituterAddress OfFileUri(string text)
    {
        Dictionary<string, string> options = Options(text, out string bare, "trusted");
        if (!System.Uri.TryCreate(bare, UriKind.Absolute, out Uri? uri) || !uri.IsFile || (uri.IsUnc && !OperatingSystemKind.IsWindows))
            throw Invalid(text, Message.Of(Key.ReasonFileAddressHasThreeSlashesAs));
        return OfDirectory(text, uri.LocalPath, Flag(text, options, "trusted"));
    }

    private static SubstituterAddress OfHttp(string text)
    {
        Dictionary<string, string> options = Options(text, out string bare, "trusted");
        if (!System.Uri.TryCreate(bare, UriKind.Absolute, out Uri? uri) || uri.Host.Length == 0)
            throw Invalid(text, Message.Of(Key.ReasonMalformed));
        if (!uri.AbsolutePath.EndsWith('/'))
            uri = new UriBuilder(uri) { Path = uri.AbsolutePath + "/" }.Uri;
        string user = uri.UserInfo.IndexOf(':') is int colon and >= 0 ? uri.UserInfo.Substring(0, colon) : uri.UserInfo;
        Uri shown = HttpSource.Bare(uri);
        return new SubstituterAddress(
            SubstituterKind.Http, HttpSource.Show(shown).TrimEnd('/'), "http\n" + shown.AbsoluteUri + "\n" + user, Flag(text, options, "trusted"))
        {
            Uri = uri,
        };
    }

    private static SubstituterAddress OfS3(string text, int begin)
    {
        Dictionary<string, string> options = Options(text, out string bare, "trusted", "endpoint", "region", "pathStyle");
        string rest = bare.Substring(begin);
        int slash = rest.IndexOf('/');
        string bucket = slash < 0 ? rest : rest.Substring(0, slash);
        string prefix = slash < 0 ? string.Empty : System.Uri.UnescapeDataString(rest.Substring(slash + 1)).Trim('/');
        if (!IsBucket(bucket))
            throw Invalid(text, Message.Of(Key.ReasonAfterS3ComesNameOfBucket));
        Uri? endpoint = null;
        if (options.TryGetValue("endpoint", out string? given)
            && (!System.Uri.TryCreate(given, UriKind.Absolute, out endpoint) || !HttpSource.IsHttp(endpoint) || endpoint.UserInfo.Length > 0 || endpoint.Query.Length > 0))
        {
            throw Invalid(text, Message.Of(Key.ReasonEndpointIsNoHttpOrHttps));
        }

        options.TryGetValue("region", out string? region);
        string display = prefix.Length == 0 ? "s3://" + bucket : $"s3://{bucket}/{prefix}";
        return new SubstituterAddress(
            SubstituterKind.S3, FetchFailures.Shown(display), $"s3\n{endpoint?.AbsoluteUri}\n{region}\n{bucket}\n{prefix}", Flag(text, options, "trusted"))
        {
            S3 = new S3Place(bucket, prefix.Length == 0 ? string.Empty : prefix + "/", endpoint, region, Flag(text, options, "pathStyle")),
        };
    }

    // Wider than AWS has them today, as other servers have their own rules.
    private static bool IsBucket(string name)
    {
        foreach (char c in name)
        {
            if (c is not ((>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= '0' and <= '9') or '.' or '-' or '_'))
                return false;
        }

        return name.Length is >= 3 and <= 255;
    }

    // What is not known is refused rather than ignored: a misspelt "trusted" would be found out late.
    private static Dictionary<string, string> Options(string text, out string bare, params string[] known)
    {
        var options = new Dictionary<string, string>(StringComparer.Ordinal);
        if (text.Contains('#'))
            throw Invalid(text, Message.Of(Key.ReasonHasFragment));
        int question = text.IndexOf('?');
        bare = question < 0 ? text : text.Substring(0, question);
        foreach (string pair in question < 0 ? [] : text.Substring(question + 1).Split('&'))
        {
            int equals = pair.IndexOf('=');
            string name = equals < 0 ? pair : pair.Substring(0, equals);
            if (equals < 0 || Array.IndexOf(known, name) < 0 || options.ContainsKey(name))
                throw Invalid(text, Message.Of(Key.ReasonWhatMayComeOnceEachAfter, string.Join(", ", known)));
            options.Add(name, System.Uri.UnescapeDataString(pair.Substring(equals + 1)));
        }

        return options;
    }

    private static bool Flag(string text, Dictionary<string, string> options, string name) =>
        !options.TryGetValue(name, out string? value) || value == "false" ? false
        : value == "true" ? true
        : throw Invalid(text, Message.Of(Key.ReasonTrueOrFalse, name));
}
