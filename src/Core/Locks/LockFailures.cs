using System;
using ProcessDedup.Messages;
using ProcessDedup.Platform;

namespace ProcessDedup.Locks;

/// <summary>Every text that tells of a failed lock: the thing, the cause, the next step.</summary>
internal static partial class LockFailures
{
    public static LockException NameInvalid(string name, string reason) => new(
        LockError.LockNameInvalid, name, Message.Of(Key.LockNameInvalidCause, Shown(name), reason),
        Message.Of(Key.LockNameInvalidNext));

    public static LockException PathInvalid(string path, string reason) => new(
        LockError.LockPathInvalid, path, Message.Of(Key.LockPathInvalidCause, Shown(path), reason),
        Message.Of(Key.LockPathInvalidNext));

    /// <summary>A path of another drive than those of files, which PowerShell has.</summary>
    public static LockException NoFilePath(string path) => new(
        LockError.LockPathInvalid, path, Message.Of(Key.NoFilePathCause, path), Message.Of(Key.LockNoFilePathNext));

    public static LockException SlotsInvalid(string target, int slots) => new(
        LockError.LockSlotsInvalid, target,
        Message.Of(Key.LockSlotsInvalidCause, target, slots),
        Message.Of(Key.LockSlotsInvalidNext, SlotFiles.Most));

    /// <param name="target">The lock.</param>
    /// <param name="wanted">The slots of the request.</param>
    /// <param name="existing">The slots that it has.</param>
    /// <param name="user">The user who set their number; null if it is this one.</param>
    /// <param name="since">When that was.</param>
    public static LockException SlotsMismatch(string target, int wanted, int existing, string? user, DateTimeOffset since) => new(
        LockError.LockSlotsMismatch, target,
        Message.Of(Key.LockSlotsMismatchCause, target, existing, user ?? Message.Of(Key.ReasonYou), since, wanted),
        user is null ? Message.Of(Key.LockSlotsMismatchNext, existing) : Message.Of(
            Key.LockSlotsMismatchOfOtherNext, existing, user == UserNames.Of(0) ? user : Message.Of(Key.ReasonUserOrRoot, user)));

    public static LockException RootUnreadable(string directory, string owner, Exception cause) => new(
        LockError.LockAccessDenied, directory,
        Message.Of(Key.LockRootUnreadableCause, directory, owner),
        Message.Of(Key.LockRootUnreadableNext, directory), cause);

    public static LockException DirectoryUnsafe(string directory, string reason) => new(
        LockError.LockDirectoryUnsafe, directory, Message.Of(Key.LockDirectoryUnsafeCause, directory, reason),
        Message.Of(Key.LockDirectoryUnsafeNext));

    public static LockException FileSystemUnsupported(string target, string directory, string type, string reason) => new(
        LockError.LockFileSystemUnsupported, target,
        Message.Of(Key.LockFileSystemUnsupportedCause, directory, type.Length == 0 ? "unknown" : type, reason),
        Message.Of(Key.LockFileSystemUnsupportedNext));

    /// <summary>A shell has entered it before, and not left it.</summary>
    /// <param name="target">The lock.</param>
    /// <param name="since">When it was entered.</param>
    /// <param name="place">The line that entered it.</param>
    public static LockException EnteredBefore(string target, string since, string place) => new(
        LockError.LockReentered, target,
        Message.Of(Key.LockEnteredBeforeCause, target, since, place),
        Message.Of(Key.LockEnteredBeforeNext));

    public static LockException Reentered(string target, string holder) => new(
        LockError.LockReentered, target,
        Message.Of(Key.LockReenteredCause, target, holder),
        Message.Of(Key.LockReenteredNext));

    public static LockException Cycle(string wanted, string held, string chain) => new(
        LockError.LockCycle, wanted,
        Message.Of(Key.LockCycleCause, wanted, held, chain),
        Message.Of(Key.LockCycleNext));

    public static LockException Lost(string target) => new(
        LockError.LockLost, target,
        Message.Of(Key.LockLostCause, target),
        Message.Of(Key.LockLostNext));

    public static LockTimeoutException Busy(string target, LockStatus? status) => new(
        LockError.LockBusy, target,
        Message.Of(Key.LockBusyCause, target, Held(status)),
        Message.Of(Key.LockBusyNext),
        status, TimeSpan.Zero);

