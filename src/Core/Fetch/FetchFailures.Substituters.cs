using System;
using ProcessDedup.Platform;
using ProcessDedup.Substituters;

namespace ProcessDedup.Fetch;

/// <summary>Texts about substituters, and about keys for signatures.</summary>
internal static partial class FetchFailures
{
    public static FetchException SubstituterInvalid(string shown, string reason) => new(
        FetchError.SubstituterInvalid, shown, $"'{shown}' is not the address of a substituter: {reason}.",
        "Give a directory, or an address such as https://host/cache or s3://bucket/prefix?region=eu-central-1; ?trusted=true after it, if it needs no signatures.");

    /// <summary>A substituter failed while something was published to it.</summary>
    public static FetchException Substituter(string display, SubstituterFault fault) => new(
        fault.Error, display, $"The substituter '{display}' did not take the artifact: {fault.Message}.",
        fault.Error switch
        {
            FetchError.SubstituterUnreachable => "Check the address, the network and that it runs; what was published before is as it was.",
            FetchError.SubstituterRefused => "Check the login (user info in the address, ~/.netrc, the AWS credentials) and whether it may be written to.",
            _ => "See the substituter's own log.",
        },
        fault.InnerException);

    public static FetchException ArtifactUnfit(string name, string reason) => new(
        FetchError.ArtifactInvalid, PublicName(name), $"'{PublicName(name)}' cannot be published: {reason}.",
        "Have the build make it otherwise; nothing was published.");

    public static FetchException SigningKeyInvalid(string path, string reason, Exception? inner = null) => new(
        FetchError.SigningKeyInvalid, Shown(path), $"The key in '{Shown(path)}' cannot be used for signatures: {reason}.",
        "Give a PEM file with an EC key on the curve P-256 (openssl ecparam -name prime256v1 -genkey -noout).", inner);

    public static FetchException SigningUnsupported(string path) => new(
        FetchError.SigningKeyInvalid, Shown(path), $"The key in '{Shown(path)}' cannot be read: this edition of .NET does not read PEM files.",
        "Use PowerShell 7 or procdedup.");

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
