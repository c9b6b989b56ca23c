using System;
using System.Globalization;

namespace ProcessDedup.Fetch;

/// <summary>Texts about repositories.</summary>
internal static partial class FetchFailures
{
    public static FetchException RepositoryAddressInvalid(string address, string reason) => new(
        FetchError.FetchUriInvalid, Public(address), $"'{Public(address)}' is not the address of a repository: {reason}.",
        "Give an address such as git+https://host/path?ref=main, git+file:///srv/repository?rev=(40 digits) or github:owner/repo/ref.");

    public static FetchException ForgeUrlInvalid(string setting) => new(
        FetchError.FetchOptionsInvalid, setting, $"What {setting} says is not the address of a forge.",
        "Give an http or https address without login, query and fragment, such as https://git.example.org.");

    public static FetchException RefNotFound(string display, string? reference) => new(
        FetchError.GitRefNotFound, display,
        reference is null
            ? $"'{display}' has no default branch: it is empty."
            : $"'{display}' has no branch or tag '{Shown(reference)}'.",
        "Check the name; tags and branches are told apart by case.");

    /// <summary>A forge says the same of what is not there and of what may not be seen.</summary>
    public static FetchException RefNotFoundOrHidden(string display, string reference, FetchException e) => new(
        FetchError.GitRefNotFound, display,
        $"'{display}' has no branch, tag or commit '{Shown(reference)}', or there is no such repository, or it may not be seen: {e.Cause}",
        "Check the name; for a private repository log in with -Headers, -Credential or ~/.netrc.", e)
    {
        StatusCode = e.StatusCode,
    };

    public static FetchException CommitNotFound(string display, string commit, string said) => new(
        FetchError.GitRefNotFound, display,
        $"'{display}' has no commit {commit}{(said.Length > 0 ? ": " + said : string.Empty)}.",
        "Check the hash; what was force-pushed away may be gone for good.");

    public static FetchException AnswerNotUnderstood(string display, string reason, Exception? inner = null) => new(
        FetchError.GitFailed, display, $"The answer about '{display}' was not understood: {reason}.",
        "Check that the forge is of this kind and its address right.", inner);

    public static FetchException GitStalled(string display, TimeSpan inactivity, bool isTooLate) => new(
        FetchError.FetchStalled, display,
        isTooLate
            ? $"'{display}' was not fetched: it was not done within the time allowed."
            : string.Format(CultureInfo.InvariantCulture, "'{0}' was not fetched: git said nothing for {1} s and was ended.", display, Math.Ceiling(inactivity.TotalSeconds)),
        "Try again, or allow more time.");

    public static FetchException Git(string display, FetchError error, string said)
    {
        string next = error switch
        {
            FetchError.FetchAccessDenied => "Log in with -Credential, an entry in ~/.netrc, git's credential helper or an ssh key.",
            FetchError.FetchConnectionFailed => "Check the address, the network and the proxy.",
            FetchError.FetchNotFound => "Check the address of the repository; a private one may look as if it were missing.",
            FetchError.StoreDiskFull => "Free space (Clear-FetchCache, procdedup cache prune), or choose another directory with PROCESSDEDUP_HOME.",
            _ => "See what git says for the cause.",
        };
        return new FetchException(error, display, $"'{display}' was not fetched: git says: {said}.", next);
    }
}
