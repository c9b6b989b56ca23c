using System;
using System.Collections.Generic;
using System.IO;
using ProcessDedup.Platform;

namespace ProcessDedup.Locks;

/// <summary>The kernel's lock table, read once, asked by file.</summary>
internal sealed class KernelLockTable
{
    private readonly IReadOnlyList<ProcLockLine> _lines = ProcLocks.Read();
    private readonly Dictionary<string, string> _devices = new(StringComparer.Ordinal);

    /// <summary>The lines of one file in the kernel's order; empty if the file does not exist.</summary>
    public IReadOnlyList<ProcLockLine> Of(string file)
    {
        return _lines.Count == 0 || !FileSystem.TryGetFacts(file, out FileFacts facts) ? [] : Of(file, facts.Identity);
    }

    /// <summary>The lines of a file that was at this path once, and may have been removed since.</summary>
    public IReadOnlyList<ProcLockLine> Of(string file, FileIdentity identity)
    {
        string device = DeviceOf(Path.GetDirectoryName(file)!);
        var found = new List<ProcLockLine>();
        foreach (ProcLockLine line in _lines)
        {
            if (line.Inode == identity.Inode && (device.Length == 0 || line.Device == device))
                found.Add(line);
        }

        return found;
    }

    /// <summary>
    /// Who really holds the lock of a line. Usually the process that the kernel names; when that one has exited or
    /// closed the file, the children that inherited it; null for one that cannot be seen.
    /// </summary>
    /// <param name="file">The file.</param>
    /// <param name="line">One of its lines.</param>
    /// <param name="all">All of its lines: whom another one names holds the lock by itself, and is no child of this one.</param>
    public static IReadOnlyList<ProcessIdentity?> TrueHolders(string file, ProcLockLine line, IReadOnlyList<ProcLockLine> all)
    {
        if (line.ProcessId > 0
            && ProcessIdentity.TryGet(line.ProcessId, out ProcessIdentity named)
            && (!ProcFileDescriptors.CanRead(line.ProcessId)
                || ProcFileDescriptors.HoldsLock(line.ProcessId, line.Device, line.Inode)))
        {
            return [named];
        }

        var holders = new List<ProcessIdentity?>();
        foreach (int id in ProcFileDescriptors.FindHolders(line.Device, line.Inode))
        {
            if (!IsNamedBesides(all, line, id) && ProcessIdentity.TryGet(id, out ProcessIdentity found))
                holders.Add(found);
        }

        return holders.Count > 0 ? holders : StillListed(file, line) ? [null] : [];
    }

    private static bool IsNamedBesides(IReadOnlyList<ProcLockLine> all, ProcLockLine line, int id)
    {
        foreach (ProcLockLine other in all)
        {
            if (!other.IsWaiter && other.ProcessId == id && id != line.ProcessId)
                return true;
        }

        return false;
    }

    // Between reading the table and asking for the process the lock may simply have been released.
    private static bool StillListed(string file, ProcLockLine line)
    {
        foreach (ProcLockLine now in new KernelLockTable().Of(file))
        {
            if (!now.IsWaiter && now.ProcessId == line.ProcessId)
                return true;
        }

        return false;
    }

    // stat(2) reports another device than /proc/locks on btrfs and overlayfs; the mount table has the kernel's.
    private string DeviceOf(string directory)
    {
        if (!_devices.TryGetValue(directory, out string? device))
            _devices[directory] = device = Mounts.Of(directory).Device;
        return device;
    }
}
