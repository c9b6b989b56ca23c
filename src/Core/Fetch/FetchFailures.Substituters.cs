using System;
using ProcessDedup.Messages;
using ProcessDedup.Platform;
using ProcessDedup.Substituters;

namespace ProcessDedup.Fetch;

/// <summary>Texts about substituters, and about keys for signatures.</summary>
internal static partial class FetchFailures
{
    public static FetchException SubstituterInvalid(string shown, string reason) => new(
        FetchError.SubstituterInvalid, shown, Message.Of(Key.FetchSubstituterInvalidCause, shown, reason),
        Message.Of(Key.FetchSubstituterInvalidNext));

    /// <summary>A substituter failed while something was published to it.</summary>
    public static FetchException Substituter(string display, SubstituterFault fault) => new(
        fault.Error, display, Message.Of(Key.FetchSubstituterCause, display, fault.Message),
        fault.Error switch
        {
            FetchError.SubstituterUnreachable => Message.Of(Key.FetchSubstituterUnreachableNext),
            FetchError.SubstituterRefused => Message.Of(Key.FetchSubstituterRefusedNext),
            _ => Message.Of(Key.FetchSubstituterOtherNext),
        },
        fault.InnerException);

    public static FetchException NowhereToPublish(string name) => new(
        FetchError.FetchOptionsInvalid, name, Message.Of(Key.FetchNowhereToPublishCause, name), Message.Of(Key.FetchNowhereToPublishNext));

    public static FetchException NowhereToLook(string name) => new(
        FetchError.FetchOptionsInvalid, name, Message.Of(Key.FetchNowhereToLookCause, name), Message.Of(Key.FetchNowhereToLookNext));

    public static FetchException NothingToSign(string name) => new(
        FetchError.FetchOptionsInvalid, name, Message.Of(Key.FetchNothingToSignCause), Message.Of(Key.FetchNothingToSignNext));

    public static FetchException ArtifactUnfit(string name, string reason) => new(
        FetchError.ArtifactInvalid, PublicName(name), Message.Of(Key.FetchArtifactUnfitCause, PublicName(name), reason),
        Message.Of(Key.FetchArtifactUnfitNext));

    public static FetchException SigningKeyInvalid(string path, string reason, Exception? inner = null) => new(
        FetchError.SigningKeyInvalid, Shown(path), Message.Of(Key.FetchSigningKeyInvalidCause, Shown(path), reason),
        Message.Of(Key.FetchSigningKeyInvalidNext), inner);

    public static FetchException SigningUnsupported(string path) => new(
        FetchError.SigningKeyInvalid, Shown(path), Message.Of(Key.FetchSigningUnsupportedCause, Shown(path)),
        Message.Of(Key.FetchSigningUnsupportedNext));

    /// <summary>A sentence about a failure of the system, without its next step.</summary>
    internal static string CauseOf(PlatformException e) => Shown(e.Cause).TrimEnd('.');

    /// <summary>Is it this machine's own trouble, that no other substituter would help against?</summary>
    internal static bool IsOwnTrouble(FetchException e) => e.Error switch
    {
        FetchError.StoreDiskFull or FetchError.StoreReadOnly or FetchError.StoreAccessDenied => true,
        // A name that is too long, or that is there already by another spelling, was given by the artifact.
        FetchError.StoreIoError => e.InnerException is not PlatformException { Fault: PlatformFault.NameTooLong or PlatformFault.Other },
        _ => false,
    };
}