    public static LockTimeoutException TimedOut(string target, TimeSpan waited, LockStatus? status) => new(
        LockError.LockTimeout, target,
        Message.Of(Key.LockTimedOutCause, target, waited.TotalSeconds, Held(status)),
        Message.Of(Key.LockTimedOutNext),
        status, waited);

    /// <summary>Translates what the system said about a lock file.</summary>
    public static LockException FromPlatform(string target, PlatformException e)
    {
        (LockError error, string cause, string next) = e.Fault switch
        {
            PlatformFault.Missing or PlatformFault.ParentMissing => (
                LockError.LockDirectoryMissing,
                Message.Of(Key.LockFromPlatformDirectoryMissingCause, e.Path),
                Message.Of(Key.LockFromPlatformDirectoryMissingNext)),
            PlatformFault.AccessDenied => (
                LockError.LockAccessDenied,
                Message.Of(Key.LockFromPlatformAccessDeniedCause, e.Path, UserNames.Current, e.Cause),
                Message.Of(Key.LockFromPlatformAccessDeniedNext)),
            PlatformFault.IsDirectory => (
                LockError.LockPathIsDirectory, Message.Of(Key.LockFromPlatformIsDirectoryCause, e.Path), Message.Of(Key.LockFromPlatformIsDirectoryNext)),
            PlatformFault.IsLink => (
                LockError.LockPathIsLink,
                Message.Of(Key.LockFromPlatformIsLinkCause, e.Path),
                Message.Of(Key.LockFromPlatformIsLinkNext)),
            PlatformFault.NotRegular or PlatformFault.HardLinked => (
                LockError.LockPathUnfit, Message.Of(Key.LockFromPlatformUnfitCause, e.Path, e.Cause), Message.Of(Key.LockFromPlatformUnfitNext)),
            PlatformFault.ForeignOwner => (
                LockError.LockFileForeignOwner,
                Message.Of(Key.LockFromPlatformForeignOwnerCause, e.Path, e.Cause),
                Message.Of(Key.LockFromPlatformForeignOwnerNext)),
            PlatformFault.NoSpace => (
                LockError.LockDiskFull, Message.Of(Key.LockFromPlatformNoSpaceCause, e.Path, e.Cause), Message.Of(Key.LockFromPlatformNoSpaceNext)),
            PlatformFault.ReadOnly => (
                LockError.LockReadOnly, Message.Of(Key.LockFromPlatformReadOnlyCause, e.Path), Message.Of(Key.LockFromPlatformReadOnlyNext)),
            PlatformFault.TooManyFiles => (
                LockError.LockTooManyFiles, Message.Of(Key.LockFromPlatformTooManyFilesCause, e.Path, e.Cause), Message.Of(Key.LockFromPlatformTooManyFilesNext)),
            PlatformFault.NameTooLong => (
                LockError.LockPathInvalid, Message.Of(Key.LockFromPlatformNameTooLongCause, Shown(e.Path)), Message.Of(Key.LockFromPlatformNameTooLongNext)),
            PlatformFault.LocksUnsupported => (
                LockError.LockFileSystemUnsupported,
                Message.Of(Key.LockFromPlatformLocksUnsupportedCause, e.Path, e.Cause),
                Message.Of(Key.LockFromPlatformLocksUnsupportedNext)),
            _ => (LockError.LockIoError, e.Message, Message.Of(Key.LockFromPlatformOtherNext)),
        };
        return new LockException(error, target, Message.Of(Key.LockFromPlatformCause, Shown(target), cause), next, e);
    }

    private static string Held(LockStatus? status) =>
        status is null || status.Holders.Count == 0
            ? Message.Of(Key.LockHeldUnseen)
            : Message.Of(Key.LockHeldBy, status.Holders[0].Describe())
                + (status.Holders.Count > 1
                    ? Message.Of(Key.LockHeldAndMore, status.Holders.Count - 1)
                    : string.Empty)
                + (status.Overdue is { } overdue ? $" ({overdue})" : string.Empty);

    private static string Shown(string text)
    {
        string clean = RedactedCommandLine.Sanitize(text);
        return Shortened.To(clean, 80);
    }
}
