using ProcessDedup.Messages;

namespace ProcessDedup.Platform;

/// <summary>
/// File systems on which flock(2) may be local to one machine, be emulated by record locks that the process drops
/// by accident, fail at random or do nothing at all.
/// </summary>
internal static class NetworkFileSystems
{
    /// <summary>Why locks on this type of file system are not to be relied on; null for a local one.</summary>
    public static string? ReasonAgainst(string type)
    {
        if (type.Length == 0)
            return Message.Of(Key.ReasonTypeCannotBeTold);
        int dot = type.IndexOf('.');
        // "fuse.sshfs" is a FUSE file system.
        return ReasonAgainstKnown((dot > 0 ? type.Substring(0, dot) : type).ToLowerInvariant());
    }

    private static string? ReasonAgainstKnown(string type) => type switch
    {
        "nfs" => Message.Of(Key.ReasonLocksOfNfs),
        "nfs4" => Message.Of(Key.ReasonLocksOfNfs4),
        "cifs" or "smb3" => Message.Of(Key.ReasonLocksOfSmbNobrl),
        "smb" or "smb2" or "smbfs" => Message.Of(Key.ReasonLocksOfSmb),
        "9p" => Message.Of(Key.ReasonLocksOf9p),
        "virtiofs" => Message.Of(Key.ReasonLocksOfVirtiofs),
        "fuse" or "fuseblk" => Message.Of(Key.ReasonLocksOfFuse),
        "lustre" => Message.Of(Key.ReasonLocksOfLustre),
        "gpfs" => Message.Of(Key.ReasonLocksOfGpfs),
        "ceph" => Message.Of(Key.ReasonLocksOfCeph),
        "glusterfs" => Message.Of(Key.ReasonLocksOfGluster),
        "ocfs2" => Message.Of(Key.ReasonLocksOfOcfs2),
        "gfs2" => Message.Of(Key.ReasonLocksOfGfs2),
        "afs" => Message.Of(Key.ReasonLocksOfAfs),
        "coda" => Message.Of(Key.ReasonLocksOfCoda),
        "beegfs" => Message.Of(Key.ReasonLocksOfBeegfs),
        "orangefs" => Message.Of(Key.ReasonLocksOfOrangefs),
        "panfs" => Message.Of(Key.ReasonLocksOfPanfs),
        "vboxsf" => Message.Of(Key.ReasonLocksOfVboxsf),
        "vmhgfs" => Message.Of(Key.ReasonLocksOfVmhgfs),
        "prl_fs" => Message.Of(Key.ReasonLocksOfPrlfs),
        "webdav" or "davfs" => Message.Of(Key.ReasonLocksOfWebdav),
        _ => null,
    };
}
