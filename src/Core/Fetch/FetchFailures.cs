using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using ProcessDedup.Fetch.Http;
using ProcessDedup.Platform;
using ProcessDedup.Store;

namespace ProcessDedup.Fetch;

/// <summary>Every text that tells of a failed fetch: the thing, the cause, the next step.</summary>
internal static partial class FetchFailures
{
    public static FetchException HashInvalid(string text, string reason) => new(
        FetchError.FetchHashInvalid, Shown(text), $"'{Shown(text)}' is not a hash that can be checked: {reason}.",
        "Give a SHA-256 as 64 hexadecimal digits, or a hash such as sha512-… as package lock files have it.");

    public static FetchException NewerVersion(string directory, int found, int known) => new(
        FetchError.StoreNewerVersion, directory,
        string.Format(
            CultureInfo.InvariantCulture,
            "The cache in '{0}' was made by a newer version of ProcessDedup: its layout is {1}, this version knows {2}.", directory, found, known),
        "Update ProcessDedup, or give this version a directory of its own with PROCESSDEDUP_HOME.");

    public static FetchException NotACache(string directory, string file) => new(
        FetchError.StoreUnsafe, directory,
        $"'{directory}' is not a cache of ProcessDedup: '{file}' holds something else.",
        "Choose another directory with PROCESSDEDUP_HOME, or move that file away if the rest is a cache.");

    public static FetchException UriInvalid(string text, string reason) => new(
        FetchError.FetchUriInvalid, Public(text), $"'{Public(text)}' is not an address: {reason}.",
        "Give an address such as https://example.org/tool.tar.gz, file:///srv/tool.zip or github:owner/repo.");

    public static FetchException SchemeUnsupported(string text, string scheme) => new(
        FetchError.FetchSchemeUnsupported, Public(text), $"No fetcher knows the scheme '{Shown(scheme)}' of '{Public(text)}'.",
        "Use http, https, file, git+https, git+ssh, git+file, github, gitlab or sourcehut; or fetch it yourself in a block: Get-CachedFetch -Key NAME -ScriptBlock { param($staging) … }.");

    public static FetchException OptionsInvalid(string target, string cause, string next) =>
        new(FetchError.FetchOptionsInvalid, target, cause, next);

    public static FetchException Offline(string display) => new(
        FetchError.FetchOffline, display, $"'{display}' is not in the cache, and the network may not be asked.",
        "Fetch it once without -Offline (procdedup: --offline).");

    /// <summary>What came is not what was expected.</summary>
    public static FetchException HashMismatch(string display, ContentHash expected, ContentHash found, string what, string quarantine) => new(
        FetchError.FetchHashMismatch, display,
        $"'{display}' has the hash {found}, but {expected} was expected. What came is {what}; it is kept in '{quarantine}'.",
        "If the new content is right, change the expected hash; else the source has been changed or answers with an error page.");

    public static FetchException SourceMissing(string display, string path) => new(
        FetchError.FetchNotFound, display, $"The file '{path}' does not exist.", "Check the path; a file address has three slashes: file:///srv/tool.zip.");

    public static FetchException SourceUnreadable(string display, string path, string reason) => new(
        FetchError.FetchAccessDenied, display, $"The file '{path}' cannot be read: {reason}.", "Give the path of a regular file that may be read.");

    public static FetchException ProducerFailed(string display, string cause, Exception? inner = null) => new(
        FetchError.ProducerFailed, display, $"The block that makes '{display}' failed: {cause.TrimEnd('.')}.", "Nothing was published. Mend the block and ask again.", inner);

    public static FetchException ResultDamaged(string directory, Exception inner) => new(
        FetchError.StoreUnsafe, directory, $"The result in '{directory}' is damaged: {inner.Message}",
        "Test-FetchCache (procdedup cache verify) removes it; then it is made anew.", inner);

