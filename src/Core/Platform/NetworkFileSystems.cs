using System;
using System.Collections.Generic;
using System.IO;
using ProcessDedup.Messages;

namespace ProcessDedup.Platform;

/// <summary>
/// File systems on which flock(2) may be local to one machine, be emulated by record locks that the process drops
/// by accident, fail at random or do nothing at all.
/// </summary>
/// <remarks>
/// The rule for a type: one that is known to share files between machines, or between a machine and its guests, is refused;
/// one that is known to be local is taken; any other is taken only if the kernel says that it lies on a block device
/// (/proc/filesystems without <c>nodev</c>), which no other machine writes to, cluster file systems excepted.
/// </remarks>
internal static class NetworkFileSystems
{
    // What .NET and Windows call local, and those that have no block device of their own and are local all the same: their
    // files live in this machine's memory, its flash, or in another local file system.
    private static readonly HashSet<string> KnownLocal = new(StringComparer.Ordinal)
    {
        "local", "apfs", "hfs", "ufs", "ext2", "ext3", "ext4", "xfs", "btrfs", "bcachefs", "f2fs", "zfs", "jfs", "reiserfs", "nilfs2",
        "tmpfs", "ramfs", "rootfs", "devtmpfs", "overlay", "overlayfs", "aufs", "ecryptfs", "ubifs", "jffs2",
        "vfat", "exfat", "msdos", "ntfs", "ntfs3", "squashfs", "erofs", "iso9660", "udf", "lxfs", "wslfs",
    };

    private static readonly Lazy<HashSet<string>> OnBlockDevices = new(ReadOnBlockDevices);

    /// <summary>Why locks on this type of file system are not to be relied on; null for a local one.</summary>
    public static string? ReasonAgainst(string type)
    {
        if (type.Length == 0)
            return Message.Of(Key.ReasonTypeCannotBeTold);
        int dot = type.IndexOf('.');
        // "fuse.sshfs" is a FUSE file system.
        string kind = (dot > 0 ? type.Substring(0, dot) : type).ToLowerInvariant();
        return ReasonAgainstKnown(kind)
            ?? (KnownLocal.Contains(kind) || OnBlockDevices.Value.Contains(kind) ? null : Message.Of(Key.ReasonTypeIsUnknown));
    }

    private static HashSet<string> ReadOnBlockDevices()
    {
        var types = new HashSet<string>(StringComparer.Ordinal);
        try
        {
            // "nodev\ttmpfs", and "\text4" for one that needs a device (proc_filesystems(5)).
            foreach (string line in OperatingSystemKind.IsLinux ? File.ReadAllLines("/proc/filesystems") : [])
            {
                if (line.StartsWith('\t'))
                    types.Add(line.Trim());
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }

        return types;
    }

    private static string? ReasonAgainstKnown(string type) => type switch
    {
        "nfs" => Message.Of(Key.ReasonLocksOfNfs),
        "nfs4" => Message.Of(Key.ReasonLocksOfNfs4),
        "cifs" or "smb3" => Message.Of(Key.ReasonLocksOfSmbNobrl),
        "smb" or "smb2" or "smbfs" => Message.Of(Key.ReasonLocksOfSmb),
        "9p" or "drvfs" => Message.Of(Key.ReasonLocksOf9p),
        "virtiofs" => Message.Of(Key.ReasonLocksOfVirtiofs),
        "fuse" or "fuseblk" => Message.Of(Key.ReasonLocksOfFuse),
        "lustre" => Message.Of(Key.ReasonLocksOfLustre),
        "gpfs" => Message.Of(Key.ReasonLocksOfGpfs),
        "ceph" => Message.Of(Key.ReasonLocksOfCeph),
        "glusterfs" => Message.Of(Key.ReasonLocksOfGluster),
        "ocfs2" => Message.Of(Key.ReasonLocksOfOcfs2),
        "gfs2" => Message.Of(Key.ReasonLocksOfGfs2),
        "afs" or "auristorfs" => Message.Of(Key.ReasonLocksOfAfs),
        "coda" => Message.Of(Key.ReasonLocksOfCoda),
        "beegfs" => Message.Of(Key.ReasonLocksOfBeegfs),
        "orangefs" or "pvfs2" => Message.Of(Key.ReasonLocksOfOrangefs),
        "panfs" => Message.Of(Key.ReasonLocksOfPanfs),
        "fakeowner" or "osxfs" or "grpcfuse" => Message.Of(Key.ReasonLocksOfDockerDesktop),
        "wekafs" => Message.Of(Key.ReasonLocksOfCluster, "WekaFS"),
        "moosefs" or "mfs" => Message.Of(Key.ReasonLocksOfCluster, "MooseFS"),
        "lizardfs" => Message.Of(Key.ReasonLocksOfCluster, "LizardFS"),
        "quobyte" => Message.Of(Key.ReasonLocksOfCluster, "Quobyte"),
        "acfs" => Message.Of(Key.ReasonLocksOfCluster, "Oracle ACFS"),
        "cvfs" => Message.Of(Key.ReasonLocksOfCluster, "StorNext"),
        "vboxsf" => Message.Of(Key.ReasonLocksOfVboxsf),
        "vmhgfs" => Message.Of(Key.ReasonLocksOfVmhgfs),
        "prl_fs" => Message.Of(Key.ReasonLocksOfPrlfs),
        "webdav" or "davfs" => Message.Of(Key.ReasonLocksOfWebdav),
        _ => null,
    };
}
