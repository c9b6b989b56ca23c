using System;

namespace ProcessDedup.Fetch.Git;

/// <summary>
/// Does a repository give everybody what it gives this user? git logs in by itself where the user's settings tell it how: where
/// they tell it anything of the kind, the answer is no.
/// </summary>
internal static class GitAnonymity
{
    // Helpers that know logins, addresses that are replaced by others, headers, cookies and certificates that are sent.
    private const string Settings =
        @"^(credential\..*|url\..*\.(insteadof|pushinsteadof)|http\.(.*\.)?(extraheader|cookiefile|sslcert|sslkey|emptyauth|delegation|proactiveauth)|include.*)$";

    /// <summary>Asks git for its settings.</summary>
    public static bool IsFor(FetchContext context, GitSource source, string display)
    {
        // ssh always logs in, and a file is of this machine.
        if (source.Http is not { IsAnonymous: true } || !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("GIT_SSL_CERT")))
            return false;
        GitOutcome found = new GitProgram(context, source).Run(display, "config", "--includes", "--name-only", "--get-regexp", Settings);
        // 1: there is none.
        return found is { ExitCode: 1, Output.Length: 0 };
    }
}
