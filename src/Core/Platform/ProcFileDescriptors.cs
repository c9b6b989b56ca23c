using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;

namespace ProcessDedup.Platform;

/// <summary>
/// Which processes really have a lock open: the "lock:" lines of /proc/PID/fdinfo (proc_pid_fdinfo(5)). Unlike
/// /proc/locks they tell of children that inherited the descriptor.
/// </summary>
internal static class ProcFileDescriptors
{
    private const string Flock = "FLOCK";

    /// <summary>Has this process a descriptor through which that file is locked?</summary>
    /// <param name="processId">The process.</param>
    /// <param name="device">The super block's device as the kernel prints it.</param>
    /// <param name="inode">The inode.</param>
    /// <param name="kind">As the kernel calls it: FLOCK, POSIX or OFDLCK.</param>
    public static bool HoldsLock(int processId, string device, ulong inode, string kind = Flock)
    {
        string suffix = $"{device}:{inode.ToString(CultureInfo.InvariantCulture)}";
        string folder = $"/proc/{processId.ToString(CultureInfo.InvariantCulture)}/fdinfo";
        try
        {
            foreach (string descriptor in Directory.EnumerateFiles(folder))
            {
                if (HasLockLine(descriptor, kind, suffix))
                    return true;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }

        return false;
    }

    /// <summary>Every process seen to hold that lock. Slow (all of /proc): for when /proc/locks names a dead one.</summary>
    public static IReadOnlyList<int> FindHolders(string device, ulong inode, string kind = Flock)
    {
        var holders = new List<int>();
        foreach (string folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out int id)
                && HoldsLock(id, device, inode, kind))
            {
                holders.Add(id);
            }
        }

        return holders;
    }

    /// <summary>The files that a process has locked with flock(2), by path.</summary>
    public static IReadOnlyList<string> LockedFiles(int processId)
    {
        var files = new List<string>();
        string process = "/proc/" + processId.ToString(CultureInfo.InvariantCulture);
        try
        {
            foreach (string descriptor in Directory.EnumerateFiles(process + "/fdinfo"))
            {
                if (HasLockLine(descriptor, Flock, string.Empty)
                    && SymbolicLinks.TryRead($"{process}/fd/{Path.GetFileName(descriptor)}") is { } file)
                {
                    files.Add(file);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }

        return files;
    }

    /// <summary>Can that process's descriptors be read at all? Only its own user and root may.</summary>
    public static bool CanRead(int processId)
    {
        try
        {
            using IEnumerator<string> entries = Directory
                .EnumerateFiles($"/proc/{processId.ToString(CultureInfo.InvariantCulture)}/fdinfo").GetEnumerator();
            return entries.MoveNext();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static bool HasLockLine(string descriptor, string kind, string suffix)
    {
        try
        {
            foreach (string line in File.ReadLines(descriptor))
            {
                // "lock:	1: FLOCK  ADVISORY  WRITE 463 00:2e:137361 0 EOF"
                if (line.StartsWith("lock:", StringComparison.Ordinal)
                    && line.Contains(kind)
                    && line.Contains(suffix + " "))
                {
                    return true;
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }

        return false;
    }
}
