using System.Collections.Concurrent;
using System.IO;
using ProcessDedup.Platform;

namespace ProcessDedup.Locks;

/// <summary>Whether the locks of a directory can be relied on.</summary>
internal static class LockDirectory
{
    private static readonly ConcurrentDictionary<ulong, Mount> KnownDevices = new();

    /// <summary>
    /// Makes or checks the root of a named lock; then returns the reason not to use the directory's file system,
    /// or null for a local one.
    /// </summary>
    /// <exception cref="LockException">The root cannot be made or must not be trusted.</exception>
    public static LockException? Check(LockTarget target)
    {
        target.Root?.Prepare();
        return Doubt(target.Display, Path.GetDirectoryName(target.LockFile)!);
    }

    public static LockException? Doubt(string display, string directory)
    {
        // A missing directory is told by the open that follows.
        if (!FileSystem.TryGetFacts(directory, out FileFacts facts))
            return null;
        // The device is known after the first look; reading the mounts again costs 0.1 ms. But file systems without a
        // device of their own (tmpfs, FUSE, NFS; major 0) are given numbers that others had before them.
        bool hasOwnNumber = facts.Identity.Device >> 32 != 0;
        Mount mount = hasOwnNumber
            ? KnownDevices.GetOrAdd(facts.Identity.Device, _ => Mounts.Of(directory))
            : Mounts.Of(directory);
        return NetworkFileSystems.ReasonAgainst(mount.Type) is { } reason
            ? LockFailures.FileSystemUnsupported(display, directory, mount.Type, reason)
            : null;
    }
}
