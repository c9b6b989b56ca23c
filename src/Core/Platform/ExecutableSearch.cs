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
        foreach (string entry in (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator))
        {
            // Installers of Windows quote entries with a semicolon or space in them.
            string folder = OperatingSystemKind.IsWindows ? entry.Trim('"') : entry;
            if (folder.Length > 0 && WithExtension(Path.Combine(folder, command)) is { } found && IsExecutable(found))
                return found;
        }

        return null;
    }

    // As cmd.exe and PowerShell: beside "npm" for a POSIX shell lies the "npm.cmd" that is meant.
    private static string? WithExtension(string path)
    {
        if (!OperatingSystemKind.IsWindows)
            return File.Exists(path) ? path : null;
        string[] extensions = (Environment.GetEnvironmentVariable("PATHEXT") ?? ".COM;.EXE;.BAT;.CMD")
            .Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        bool isWhole = Path.GetExtension(path) is { Length: > 0 } own
            && (own.Equals(WindowsScript.PowerShellExtension, StringComparison.OrdinalIgnoreCase)
                || Array.Exists(extensions, e => e.Equals(own, StringComparison.OrdinalIgnoreCase)));
        if (isWhole && File.Exists(path))
            return path;
        foreach (string extension in extensions)
        {
            if (File.Exists(path + extension))
                return path + extension;
        }

        return File.Exists(path) ? path : null;
    }

    private static unsafe bool IsExecutable(string path)
    {
        if (OperatingSystemKind.IsWindows)
            return true;
        fixed (byte* name = new NativePath(path).Bytes)
            return Libc.Access(name, ExecuteRight) == 0;
    }
}
