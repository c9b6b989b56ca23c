using System;
using System.IO;

namespace ProcessDedup.Platform;

/// <summary>Finds a program as a shell would: a path as it is, a bare name on PATH (and PATHEXT on Windows).</summary>
internal static class ExecutableSearch
{
    private const int ExecuteRight = 1; // X_OK

    public static string? Find(string command)
    {
        if (command.Length == 0 || command.Contains('\0'))
            return null;
        if (command.IndexOfAny([Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar]) >= 0)
            return WithExtension(Path.GetFullPath(command));
        foreach (string folder in (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator))
        {
            if (folder.Length > 0 && WithExtension(Path.Combine(folder, command)) is { } found && IsExecutable(found))
                return found;
        }

        return null;
    }

    private static string? WithExtension(string path)
    {
        if (File.Exists(path))
            return path;
        if (!OperatingSystemKind.IsWindows)
            return null;
        foreach (string extension in (Environment.GetEnvironmentVariable("PATHEXT") ?? ".COM;.EXE;.BAT;.CMD").Split(';'))
        {
            if (File.Exists(path + extension))
                return path + extension;
        }

        return null;
    }

    private static unsafe bool IsExecutable(string path)
    {
        if (OperatingSystemKind.IsWindows)
            return true;
        fixed (byte* name = new NativePath(path).Bytes)
            return Libc.Access(name, ExecuteRight) == 0;
    }
}
