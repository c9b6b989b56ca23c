using System;
using System.Globalization;
using ProcessDedup.Platform;

namespace ProcessDedup.Fetch;

/// <summary>Texts about archives, trees and copies.</summary>
internal static partial class FetchFailures
{
    private const string AskItsMaker = "Do not unpack it before its maker has explained that.";

    public static FetchException ArchiveUnsupported(string archive, string reason) => new(
        FetchError.ArchiveUnsupported, Shown(archive), $"'{Shown(archive)}' cannot be unpacked: {reason}.",
        "Give a zip archive, or a tar archive that is plain or compressed with gzip, bzip2, xz or zstd.");

    public static FetchException ArchiveCorrupt(string archive, string reason, Exception? inner = null) => new(
        FetchError.ArchiveCorrupt, Shown(archive), $"'{Shown(archive)}' is damaged or cut off: {reason}.",
        "Fetch it again, and compare its hash with the one that its maker has published.", inner);

    public static FetchException ArchiveUnsafe(string archive, string entry, string reason) => new(
        FetchError.ArchiveUnsafe, Shown(archive), $"'{Shown(archive)}' is refused: its entry '{Shown(entry)}' {reason}.",
        AskItsMaker);

    public static FetchException ArchiveTooLarge(string archive, string reason) => new(
        FetchError.ArchiveTooLarge, Shown(archive), $"'{Shown(archive)}' unpacks to too much: {reason}.",
        "If it is known to be that large, raise the limit with -MaxUnpackedBytes (procdedup: --max-unpacked-bytes).");

    public static FetchException ArchiveUnreadable(string archive, PlatformException e) => e.Fault is PlatformFault.Missing or PlatformFault.ParentMissing
        ? new FetchException(FetchError.FetchNotFound, Shown(archive), $"The archive '{Shown(archive)}' does not exist.", "Check its path.", e)
        : new FetchException(FetchError.FetchAccessDenied, Shown(archive), $"The archive '{Shown(archive)}' cannot be read: {e.Cause}.", "Check that it is a file, and the rights to it.", e);

    public static FetchException StripsTooMuch(string archive, string entry, int components) => new(
        FetchError.FetchOptionsInvalid, Shown(archive),
        string.Format(CultureInfo.InvariantCulture, "Nothing is left of the name of the entry '{0}' in '{1}' without its first {2} components.", Shown(entry), Shown(archive), components),
        "Strip fewer components.");

    public static FetchException OptionOutOfRange(string option, long value) => new(
        FetchError.FetchOptionsInvalid, option,
        string.Format(CultureInfo.InvariantCulture, "{0} cannot be {1}.", option, value), "Give a number that is not negative.");

    public static FetchException ProgramMissing(string program, string purpose) => new(
        FetchError.ProgramMissing, program, $"The program '{program}', which is needed to {purpose}, is not on PATH.",
        $"Install {program}, or ask for the thing in another form.");

    public static FetchException TreeUnsafe(string path, string reason, Exception? inner = null) => new(
        FetchError.StoreUnsafe, Shown(path), $"'{Shown(path)}' cannot be kept or trusted: {reason}.",
        "Remove it, and make the tree again.", inner);

    public static FetchException DestinationInvalid(string destination, string reason, string nextStep, Exception? inner = null) => new(
        FetchError.DestinationInvalid, Shown(destination), $"'{Shown(destination)}' cannot be the destination: {reason}.", nextStep, inner);

    /// <summary>Translates what the system said about a place that the caller has chosen.</summary>
    public static FetchException DestinationFailed(string destination, PlatformException e)
    {
        (FetchError error, string next) = e.Fault switch
        {
            PlatformFault.NoSpace => (FetchError.StoreDiskFull, "Free space there, or choose another destination."),
            PlatformFault.ReadOnly => (FetchError.StoreReadOnly, "Choose a destination on a writable file system."),
            PlatformFault.AccessDenied => (FetchError.StoreAccessDenied, "Ask for the rights, or choose another destination."),
            PlatformFault.NameTooLong => (FetchError.DestinationInvalid, "Choose a shorter name."),
            PlatformFault.IsDirectory or PlatformFault.ParentMissing or PlatformFault.Missing =>
                (FetchError.DestinationInvalid, "Choose another destination."),
            _ => (FetchError.StoreIoError, "See the system's error for the cause."),
        };
        return new FetchException(error, Shown(destination), $"'{Shown(destination)}' could not be written: {e.Path}: {e.Cause}.", next, e);
    }
}
