using System;
using System.Collections.Generic;
using System.Linq;
using ProcessDedup.Fetch.Http;
using ProcessDedup.Messages;
using ProcessDedup.Platform;
using ProcessDedup.Store;

namespace ProcessDedup.Fetch;

/// <summary>Every text that tells of a failed fetch: the thing, the cause, the next step.</summary>
internal static partial class FetchFailures
{
    public static FetchException HashInvalid(string text, string reason) => new(
        FetchError.FetchHashInvalid, Shown(text), Message.Of(Key.FetchHashInvalidCause, Shown(text), reason),
        Message.Of(Key.FetchHashInvalidNext));

    public static FetchException NewerVersion(string directory, int found, int known) => new(
        FetchError.StoreNewerVersion, directory,
        Message.Of(Key.FetchNewerVersionCause, directory, found, known),
        Message.Of(Key.FetchNewerVersionNext));

    public static FetchException NotACache(string directory, string file) => new(
        FetchError.StoreUnsafe, directory,
        Message.Of(Key.FetchNotACacheCause, directory, file),
        Message.Of(Key.FetchNotACacheNext));

    public static FetchException UriInvalid(string text, string reason) => new(
        FetchError.FetchUriInvalid, Public(text), Message.Of(Key.FetchUriInvalidCause, Public(text), reason),
        Message.Of(Key.FetchUriInvalidNext));

    public static FetchException SchemeUnsupported(string text, string scheme) => new(
        FetchError.FetchSchemeUnsupported, Public(text), Message.Of(Key.FetchSchemeUnsupportedCause, Shown(scheme), Public(text)),
        Message.Of(Key.FetchSchemeUnsupportedNext));

    public static FetchException ResultTooLarge(string name, long size, long most) => new(
        FetchError.FetchTooLarge, name, Message.Of(Key.FetchResultTooLargeCause, name, ByteCount.Describe(size), ByteCount.Describe(most)),
        Message.Of(Key.FetchResultTooLargeNext));

    public static FetchException Offline(string display) => new(
        FetchError.FetchOffline, display, Message.Of(Key.FetchOfflineCause, display),
        Message.Of(Key.FetchOfflineNext));

    /// <summary>What came is not what was expected.</summary>
    public static FetchException HashMismatch(string display, ContentHash expected, ContentHash found, string what, string quarantine) => new(
        FetchError.FetchHashMismatch, display,
        Message.Of(Key.FetchHashMismatchCause, display, found, expected, what, quarantine),
        Message.Of(Key.FetchHashMismatchNext));

    public static FetchException SourceMissing(string display, string path) => new(
        FetchError.FetchNotFound, display, Message.Of(Key.FetchSourceMissingCause, path), Message.Of(Key.FetchSourceMissingNext));

    public static FetchException SourceUnreadable(string display, string path, string reason) => new(
        FetchError.FetchAccessDenied, display, Message.Of(Key.FetchSourceUnreadableCause, path, reason), Message.Of(Key.FetchSourceUnreadableNext));

    public static FetchException ProducerFailed(string display, string cause, Exception? inner = null) => new(
        FetchError.ProducerFailed, display, Message.Of(Key.FetchProducerFailedCause, display, cause.TrimEnd('.')), Message.Of(Key.FetchProducerFailedNext), inner);

    /// <summary>As above, with the last lines that the block had printed.</summary>
    public static FetchException BlockFailed(string display, string cause, IReadOnlyCollection<string> lines, Exception? inner = null) => new(
        FetchError.ProducerFailed, display,
        lines.Count == 0 ? Message.Of(Key.FetchProducerFailedCause, display, cause.TrimEnd('.'))
        : Message.Of(Key.FetchBlockFailedCause, display, cause.TrimEnd('.'), string.Join(" | ", lines)),
        Message.Of(Key.FetchBlockFailedNext), inner);

    public static FetchException ResultDamaged(string directory, Exception inner) => new(
        FetchError.StoreUnsafe, directory, Message.Of(Key.FetchResultDamagedCause, directory, inner.Message),
        Message.Of(Key.FetchResultDamagedNext), inner);

    public static FetchException StoreDamaged(string path, string what) => new(
        FetchError.StoreUnsafe, path, Message.Of(Key.FetchStoreDamagedCause, path, what),
        Message.Of(Key.FetchStoreDamagedNext));

    public static FetchException Vanished(string display, string directory) => new(
        FetchError.StoreUnsafe, display, Message.Of(Key.FetchVanishedCause, display, directory),
        Message.Of(Key.FetchVanishedNext));

    /// <summary>Every address failed.</summary>
    public static FetchException AllMirrorsFailed(string display, IReadOnlyList<FetchException> failures)
    {
        FetchException last = failures[failures.Count - 1];
        return new FetchException(
            last.Error, display,
            Message.Of(Key.FetchAllMirrorsFailedCause, display, failures.Count, string.Join(" ", failures.Select(f => f.Cause))),
            last.NextStep, last)
        {
            StatusCode = last.StatusCode,
        };
    }

    public static FetchException FileTooLarge(string display, long length, long most) => new(
        FetchError.FetchTooLarge, display,
        Message.Of(Key.FetchFileTooLargeCause, display, ByteCount.Describe(length), ByteCount.Describe(most)),
        Message.Of(Key.FetchFileTooLargeNext));

    /// <summary>Translates what .NET said about a file of the store.</summary>
    public static FetchException FromIo(string target, string path, Exception e) =>
        FromPlatform(target, ManagedFailures.Translate("write", path, e));

    /// <summary>Translates what the system said about a file of the store.</summary>
    public static FetchException FromPlatform(string target, PlatformException e)
    {
        (FetchError error, string next) = e.Fault switch
        {
            PlatformFault.NoSpace => (FetchError.StoreDiskFull, Message.Of(Key.FetchFromPlatformNoSpaceNext)),
            PlatformFault.ReadOnly => (FetchError.StoreReadOnly, Message.Of(Key.FetchFromPlatformReadOnlyNext)),
            PlatformFault.AccessDenied => (FetchError.StoreAccessDenied, Message.Of(Key.FetchFromPlatformAccessDeniedNext)),
            _ => (FetchError.StoreIoError, Message.Of(Key.FetchFromPlatformOtherNext)),
        };
        return new FetchException(error, target, Message.Of(Key.FetchFromPlatformCause, target, e.Path, e.Cause), next, e);
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
            : scheme >= 0 && scheme < login ? string.Concat(address.AsSpan(0, scheme + 3), address.AsSpan(login + 1))
            : string.Concat("***", address.AsSpan(login));
        int query = bare.IndexOfAny(['?', '#']);
        return Shown(query < 0 ? bare : string.Concat(bare.AsSpan(0, query), "?***"));
    }

    /// <summary>A key of the caller's choice: people take addresses for keys, too.</summary>
    internal static string PublicName(string name) =>
        name.Contains("://", StringComparison.Ordinal) ? Public(name) : RedactedCommandLine.Sanitize(name);

    /// <summary>A text of somebody else's, fit for a terminal.</summary>
    internal static string Shown(string text)
    {
        string clean = RedactedCommandLine.Sanitize(text);
        return Shortened.To(clean, 200);
    }
}
