using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;

namespace ProcessDedup.Platform;

/// <summary>A lock on a part of a file, fcntl(2): one line of /proc/locks.</summary>
/// <param name="Kind">Shared or exclusive.</param>
/// <param name="IsOpenFile">Held by an open file and not by a process (F_OFD_SETLK): the kernel names nobody.</param>
/// <param name="ProcessId">Whose it is; -1 for one of an open file.</param>
/// <param name="Device">The super block's device as the kernel prints it, "fe:00".</param>
/// <param name="Inode">The inode.</param>
/// <param name="Start">The first byte.</param>
/// <param name="End">The last byte.</param>
internal readonly record struct ProcRangeLock(
    KernelLock Kind, bool IsOpenFile, int ProcessId, string Device, ulong Inode, long Start, long End)
{
    public bool Covers(long position) => Start <= position && position <= End;
}

/// <summary>The locks on parts of files in the kernel's table (proc_locks(5)), which no file need be opened for.</summary>
internal static class ProcRangeLocks
{
    /// <summary>The locks on one file; empty if there are none, or there is no such table.</summary>
    /// <param name="file">A full path without links.</param>
    public static IReadOnlyList<ProcRangeLock> Of(string file)
    {
        if (!OperatingSystemKind.IsLinux || !FileSystem.TryGetFacts(file, out FileFacts facts))
            return [];
        // stat(2) reports another device than /proc/locks on btrfs and overlayfs; the mount table has the kernel's.
        // Of the file and not of its directory: a file can be mounted by itself.
        string device = Mounts.Of(file).Device;
        List<ProcRangeLock> locks = [];
        try
        {
            for (int look = 0; look < ProcLocks.Looks && locks.Count == 0; look++)
            {
                string table = KernelFile.ReadText("/proc/locks");
                locks = Parse(table);
                locks.RemoveAll(l => l.Inode != facts.Identity.Inode || (device.Length > 0 && l.Device != device));
                if (ProcLocks.IsWhole(table))
                    break;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }

        return locks;
    }

    /// <summary>Parses "1: POSIX  ADVISORY  WRITE 708 08:01:1234 1073741824 1073742335"; who waits is left out.</summary>
    public static List<ProcRangeLock> Parse(string text)
    {
        // What changes while the kernel gives its table page by page may come twice.
        var seen = new HashSet<ProcRangeLock>();
        var locks = new List<ProcRangeLock>();
        foreach (string line in text.Split('\n'))
        {
            string[] fields = line.Split([' '], StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length < 8 || fields[1] is not ("POSIX" or "OFDLCK"))
                continue;
            string[] file = fields[5].Split(':');
            if (file.Length != 3
                || !int.TryParse(fields[4], NumberStyles.Integer, CultureInfo.InvariantCulture, out int id)
                || !ulong.TryParse(file[2], NumberStyles.None, CultureInfo.InvariantCulture, out ulong inode)
                || !long.TryParse(fields[6], NumberStyles.None, CultureInfo.InvariantCulture, out long start))
            {
                continue;
            }

            long end = long.MaxValue;
            if (fields[7] != "EOF" && !long.TryParse(fields[7], NumberStyles.None, CultureInfo.InvariantCulture, out end))
                continue;
            var found = new ProcRangeLock(
                fields[3] == "WRITE" ? KernelLock.Exclusive : KernelLock.Shared,
                fields[1] == "OFDLCK", id, file[0] + ":" + file[1], inode, start, end);
            if (seen.Add(found))
                locks.Add(found);
        }

        return locks;
    }
}
