using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;

namespace ProcessDedup.Platform;

/// <summary>
/// Which processes can still change what is in a directory: by a file that is open for writing (/proc/PID/fd and
/// /proc/PID/fdinfo, proc_pid_fd(5)) or mapped so (/proc/PID/maps), or by standing in it (cwd, root, an open directory).
/// Processes of other users cannot be looked into.
/// </summary>
internal static class ProcOpenFiles
{
    private const int AccessMode = 3; // O_ACCMODE

    /// <summary>Process and path of every writer; empty where there is no /proc.</summary>
    public static IReadOnlyList<(int ProcessId, string Path)> FindWriters(string directory)
    {
        var writers = new List<(int, string)>();
        string inside = RealPath.Of(directory) + "/";
        foreach ((int id, string process) in Processes())
        {
            AddWriters(writers, id, process, inside);
            AddMappers(writers, id, process, inside);
        }

        return writers;
    }

    /// <summary>Processes whose working directory, root or an open directory is this one, or in it; empty where there is no /proc.</summary>
    public static IReadOnlyList<int> FindInside(string directory)
    {
        var inside = new List<int>();
        string real = RealPath.Of(directory);
        foreach ((int id, string process) in Processes())
        {
            if (IsIn(process + "/cwd", real) || IsIn(process + "/root", real) || HoldsDirectory(process, real))
                inside.Add(id);
        }

        return inside;
    }

    /// <summary>Other processes that have this very file open; empty where there is no /proc.</summary>
    /// <param name="file">Its full path without links.</param>
    public static IReadOnlyList<int> FindOpeners(string file)
    {
        var openers = new List<int>();
        foreach ((int id, string process) in Processes())
        {
            if (id != ProcessIdentity.Current.ProcessId && HasOpen(process, file))
                openers.Add(id);
        }

        return openers;
    }

    private static bool HasOpen(string process, string file)
    {
        try
        {
            foreach (string descriptor in Directory.EnumerateFileSystemEntries(process + "/fd"))
            {
                if (SymbolicLinks.TryRead(descriptor) == file)
                    return true;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It has just ended, or it is somebody else's.
        }

        return false;
    }

    private static IEnumerable<(int Id, string Folder)> Processes()
    {
        if (!OperatingSystemKind.IsLinux)
            yield break;
        foreach (string process in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(process), NumberStyles.None, CultureInfo.InvariantCulture, out int id))
                yield return (id, process);
        }
    }

    private static bool IsIn(string link, string directory) => SymbolicLinks.TryRead(link) is { } path
        && (path == directory || path.StartsWith(directory + "/", StringComparison.Ordinal));

    private static bool HoldsDirectory(string process, string directory)
    {
        try
        {
            foreach (string descriptor in Directory.EnumerateFileSystemEntries(process + "/fd"))
            {
                if (IsIn(descriptor, directory) && Directory.Exists(SymbolicLinks.TryRead(descriptor)))
                    return true;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It has just ended, or it is somebody else's.
        }

        return false;
    }

    // "7f0c…-7f0c… rw-s 00000000 08:01 1234    /path": shared and writable, though its descriptor may be closed.
    private static void AddMappers(List<(int ProcessId, string Path)> writers, int id, string process, string inside)
    {
        const int permissions = 1, path = 5;
        try
        {
            foreach (string line in File.ReadLines(process + "/maps"))
            {
                int at = line.IndexOf(inside, StringComparison.Ordinal);
                string[] fields = at < 0 ? [] : line.Split(' ', path + 1, StringSplitOptions.RemoveEmptyEntries);
                if (fields.Length > path && fields[permissions] is [_, 'w', _, 's'])
                    writers.Add((id, line.Substring(at)));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It has just ended, or it is somebody else's.
        }
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
