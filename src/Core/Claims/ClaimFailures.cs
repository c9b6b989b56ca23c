using System;
using ProcessDedup.Messages;
using ProcessDedup.Platform;

namespace ProcessDedup.Claims;

/// <summary>Every text that tells of a failed claim.</summary>
internal static class ClaimFailures
{
    public static ClaimException NamespaceInvalid(string name, string reason, Exception inner) => new(
        ClaimError.ClaimNamespaceInvalid, Shown(name), Message.Of(Key.ClaimNamespaceInvalidCause, Shown(name), reason),
        Message.Of(Key.ClaimNamespaceInvalidNext), inner);

    public static ClaimException KeyInvalid(string name, string key, string reason) => new(
        ClaimError.ClaimKeyInvalid, Target(name, key), Message.Of(Key.ClaimKeyInvalidCause, Shown(key), name, reason),
        Message.Of(Key.ClaimKeyInvalidNext, ClaimRequest.LongestKeyBytes));

    public static ClaimException KeyObscure(string name, string type) => new(
        ClaimError.ClaimKeyInvalid, name, Message.Of(Key.ClaimKeyObscureCause, name, type), Message.Of(Key.ClaimKeyObscureNext, name));

    public static ClaimException LeaseInvalid(string name, string key, string reason) => new(
        ClaimError.ClaimLeaseInvalid, Target(name, key), Message.Of(Key.ClaimLeaseInvalidCause, Shown(key), name, reason),
        Message.Of(Key.ClaimLeaseInvalidNext));

    public static ClaimException TokenInvalid(string name, string key, string reason) => new(
        ClaimError.ClaimTokenInvalid, Target(name, key), Message.Of(Key.ClaimTokenInvalidCause, Shown(key), name, reason),
        Message.Of(Key.ClaimTokenInvalidNext));

    public static ClaimException PathNeeded(string root) => new(
        ClaimError.ClaimPathNeeded, root,
        Message.Of(Key.ClaimPathNeededCause, root),
        Message.Of(Key.ClaimPathNeededNext));

    public static ClaimException NotFound(string name, string key) => new(
        ClaimError.ClaimNotFound, Target(name, key), Message.Of(Key.ClaimNotFoundCause, Shown(key), name),
        Message.Of(Key.ClaimNotFoundNext));

    public static ClaimException NotOwned(Claim claim) => new(
        ClaimError.ClaimNotOwned, Target(claim.Namespace, claim.Key),
        Message.Of(Key.ClaimNotOwnedCause, Shown(claim.Key), claim.Namespace, claim.Owner.Describe()),
        Message.Of(Key.ClaimNotOwnedNext));

    public static ClaimException OutcomeUnknown(string name, string key, string token, Exception inner) => new(
        ClaimError.ClaimOutcomeUnknown, Target(name, key),
        Message.Of(Key.ClaimOutcomeUnknownCause, Shown(key), name),
        Message.Of(Key.ClaimOutcomeUnknownNext), inner)
    {
        Token = token,
    };

    /// <summary>It is claimed on the server, and might not be on the one that takes over.</summary>
    public static ClaimException Unreplicated(string name, string key, string token, Exception inner) => new(
        ClaimError.ClaimOutcomeUnknown, Target(name, key),
        Message.Of(Key.ClaimUnreplicatedCause, Shown(key), name),
        Message.Of(Key.ClaimUnreplicatedNext), inner)
    {
        Token = token,
    };

    private static string Target(string name, string key) => $"{name}/{Shown(key)}";

    private static string Shown(string text)
    {
        string clean = RedactedCommandLine.Sanitize(text);
        return Shortened.To(clean, 80);
    }
}