    public static FetchException StoreDamaged(string path, string what) => new(
        FetchError.StoreUnsafe, path, $"In the cache '{path}' is damaged: {what} is not what it was.",
        "Test-FetchCache (procdedup cache verify) puts it aside; then it is got or made anew.");

    public static FetchException Vanished(string display, string directory) => new(
        FetchError.StoreUnsafe, display, $"'{display}' was stored in '{directory}' and is not there any more: something else removes files from the cache.",
        "Leave the cache to Clear-FetchCache (procdedup cache prune), or choose another directory with PROCESSDEDUP_HOME.");

    /// <summary>Every address failed.</summary>
    public static FetchException AllMirrorsFailed(string display, IReadOnlyList<FetchException> failures)
    {
        FetchException last = failures[failures.Count - 1];
        return new FetchException(
            last.Error, display,
            string.Format(
                CultureInfo.InvariantCulture, "'{0}' and its mirrors, {1} addresses together, all failed: {2}",
                display, failures.Count, string.Join(" ", failures.Select(f => f.Cause))),
            last.NextStep, last)
        {
            StatusCode = last.StatusCode,
        };
    }

    public static FetchException FileTooLarge(string display, long length, long most) => new(
        FetchError.FetchTooLarge, display,
        $"'{display}' has {ByteCount.Describe(length)}, and at most {ByteCount.Describe(most)} are allowed.",
        "Allow more with -MaxBytes (procdedup: --max-bytes).");

    /// <summary>Translates what .NET said about a file of the store.</summary>
    public static FetchException FromIo(string target, string path, Exception e) =>
        FromPlatform(target, ManagedFailures.Translate("write", path, e));

    /// <summary>Translates what the system said about a file of the store.</summary>
    public static FetchException FromPlatform(string target, PlatformException e)
    {
        (FetchError error, string next) = e.Fault switch
        {
            PlatformFault.NoSpace => (FetchError.StoreDiskFull, "Free space (Clear-FetchCache, procdedup cache prune), or choose another directory with PROCESSDEDUP_HOME."),
            PlatformFault.ReadOnly => (FetchError.StoreReadOnly, "Choose a writable directory with PROCESSDEDUP_HOME."),
            PlatformFault.AccessDenied => (FetchError.StoreAccessDenied, "Ask for the rights, or choose another directory with PROCESSDEDUP_HOME."),
            _ => (FetchError.StoreIoError, "See the system's error for the cause."),
        };
        return new FetchException(error, target, $"'{target}' could not be stored: {e.Path}: {e.Cause}.", next, e);
    }

    /// <summary>
    /// An address without what may be secret: no query, no user info. Of a text that is no address nothing is known, so
    /// whatever stands before an "@" counts as a login, as a login may hold "?" and "#".
    /// </summary>
    internal static string Public(string address)
    {
        if (Uri.TryCreate(address, UriKind.Absolute, out Uri? uri) && uri.Host.Length > 0 && HttpSource.IsHttp(uri))
            return HttpSource.Show(uri);
        int login = address.LastIndexOf('@');
        int scheme = address.IndexOf("://", StringComparison.Ordinal);
        string bare = login < 0 ? address
            : scheme >= 0 && scheme < login ? address.Substring(0, scheme + 3) + address.Substring(login + 1)
            : "***" + address.Substring(login);
        int query = bare.IndexOfAny(['?', '#']);
        return Shown(query < 0 ? bare : bare.Substring(0, query) + "?***");
    }

    /// <summary>A key of the caller's choice: people take addresses for keys, too.</summary>
    internal static string PublicName(string name) =>
        name.IndexOf("://", StringComparison.Ordinal) >= 0 ? Public(name) : RedactedCommandLine.Sanitize(name);

    /// <summary>A text of somebody else's, fit for a terminal.</summary>
    internal static string Shown(string text)
    {
        string clean = RedactedCommandLine.Sanitize(text);
        return clean.Length <= 200 ? clean : clean.Substring(0, 199) + "…";
    }
}
