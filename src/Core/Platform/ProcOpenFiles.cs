using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;

namespace ProcessDedup.Platform;

/// <summary>
/// Which processes have files of a directory open for writing: the links in /proc/PID/fd and the flags in
/// /proc/PID/fdinfo (proc_pid_fd(5)). Processes of other users cannot be looked into.
/// </summary>
internal static class ProcOpenFiles
{
    private const int AccessMode = 3; // O_ACCMODE

    /// <summary>Process and path of every writer; empty where there is no /proc.</summary>
    public static IReadOnlyList<(int ProcessId, string Path)> FindWriters(string directory)
    {
        var writers = new List<(int, string)>();
        if (!OperatingSystemKind.IsLinux)
            return writers;
        string inside = RealPath.Of(directory) + "/";
        foreach (string process in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(process), NumberStyles.None, CultureInfo.InvariantCulture, out int id))
                AddWriters(writers, id, process, inside);
        }

        return writers;
    }

    private static void AddWriters(List<(int ProcessId, string Path)> writers, int id, string process, string inside)
    {
        try
        {
            foreach (string descriptor in Directory.EnumerateFileSystemEntries(process + "/fd"))
            {
                if (SymbolicLinks.TryRead(descriptor) is { } path
                    && path.StartsWith(inside, StringComparison.Ordinal)
                    && IsWritable($"{process}/fdinfo/{Path.GetFileName(descriptor)}"))
                {
                    writers.Add((id, path));
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It has just ended, or it is somebody else's.
        }
    }

    private static bool IsWritable(string information)
    {
        foreach (string line in File.ReadLines(information))
        {
            // "flags:	0100002", in octal.
            if (line.StartsWith("flags:", StringComparison.Ordinal))
                return (Convert.ToInt32(line.Substring("flags:".Length).Trim(), 8) & AccessMode) != 0;
        }

        return false;
    }
}
