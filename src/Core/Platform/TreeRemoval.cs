using System;
using System.IO;

namespace ProcessDedup.Platform;

/// <summary>Removes a directory with all that is in it, as far as that is possible. Links are removed, never followed.</summary>
internal static class TreeRemoval
{
    public static bool TryDelete(string directory)
    {
        try
        {
            if (OperatingSystemKind.IsWindows)
                MakeWritable(directory);
            Directory.Delete(directory, recursive: true);
            return true;
        }
        catch (DirectoryNotFoundException)
        {
            return true;
        }
        catch (Exception e) when (ManagedFailures.IsAboutFiles(e))
        {
            return false;
        }
    }

    // Windows refuses to remove what is read-only.
    private static void MakeWritable(string directory)
    {
        foreach (string path in Directory.GetFileSystemEntries(directory))
        {
            FileAttributes attributes = File.GetAttributes(path);
            if ((attributes & FileAttributes.ReadOnly) != 0)
                File.SetAttributes(path, attributes & ~FileAttributes.ReadOnly);
            if ((attributes & (FileAttributes.Directory | FileAttributes.ReparsePoint)) == FileAttributes.Directory)
                MakeWritable(path);
        }
    }
}
