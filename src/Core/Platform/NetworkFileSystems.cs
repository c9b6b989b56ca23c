using System;
using System.Collections.Generic;

namespace ProcessDedup.Platform;

/// <summary>
/// File systems on which flock(2) may be local to one machine, be emulated by record locks that the process drops
/// by accident, fail at random or do nothing at all.
/// </summary>
internal static class NetworkFileSystems
{
    private static readonly Dictionary<string, string> Reasons = new(StringComparer.OrdinalIgnoreCase)
    {
        ["nfs"] = "NFS locks depend on the server's lock service, and locks taken on the server itself are not seen by its clients",
        ["nfs4"] = "NFS locks depend on leases of the server, and locks taken on the server itself are not seen by its clients",
        ["cifs"] = "SMB locks may stay on this client only (mount option nobrl)",
        ["smb"] = "SMB locks may stay on this client only",
        ["smb2"] = "SMB locks may stay on this client only",
        ["smb3"] = "SMB locks may stay on this client only (mount option nobrl)",
        ["smbfs"] = "SMB locks may stay on this client only",
        ["9p"] = "9P keeps locks on this side unless the server implements them",
        ["virtiofs"] = "virtiofs keeps locks in this guest",
        ["fuse"] = "a FUSE file system may keep locks local to one mount, or ignore them",
        ["fuseblk"] = "a FUSE file system may keep locks local to one mount, or ignore them",
        ["lustre"] = "Lustre keeps flock on this client or ignores it, depending on the mount",
        ["gpfs"] = "GPFS may not carry locks between its nodes",
        ["ceph"] = "Ceph releases locks late after a client is lost",
        ["glusterfs"] = "GlusterFS may lose locks when a brick reconnects",
        ["ocfs2"] = "OCFS2 carries flock between nodes only with a cluster stack that supports it",
        ["gfs2"] = "GFS2 mounted with localflocks keeps locks on one node",
        ["afs"] = "AFS has no exclusive locks below whole-file, and expires them",
        ["coda"] = "Coda does not carry locks to other clients",
        ["beegfs"] = "BeeGFS keeps flock on this client unless tuned otherwise",
        ["orangefs"] = "OrangeFS has no file locks by default",
        ["panfs"] = "PanFS locks depend on the realm's lock service",
        ["vboxsf"] = "VirtualBox shared folders keep locks in this guest",
        ["vmhgfs"] = "VMware shared folders keep locks in this guest",
        ["prl_fs"] = "Parallels shared folders keep locks in this guest",
        ["webdav"] = "WebDAV has no kernel locks",
        ["davfs"] = "WebDAV has no kernel locks",
    };

    /// <summary>Why locks on this type of file system are not to be relied on; null for a local one.</summary>
    public static string? ReasonAgainst(string type)
    {
        if (type.Length == 0)
            return "its type cannot be told (is /proc mounted?)";
        int dot = type.IndexOf('.');
        // "fuse.sshfs" is a FUSE file system.
        return Reasons.TryGetValue(dot > 0 ? type.Substring(0, dot) : type, out string? reason) ? reason : null;
    }
}
