using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using ProcessDedup.Platform;

namespace ProcessDedup.Store;

/// <summary>
/// Gives every file of a directory to that directory alone. Package managers fill their targets with hard links into
/// stores of their own (uv, pnpm): made read-only here they would be so there, and written to there they would change here.
/// Names of one file that are all in the directory stay names of one file.
/// </summary>
internal static class SeparateFiles
{
    /// <exception cref="IOException">A file cannot be copied.</exception>
    public static void In(string directory)
    {
        var named = new Dictionary<FileIdentity, (FileFacts Facts, List<string> Names)>();
        Find(directory, named);
        foreach ((FileFacts facts, List<string> names) in named.Values)
        {
            if (facts.Links > names.Count)
                Separate(names, facts);
        }
    }

    private static void Find(string directory, Dictionary<FileIdentity, (FileFacts Facts, List<string> Names)> named)
    {
        foreach (FileSystemInfo item in new DirectoryInfo(directory).EnumerateFileSystemInfos())
        {
            if (!FileSystem.TryGetFacts(item.FullName, out FileFacts facts))
                continue;
            if (facts.Type == FileType.Directory)
                Find(item.FullName, named);
            else if (facts is { Type: FileType.Regular, Links: > 1 })
                (named.TryGetValue(facts.Identity, out var known) ? known : named[facts.Identity] = (facts, [])).Names.Add(item.FullName);
        }
    }

    private static void Separate(List<string> names, in FileFacts facts)
    {
        string? first = null;
        foreach (string name in names)
        {
            string directory = Path.GetDirectoryName(name)!;
            bool isKnown = FileSystem.TryGetFacts(directory, out FileFacts before);
            // Not made of its name, which may be as long as names can be.
            string copy = Path.Combine(directory, "." + Guid.NewGuid().ToString("N"));
            if (first is null || !Publishing.TryLink(first, copy))
                Copy(name, copy, facts);
            Publishing.RenameOnly(copy, name);
            first ??= name;
            if (isKnown)
                FileTimes.TrySetModified(directory, before.ModifiedNanoseconds);
        }
    }

    private static void Copy(string file, string copy, in FileFacts facts)
    {
        FileCopy.Make(file, copy, isExecutable: false, CopyMode.Copy, isSynced: false, CancellationToken.None);
        if (!OperatingSystemKind.IsWindows)
            Publishing.SetMode(copy, (uint)(facts.Permissions & TreeMode.Bits));
        FileTimes.TrySetModified(copy, facts.ModifiedNanoseconds);
    }
}
