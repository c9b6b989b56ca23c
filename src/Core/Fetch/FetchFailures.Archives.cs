using System;
using ProcessDedup.Messages;
using ProcessDedup.Platform;

namespace ProcessDedup.Fetch;

/// <summary>Texts about archives, trees and copies.</summary>
internal static partial class FetchFailures
{
    private static string AskItsMaker => Message.Of(Key.FetchArchiveUnsafeNext);

    public static FetchException ArchiveUnsupported(string archive, string reason) => new(
        FetchError.ArchiveUnsupported, Shown(archive), Message.Of(Key.FetchArchiveUnsupportedCause, Shown(archive), reason),
        Message.Of(Key.FetchArchiveUnsupportedNext));

    public static FetchException NotCompressed(string archive, bool isWebPage) => new(
        FetchError.ArchiveUnsupported, Shown(archive), Message.Of(
            Key.FetchNotCompressedCause, Shown(archive), Message.Of(isWebPage ? Key.ReasonWebPageInsteadOfArchive : Key.ReasonNotCompressed)),
        Message.Of(Key.FetchNotCompressedNext));

    public static FetchException ArchiveCorrupt(string archive, string reason, Exception? inner = null) => new(
        FetchError.ArchiveCorrupt, Shown(archive), Message.Of(Key.FetchArchiveCorruptCause, Shown(archive), reason),
        Message.Of(Key.FetchArchiveCorruptNext), inner);

    public static FetchException ArchiveUnsafe(string archive, string entry, string reason) => new(
        FetchError.ArchiveUnsafe, Shown(archive), Message.Of(Key.FetchArchiveUnsafeCause, Shown(archive), Shown(entry), reason),
        AskItsMaker);

    /// <summary>The same of a name that is harmless here, and a problem on Windows or macOS.</summary>
    public static FetchException NameNotPortable(string archive, string entry, string reason) => new(
        FetchError.ArchiveUnsafe, Shown(archive), Message.Of(Key.FetchArchiveUnsafeCause, Shown(archive), Shown(entry), reason),
        Message.Of(Key.FetchNameNotPortableNext));

    /// <summary>The same of a link that leads out of the tree, as links of installed systems do.</summary>
    public static FetchException LinkLeadsOut(string archive, string entry, string reason) => new(
        FetchError.ArchiveUnsafe, Shown(archive), Message.Of(Key.FetchArchiveUnsafeCause, Shown(archive), Shown(entry), reason),
        Message.Of(Key.FetchLinkLeadsOutNext))
    {
        IsOutwardLink = true,
    };

    public static FetchException ArchiveTooLarge(string archive, string reason) => new(
        FetchError.ArchiveTooLarge, Shown(archive), Message.Of(Key.FetchArchiveTooLargeCause, Shown(archive), reason),
        Message.Of(Key.FetchArchiveTooLargeNext));

    public static FetchException ArchiveUnreadable(string archive, PlatformException e) => e.Fault is PlatformFault.Missing or PlatformFault.ParentMissing
        ? new FetchException(FetchError.FetchNotFound, Shown(archive), Message.Of(Key.FetchArchiveMissingCause, Shown(archive)), Message.Of(Key.FetchArchiveMissingNext), e)
        : new FetchException(FetchError.FetchAccessDenied, Shown(archive), Message.Of(Key.FetchArchiveUnreadableCause, Shown(archive), e.Cause), Message.Of(Key.FetchArchiveUnreadableNext), e);

    public static FetchException StripsTooMuch(string archive, string entry, int components) => new(
        FetchError.FetchOptionsInvalid, Shown(archive),
        Message.Of(Key.FetchStripsTooMuchCause, Shown(entry), Shown(archive), components),
        Message.Of(Key.FetchStripsTooMuchNext));

    public static FetchException ProgramMissing(string program, string purpose) => new(
        FetchError.ProgramMissing, program, Message.Of(Key.FetchProgramMissingCause, program, purpose),
        Message.Of(Key.FetchProgramMissingNext, program));

    /// <summary>Several programs read 7z archives; one of them is enough.</summary>
    public static FetchException SevenZipMissing() => new(
        FetchError.ProgramMissing, "7z", Message.Of(Key.FetchProgramMissingCause, "7z", Message.Of(Key.ReasonUnpackThisArchive)),
        Message.Of(Key.FetchSevenZipMissingNext));

    /// <summary>Nothing managed unpacks xz; Windows has no program for it either, while Linux and macOS install it by name.</summary>
    public static FetchException XzMissing(bool isWindows) => isWindows
        ? new FetchException(
            FetchError.ProgramMissing, "xz", Message.Of(Key.FetchProgramMissingCause, "xz", Message.Of(Key.ReasonUnpackThisArchive)),
            Message.Of(Key.FetchXzMissingOnWindowsNext))
        : ProgramMissing("xz", Message.Of(Key.ReasonUnpackThisArchive));

    /// <summary>A directory that is to be kept holds a link that leads out of it.</summary>
    public static FetchException TreeLinkLeadsOut(string path, string reason) => new(
        FetchError.StoreUnsafe, Shown(path), Message.Of(Key.FetchTreeUnsafeCause, Shown(path), reason),
        Message.Of(Key.FetchLinkLeadsOutNext))
    {
        IsOutwardLink = true,
    };

    public static FetchException TreeUnsafe(string path, string reason, Exception? inner = null) => new(
        FetchError.StoreUnsafe, Shown(path), Message.Of(Key.FetchTreeUnsafeCause, Shown(path), reason),
        Message.Of(Key.FetchTreeUnsafeNext), inner);
}
