using System;
using System.Globalization;
using ProcessDedup.Platform;

namespace ProcessDedup.Locks;

/// <summary>Every text that tells of a failed lock: the thing, the cause, the next step.</summary>
internal static partial class LockFailures
{
    public static LockException NameInvalid(string name, string reason) => new(
        LockError.LockNameInvalid, name, $"'{Shown(name)}' is not a lock name: {reason}.",
        "Give a name such as 'nuget-restore', or a file with -LiteralPath (procdedup: --file).");

    public static LockException PathInvalid(string path, string reason) => new(
        LockError.LockPathInvalid, path, $"'{Shown(path)}' cannot be a lock file: {reason}.",
        "Give the full path of a file in an existing directory.");

    public static LockException SlotsInvalid(string target, int slots) => new(
        LockError.LockSlotsInvalid, target,
        $"Lock '{target}' cannot have {slots.ToString(CultureInfo.InvariantCulture)} slots.",
        $"Give a number from 1 to {SlotFiles.Most.ToString(CultureInfo.InvariantCulture)}.");

    public static LockException SlotsMismatch(string target, int wanted, int existing) => new(
        LockError.LockSlotsMismatch, target,
        string.Format(CultureInfo.InvariantCulture, "Lock '{0}' has {1} slots since its first use, not {2}.", target, existing, wanted),
        string.Format(
            CultureInfo.InvariantCulture,
            "Use {0} slots everywhere, or clear the lock while nobody holds it: Clear-StaleLock -OlderThanHours 0 (procdedup clear-stale --older-than-hours 0).",
            existing));

    public static LockException DirectoryUnsafe(string directory, string reason) => new(
        LockError.LockDirectoryUnsafe, directory, $"Lock directory '{directory}' cannot be trusted: {reason}.",
        "Use a directory of your own (mode 0700), or a shared one with the sticky bit that belongs to you or root (mode 1777); PROCESSDEDUP_HOME chooses it.");

    public static LockException FileSystemUnsupported(string target, string directory, string type, string reason) => new(
        LockError.LockFileSystemUnsupported, target,
        $"Locks in '{directory}' cannot be relied on: the file system is '{(type.Length == 0 ? "unknown" : type)}', and {reason}.",
        "Put the lock on a local disk (PROCESSDEDUP_HOME chooses the directory), or allow it with -AllowNetworkFileSystem (procdedup: --allow-network-fs) after Test-DedupEnvironment (procdedup doctor) has passed there.");

    public static LockException Reentered(string target, string holder) => new(
        LockError.LockReentered, target,
        $"Lock '{target}' is already held by {holder}; waiting for it here would never end.",
        "Take the lock once, around everything that needs it, or give the inner work a lock of another name.");

    public static LockException Cycle(string wanted, string held, string chain) => new(
        LockError.LockCycle, wanted,
        $"Waiting for lock '{wanted}' while holding '{held}' would never end: {chain}.",
        "Take locks that are needed together in one call (-Name a, b): it orders them.");

    public static LockException Lost(string target) => new(
        LockError.LockLost, target,
        $"Lock '{target}' was lost: its file was deleted or replaced while it was held, so others may have held it too.",
        "Never delete lock files by hand: use Clear-StaleLock (procdedup clear-stale), which leaves held locks alone.");

    public static LockTimeoutException Busy(string target, LockStatus? status) => new(
        LockError.LockBusy, target,
        $"Lock '{target}' is {Held(status)}.",
        "Wait for it with -TimeoutSec, or see who holds it with Get-FileLock (procdedup locks).",
        status, TimeSpan.Zero);

    public static LockTimeoutException TimedOut(string target, TimeSpan waited, LockStatus? status) => new(
        LockError.LockTimeout, target,
        $"Lock '{target}' was not granted within {waited.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture)} s: it is {Held(status)}.",
        "Wait longer with -TimeoutSec (0 waits for ever), or see who holds it with Get-FileLock (procdedup locks).",
        status, waited);

    /// <summary>Translates what the system said about a lock file.</summary>
    public static LockException FromPlatform(string target, PlatformException e)
    {
        (LockError error, string cause, string next) = e.Fault switch
        {
            PlatformFault.Missing or PlatformFault.ParentMissing => (
                LockError.LockDirectoryMissing,
                $"the directory of '{e.Path}' does not exist",
                "Create the directory first."),
            PlatformFault.AccessDenied => (
                LockError.LockAccessDenied,
                $"'{e.Path}' may not be opened by {UserNames.Current}: {e.Cause}",
                "Ask for the right to read the file and to create files beside it, or choose another directory with PROCESSDEDUP_HOME."),
            PlatformFault.IsDirectory => (
                LockError.LockPathIsDirectory, $"'{e.Path}' is a directory", "Give the path of a file."),
            PlatformFault.IsLink => (
                LockError.LockPathIsLink,
                $"'{e.Path}' is a symbolic link, and links are never followed for locks",
                "Give the path of the file itself."),
            PlatformFault.NotRegular or PlatformFault.HardLinked => (
                LockError.LockPathUnfit, $"'{e.Path}' is no fit lock file: {e.Cause}", "Give a regular file with one name."),
            PlatformFault.ForeignOwner => (
                LockError.LockFileForeignOwner,
                $"'{e.Path}' lies in a directory that all may write, and {e.Cause}",
                "Choose a directory of your own, or ask the owner to remove the file."),
            PlatformFault.NoSpace => (
                LockError.LockDiskFull, $"no space is left for '{e.Path}': {e.Cause}", "Free space, or choose another directory with PROCESSDEDUP_HOME."),
            PlatformFault.ReadOnly => (
                LockError.LockReadOnly, $"'{e.Path}' lies on a read-only file system", "Choose a writable directory with PROCESSDEDUP_HOME."),
            PlatformFault.TooManyFiles => (
                LockError.LockTooManyFiles, $"no file descriptor is left for '{e.Path}': {e.Cause}", "Close files, or raise the limit (ulimit -n)."),
            PlatformFault.NameTooLong => (
                LockError.LockPathInvalid, $"the path '{Shown(e.Path)}' is too long", "Choose a shorter one."),
            PlatformFault.LocksUnsupported => (
                LockError.LockFileSystemUnsupported,
                $"the file system of '{e.Path}' has no locks: {e.Cause}",
                "Put the lock on a local disk; PROCESSDEDUP_HOME chooses the directory."),
            _ => (LockError.LockIoError, e.Message, "See the system's error for the cause."),
        };
        return new LockException(error, target, $"Lock '{Shown(target)}' cannot be used: {cause}.", next, e);
    }

    private static string Held(LockStatus? status) =>
        status is null || status.Holders.Count == 0
            ? "held by a process that this one cannot see (another container or machine), or was released just now"
            : "held by " + status.Holders[0].Describe()
                + (status.Holders.Count > 1
                    ? string.Format(CultureInfo.InvariantCulture, " and {0} more", status.Holders.Count - 1)
                    : string.Empty)
                + (status.Overdue is { } overdue ? $" ({overdue})" : string.Empty);

    private static string Shown(string text)
    {
        string clean = RedactedCommandLine.Sanitize(text);
        return clean.Length <= 80 ? clean : clean.Substring(0, 79) + "…";
    }
}
