using System;
using ProcessDedup.Messages;

namespace ProcessDedup.Fetch;

/// <summary>Texts about options that are wrong, or do not go together.</summary>
internal static partial class FetchFailures
{
    public static FetchException KeyEmpty(string address) =>
        Options(address, Message.Of(Key.FetchKeyEmptyCause), Message.Of(Key.FetchKeyEmptyNext));

    public static FetchException AttemptsInvalid(string shown) =>
        Options(shown, Message.Of(Key.FetchAttemptsInvalidCause), Message.Of(Key.FetchAttemptsInvalidNext));

    public static FetchException MirrorsInvalid(string shown) =>
        Options(shown, Message.Of(Key.FetchMirrorsInvalidCause), Message.Of(Key.FetchMirrorsInvalidNext));

    public static FetchException AddressHashContradicts(string shown) =>
        Options(shown, Message.Of(Key.FetchAddressHashContradictsCause, shown), Message.Of(Key.FetchAddressHashContradictsNext));

    public static FetchException DecompressAndUnpack(string shown) =>
        Options(shown, Message.Of(Key.FetchDecompressAndUnpackCause), Message.Of(Key.FetchDecompressAndUnpackNext));

    public static FetchException NeedsGit(string shown) =>
        Options(shown, Message.Of(Key.FetchNeedsGitCause), Message.Of(Key.FetchNeedsGitNext));

    public static FetchException KeyWithoutCertificate(string shown) =>
        Options(shown, Message.Of(Key.FetchKeyWithoutCertificateCause), Message.Of(Key.FetchKeyWithoutCertificateNext));

    public static FetchException NothingToStrip(string shown) =>
        Options(shown, Message.Of(Key.FetchNothingToStripCause), Message.Of(Key.FetchNothingToStripNext));

    public static FetchException ReadOnlyNeedsDestination(string shown) =>
        Options(shown, Message.Of(Key.FetchReadOnlyNeedsDestinationCause), Message.Of(Key.FetchReadOnlyNeedsDestinationNext));

    public static FetchException DurationNegative(string shown) =>
        Options(shown, Message.Of(Key.FetchDurationNegativeCause), Message.Of(Key.FetchDurationNegativeNext));

    public static FetchException SubstituterTimeInvalid(string name, TimeSpan time) =>
        Options(name, Message.Of(Key.FetchSubstituterTimeInvalidCause, name, time), Message.Of(Key.FetchSubstituterTimeInvalidNext));

    public static FetchException HeaderFileMissing(string path, string reason, Exception inner) =>
        HeaderFile(FetchError.FetchNotFound, path, reason, inner);

    public static FetchException HeaderFileDenied(string path, Exception inner) =>
        HeaderFile(FetchError.FetchAccessDenied, path, Message.Of(Key.ReasonDirectoryOrRightsAreMissing), inner);

    public static FetchException HeaderFileTooLong(string path) =>
        HeaderFile(FetchError.FetchOptionsInvalid, path, Message.Of(Key.ReasonFarTooLongForFileOf), null);

    public static FetchException LoginNeedsHttp(string address) =>
        Options(Public(address), Message.Of(Key.FetchLoginNeedsHttpCause), Message.Of(Key.FetchLoginNeedsHttpNext));

    public static FetchException HashOfRepository(string shown) =>
        Options(shown, Message.Of(Key.FetchHashOfRepositoryCause), Message.Of(Key.FetchHashOfRepositoryNext));

    public static FetchException StripsRepository(string shown) =>
        Options(shown, Message.Of(Key.FetchStripsRepositoryCause), Message.Of(Key.FetchStripsRepositoryNext));

    public static FetchException TwoHashes() =>
        Options("-Sha256", Message.Of(Key.FetchTwoHashesCause), Message.Of(Key.FetchTwoHashesNext));

    public static FetchException HeaderLineInvalid(string path, int line) =>
        Options(path, Message.Of(Key.FetchHeaderLineInvalidCause, line, path), Message.Of(Key.FetchHeaderLineInvalidNext));

    public static FetchException OptionOutOfRange(string option, long value) =>
        Options(option, Message.Of(Key.FetchOptionOutOfRangeCause, option, value), Message.Of(Key.FetchOptionOutOfRangeNext));

    private static FetchException Options(string target, string cause, string next) =>
        new(FetchError.FetchOptionsInvalid, target, cause, next);

    private static FetchException HeaderFile(FetchError error, string path, string reason, Exception? inner) =>
        new(error, path, Message.Of(Key.FetchHeaderFileCause, path, reason), Message.Of(Key.FetchHeaderFileNext), inner);
}
