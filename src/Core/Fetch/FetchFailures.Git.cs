using System;
using ProcessDedup.Messages;

namespace ProcessDedup.Fetch;

/// <summary>Texts about repositories.</summary>
internal static partial class FetchFailures
{
    public static FetchException RepositoryAddressInvalid(string address, string reason) => new(
        FetchError.FetchUriInvalid, Public(address), Message.Of(Key.FetchRepositoryAddressInvalidCause, Public(address), reason),
        Message.Of(Key.FetchRepositoryAddressInvalidNext));

    public static FetchException ForgeUrlInvalid(string setting) => new(
        FetchError.FetchOptionsInvalid, setting, Message.Of(Key.FetchForgeUrlInvalidCause, setting),
        Message.Of(Key.FetchForgeUrlInvalidNext));

    public static FetchException RefNotFound(string display, string? reference) => new(
        FetchError.GitRefNotFound, display,
        reference is null
            ? Message.Of(Key.FetchRefNotFoundEmptyCause, display)
            : Message.Of(Key.FetchRefNotFoundCause, display, Shown(reference)),
        Message.Of(Key.FetchRefNotFoundNext));

    /// <summary>A forge says the same of what is not there and of what may not be seen.</summary>
    public static FetchException RefNotFoundOrHidden(string display, string reference, FetchException e) => new(
        FetchError.GitRefNotFound, display,
        Message.Of(Key.FetchRefNotFoundOrHiddenCause, display, Shown(reference), e.Cause),
        Message.Of(Key.FetchRefNotFoundOrHiddenNext), e)
    {
        StatusCode = e.StatusCode,
    };

    public static FetchException CommitNotFound(string display, string commit, string said) => new(
        FetchError.GitRefNotFound, display,
        Message.Of(Key.FetchCommitNotFoundCause, display, commit, said.Length > 0 ? ": " + said : string.Empty),
        Message.Of(Key.FetchCommitNotFoundNext));

    public static FetchException AnswerNotUnderstood(string display, string reason, Exception? inner = null) => new(
        FetchError.GitFailed, display, Message.Of(Key.FetchAnswerNotUnderstoodCause, display, reason),
        Message.Of(Key.FetchAnswerNotUnderstoodNext), inner);

    public static FetchException GitStalled(string display, TimeSpan inactivity, bool isTooLate) => new(
        FetchError.FetchStalled, display,
        isTooLate
            ? Message.Of(Key.FetchGitStalledTooLateCause, display)
            : Message.Of(Key.FetchGitStalledCause, display, Math.Ceiling(inactivity.TotalSeconds)),
        Message.Of(Key.FetchGitStalledNext));

    public static FetchException Git(string display, FetchError error, string said)
    {
        string next = error switch
        {
            FetchError.FetchAccessDenied => Message.Of(Key.FetchGitAccessDeniedNext),
            FetchError.FetchConnectionFailed => Message.Of(Key.FetchGitConnectionFailedNext),
            FetchError.FetchNotFound => Message.Of(Key.FetchGitNotFoundNext),
            FetchError.StoreDiskFull => Message.Of(Key.FetchGitDiskFullNext),
            _ => Message.Of(Key.FetchGitOtherNext),
        };
        return new FetchException(error, display, Message.Of(Key.FetchGitCause, display, said), next);
    }

    public static FetchException SubmoduleInvalid(string display, string path, string reason) => new(
        FetchError.GitFailed, display, Message.Of(Key.FetchSubmoduleInvalidCause, Shown(path), display, reason),
        Message.Of(Key.FetchSubmoduleInvalidNext));

    public static FetchException LfsContentInvalid(string display, string file, string oid) => new(
        FetchError.GitFailed, display, Message.Of(Key.FetchLfsContentInvalidCause, Shown(file), display, oid),
        Message.Of(Key.FetchLfsContentInvalidNext));
}
