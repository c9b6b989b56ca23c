using System;
using System.IO;

namespace ProcessDedup.Platform;

/// <summary>Removes files and directories, read-only ones too. Links are removed, never followed.</summary>
internal static class TreeRemoval
{
    /// <summary>False if something is left: another process has it open (Windows), or rights are missing.</summary>
    public static bool TryDelete(string path)
    {
        try
        {
            if (!FileSystem.TryGetFacts(path, out FileFacts facts))
                return true;
            if (facts.Type != FileType.Directory)
                return TryDeleteFile(path);
            Empty(path);
            Directory.Delete(path);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or PlatformException)
        {
            return !Directory.Exists(path);
        }
    }

    private static void Empty(string directory)
    {
        if (!OperatingSystemKind.IsWindows)
            Publishing.SetMode(directory, FileSystem.PrivateDirectory);
        foreach (FileSystemInfo item in new DirectoryInfo(directory).EnumerateFileSystemInfos())
        {
            bool isLink = (item.Attributes & FileAttributes.ReparsePoint) != 0;
            if (item is DirectoryInfo && !isLink)
            {
                Empty(item.FullName);
                Directory.Delete(item.FullName);
            }
            else if (item is DirectoryInfo && OperatingSystemKind.IsWindows)
            {
                Directory.Delete(item.FullName);
            }
            else
            {
                TryDeleteFile(item.FullName);
            }
        }
    }

    private static bool TryDeleteFile(string path)
    {
        if (OperatingSystemKind.IsWindows && File.Exists(path))
            File.SetAttributes(path, FileAttributes.Normal);
        return FileSystem.TryDelete(path);
    }
}
