using System;
using System.Globalization;
using ProcessDedup.Platform;

namespace ProcessDedup.Claims;

/// <summary>Every text that tells of a failed claim.</summary>
internal static class ClaimFailures
{
    public static ClaimException NamespaceInvalid(string name, string reason, Exception inner) => new(
        ClaimError.ClaimNamespaceInvalid, Shown(name), $"'{Shown(name)}' cannot be a namespace of claims: {reason}",
        "Give a name such as 'builds', after the rules of lock names.", inner);

    public static ClaimException KeyInvalid(string name, string key, string reason) => new(
        ClaimError.ClaimKeyInvalid, Target(name, key), $"'{Shown(key)}' cannot be a key in '{name}': {reason}.",
        string.Format(
            CultureInfo.InvariantCulture, "Give a text of at most {0} bytes in UTF-8, without control characters; of something longer give its hash.",
            ClaimRequest.LongestKeyBytes));

    public static ClaimException LeaseInvalid(string name, string key, string reason) => new(
        ClaimError.ClaimLeaseInvalid, Target(name, key), $"The lease of '{Shown(key)}' in '{name}' cannot be kept: {reason}.",
        "Give more than zero seconds and at most a hundred years, or no lease, for a claim that lasts until it is removed.");

    public static ClaimException TokenInvalid(string name, string key, string reason) => new(
        ClaimError.ClaimTokenInvalid, Target(name, key), $"The token for '{Shown(key)}' in '{name}' is no token: {reason}.",
        "Give the Token of a claim that was won, or a text that nobody else gives.");

    public static ClaimException PathNeeded(string root) => new(
        ClaimError.ClaimPathNeeded, root,
        $"Several users share '{root}', a directory with the sticky bit, in which no two of them can write the same database.",
        "Give -Path: a file in a directory that the users' common group may write (chmod g+rwxs, umask 002), on a local disk.");

    public static ClaimException NotFound(string name, string key) => new(
        ClaimError.ClaimNotFound, Target(name, key), $"Nobody has claimed '{Shown(key)}' in '{name}'.",
        "See what is claimed with Get-Claim; keys are case-sensitive.");

    public static ClaimException NotOwned(Claim claim) => new(
        ClaimError.ClaimNotOwned, Target(claim.Namespace, claim.Key),
        $"'{Shown(claim.Key)}' in '{claim.Namespace}' is claimed by {claim.Owner.Describe()}, and the token is not the owner's.",
        "Pipe what Add-Claim returned to the winner, or take it away with -Force if you know that the owner's work is over.");

    public static ClaimException OutcomeUnknown(string name, string key, string token, Exception inner) => new(
        ClaimError.ClaimOutcomeUnknown, Target(name, key),
        $"Whether '{Shown(key)}' in '{name}' is claimed by this process could not be found out.",
        "Ask again with the token of this error: Add-Claim … -Token $_.Exception.Token.", inner)
    {
        Token = token,
    };

    private static string Target(string name, string key) => $"{name}/{Shown(key)}";

    private static string Shown(string text)
    {
        string clean = RedactedCommandLine.Sanitize(text);
        return clean.Length <= 80 ? clean : clean.Substring(0, 79) + "…";
    }
}
