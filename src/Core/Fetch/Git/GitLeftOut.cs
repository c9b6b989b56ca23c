using System;
using System.Collections.Generic;
using System.IO;
using ProcessDedup.Platform;

namespace ProcessDedup.Fetch.Git;

/// <summary>What a checkout of a commit would fetch besides, and we do not: submodules (gitmodules(5)) and LFS content (git-lfs).</summary>
internal static class GitLeftOut
{
    // Far more than anybody writes by hand.
    private const int LargestAttributes = 1 << 20;

    public static bool HasSubmodules(string directory) => FileSystem.TryReadSmall(
        Path.Combine(directory, ".gitmodules"), LargestAttributes) is { } modules && modules.AsSpan().IndexOf("[submodule"u8) >= 0;

    /// <summary>Does an attributes file of any directory say that something is in LFS?</summary>
    public static bool HasLargeFiles(string directory)
    {
        var ahead = new Stack<string>();
        ahead.Push(directory);
        while (ahead.Count > 0)
        {
            string current = ahead.Pop();
            if (FileSystem.TryReadSmall(Path.Combine(current, ".gitattributes"), LargestAttributes) is { } attributes
                && attributes.AsSpan().IndexOf("filter=lfs"u8) >= 0)
            {
                return true;
            }

            foreach (string path in Directory.EnumerateFileSystemEntries(current))
            {
                // Links are not followed.
                if (FileSystem.TryGetFacts(path, out FileFacts facts) && facts.Type == FileType.Directory)
                    ahead.Push(path);
            }
        }

        return false;
    }
}
