using System;
using System.IO;
using System.Threading;
using ProcessDedup.Platform;

namespace ProcessDedup.Store;

/// <summary>
/// Gives every file of a directory to that directory alone. Package managers fill their targets with hard links into
/// stores of their own (uv, pnpm): made read-only here they would be so there, and written to there they would change here.
/// </summary>
internal static class SeparateFiles
{
    /// <exception cref="IOException">A file cannot be copied.</exception>
    public static void In(string directory)
    {
        bool isAnyCopied = false;
        bool isKnown = FileSystem.TryGetFacts(directory, out FileFacts before);
        foreach (FileSystemInfo item in new DirectoryInfo(directory).EnumerateFileSystemInfos())
        {
            if (!FileSystem.TryGetFacts(item.FullName, out FileFacts facts))
                continue;
            if (facts.Type == FileType.Directory)
                In(item.FullName);
            else if (facts.Type == FileType.Regular && facts.Links > 1)
            {
                Separate(item.FullName, facts);
                isAnyCopied = true;
            }
        }

        if (isAnyCopied && isKnown)
            FileTimes.TrySetModified(directory, before.ModifiedNanoseconds);
    }

    private static void Separate(string file, in FileFacts facts)
    {
        // Not made of its name, which may be as long as names can be.
        string copy = Path.Combine(Path.GetDirectoryName(file)!, "." + Guid.NewGuid().ToString("N"));
        FileCopy.Make(file, copy, isExecutable: false, CopyMode.Copy, isSynced: false, CancellationToken.None);
        if (!OperatingSystemKind.IsWindows)
            Publishing.SetMode(copy, (uint)(facts.Permissions & TreeMode.Bits));
        FileTimes.TrySetModified(copy, facts.ModifiedNanoseconds);
        Publishing.RenameOnly(copy, file);
    }
}
