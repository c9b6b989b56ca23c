using System;
using ProcessDedup.Fetch.Http;
using ProcessDedup.Messages;
using ProcessDedup.Platform;

namespace ProcessDedup.Fetch.Git;

/// <summary>How a run of git ended.</summary>
/// <param name="ExitCode">Zero: well.</param>
/// <param name="Output">What it wrote, unless that went elsewhere.</param>
/// <param name="Errors">The end of what it said besides.</param>
internal sealed record GitOutcome(int ExitCode, string Output, string Errors)
{
    private const int MostCharactersShown = 300;

    // git has no error codes; with LC_ALL=C its words, curl's and ssh's have been these for many years.
    private static readonly (FetchError Error, string Words)[] Meanings =
    [
        (FetchError.StoreDiskFull, "No space left on device"),
        (FetchError.FetchRateLimited, "The requested URL returned error: 429"),
        (FetchError.FetchAccessDenied, "Authentication failed"),
        (FetchError.FetchAccessDenied, "could not read Username"),
        (FetchError.FetchAccessDenied, "could not read Password"),
        (FetchError.FetchAccessDenied, "Permission denied"),
        (FetchError.FetchAccessDenied, "Host key verification failed"),
        (FetchError.FetchAccessDenied, "The requested URL returned error: 401"),
        (FetchError.FetchAccessDenied, "The requested URL returned error: 403"),
        (FetchError.FetchConnectionFailed, "Could not resolve"),
        (FetchError.FetchConnectionFailed, "unable to look up"),
        (FetchError.FetchConnectionFailed, "Failed to connect"),
        (FetchError.FetchConnectionFailed, "unable to connect"),
        (FetchError.FetchConnectionFailed, "Couldn't connect"),
        (FetchError.FetchConnectionFailed, "Connection refused"),
        (FetchError.FetchConnectionFailed, "Connection reset"),
        (FetchError.FetchConnectionFailed, "Connection timed out"),
        (FetchError.FetchConnectionFailed, "Connection closed"),
        (FetchError.FetchConnectionFailed, "Empty reply from server"),
        (FetchError.FetchConnectionFailed, "unexpected disconnect"),
        (FetchError.FetchConnectionFailed, "early EOF"),
        (FetchError.FetchConnectionFailed, "The requested URL returned error: 5"),
        (FetchError.FetchNotFound, "does not appear to be a git repository"),
        (FetchError.FetchNotFound, "does not exist"),
        (FetchError.FetchNotFound, "repository not exported"),
        (FetchError.FetchNotFound, "The requested URL returned error: 404"),
    ];

    public bool IsGood => ExitCode == 0;

    /// <summary>What kind of failure its words mean.</summary>
    public FetchError Error
    {
        get
        {
            foreach ((FetchError error, string words) in Meanings)
            {
                if (Errors.Contains(words, StringComparison.OrdinalIgnoreCase))
                    return error;
            }

            // "fatal: repository 'http://…/' not found" is how git reports 404.
            return Errors.Contains("fatal: repository '", StringComparison.Ordinal) && Errors.Contains("' not found", StringComparison.Ordinal)
                ? FetchError.FetchNotFound
                : FetchError.GitFailed;
        }
    }

    /// <summary>The line that tells most, without secrets: a server may send back what it was sent.</summary>
    public string Said(SentSecrets? secrets)
    {
        string best = string.Empty;
        foreach (string line in Errors.Split('\n', '\r'))
        {
            string text = line.Trim();
            if (text.StartsWith("fatal:", StringComparison.Ordinal) || text.StartsWith("error:", StringComparison.Ordinal) || best.Length == 0)
                best = text;
        }

        if (secrets?.AppearIn(best) == true)
            return "(something that repeats what must not be shown)";

        string clean = RedactedCommandLine.Sanitize(best).TrimEnd('.', ' ');
        if (clean.Length == 0)
            clean = "nothing, but ended with code " + ExitCode.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return Shortened.To(clean, MostCharactersShown);
    }
}
