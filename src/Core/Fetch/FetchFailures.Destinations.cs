using System;
using System.IO;
using ProcessDedup.Messages;
using ProcessDedup.Platform;

namespace ProcessDedup.Fetch;

/// <summary>Texts about places that the caller has chosen for a copy.</summary>
internal static partial class FetchFailures
{
    /// <summary>A path of another drive than those of files, which PowerShell has.</summary>
    public static FetchException NoFilePath(string path) => new(
        FetchError.DestinationInvalid, path, Message.Of(Key.NoFilePathCause, path), Message.Of(Key.FetchNoFilePathNext));

    public static FetchException DestinationNoPath(string destination) => Destination(
        destination, Message.Of(Key.FetchDestinationNoPath), Message.Of(Key.FetchDestinationNoPathNext));

    public static FetchException DestinationIsRoot(string destination) => Destination(
        destination, Message.Of(Key.FetchDestinationIsRoot), Message.Of(Key.FetchDestinationIsRootNext));

    public static FetchException DestinationParentMissing(string destination, string parent) => Destination(
        destination, Message.Of(Key.FetchDestinationParentMissing, parent), Message.Of(Key.FetchDestinationParentMissingNext, parent));

    /// <summary>A file was to be put there.</summary>
    public static FetchException DestinationNoFile(string destination, bool isDirectory) => Destination(
        destination, Message.Of(isDirectory ? Key.FetchDestinationIsDirectory : Key.FetchDestinationIsDevice),
        Message.Of(Key.FetchDestinationNoFileNext));

    /// <summary>A directory was to be put there, and what is there is nothing of ours.</summary>
    public static FetchException DestinationTaken(string destination, bool isDirectory, Exception? inner) => Destination(
        destination, Message.Of(isDirectory ? Key.FetchDestinationHoldsOther : Key.FetchDestinationNoDirectory),
        Message.Of(Key.FetchDestinationTakenNext), inner);

    public static FetchException DestinationNotEmpty(string destination) => Destination(
        destination, Message.Of(Key.FetchDestinationNotEmpty), Message.Of(Key.FetchDestinationNotEmptyNext));

    public static FetchException DestinationDropsModes(string destination, string mode, string file) => Destination(
        destination, Message.Of(Key.FetchDestinationDropsModes, mode, file), Message.Of(Key.FetchDestinationDropsModesNext));

    public static FetchException DestinationDropsAttribute(string destination, string attribute, string file, string reason) => Destination(
        destination, Message.Of(Key.FetchDestinationDropsAttribute, attribute, Shown(file), reason), Message.Of(Key.FetchDestinationDropsAttributeNext));

    /// <summary>Translates what the system said about a place that the caller has chosen.</summary>
    public static FetchException DestinationFailed(string destination, PlatformException e)
    {
        if (e.Fault is PlatformFault.ParentMissing or PlatformFault.Missing && Path.GetDirectoryName(destination) is { Length: > 0 } parent && !Directory.Exists(parent))
            return DestinationParentMissing(destination, parent);
        (FetchError error, string next) = e.Fault switch
        {
            PlatformFault.NoSpace => (FetchError.StoreDiskFull, Message.Of(Key.FetchDestinationFailedNoSpaceNext)),
            PlatformFault.ReadOnly => (FetchError.StoreReadOnly, Message.Of(Key.FetchDestinationFailedReadOnlyNext)),
            PlatformFault.AccessDenied => (FetchError.StoreAccessDenied, Message.Of(Key.FetchDestinationFailedAccessDeniedNext)),
            PlatformFault.NameTooLong => (FetchError.DestinationInvalid, Message.Of(Key.FetchDestinationFailedNameTooLongNext)),
            PlatformFault.IsDirectory or PlatformFault.ParentMissing or PlatformFault.Missing =>
                (FetchError.DestinationInvalid, Message.Of(Key.FetchDestinationFailedUnfitNext)),
            _ => (FetchError.StoreIoError, Message.Of(Key.FetchDestinationFailedOtherNext)),
        };
        return new FetchException(error, Shown(destination), Message.Of(Key.FetchDestinationFailedCause, Shown(destination), Place(destination, e)), next, e);
    }

    // What is made beside it, or is it, need not be told twice.
    private static string Place(string destination, PlatformException e) =>
        e.Path == destination || Path.GetDirectoryName(e.Path) == Path.GetDirectoryName(destination) ? e.Cause : $"{e.Path}: {e.Cause}";

    private static FetchException Destination(string destination, string reason, string next, Exception? inner = null) => new(
        FetchError.DestinationInvalid, Shown(destination), Message.Of(Key.FetchDestinationInvalidCause, Shown(destination), reason), next, inner);
}
