using System;
using System.Collections.Generic;

namespace ProcessDedup.Platform;

/// <summary>What is known of file systems of Linux that only this machine writes to.</summary>
internal static class LocalFileSystems
{
    private static readonly HashSet<string> OnDisk =
        new(StringComparer.Ordinal) { "ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "bcachefs", "overlay" };

    /// <summary>
    /// Does every change, by write(2) or through a mapping, give a file in this directory another st_ctime when it is made?
    /// Not on tmpfs: what is written there through a mapping changes no time.
    /// </summary>
    public static bool NoteEveryChange(string directory) => OperatingSystemKind.IsLinux && OnDisk.Contains(Mounts.Of(directory).Type);

    /// <summary>Does a file in this directory keep its name, its size and its executable bit as they were given?</summary>
    public static bool KeepWhatIsGiven(string directory) =>
        OperatingSystemKind.IsLinux && Mounts.Of(directory).Type is var type && (type == "tmpfs" || OnDisk.Contains(type));
}
