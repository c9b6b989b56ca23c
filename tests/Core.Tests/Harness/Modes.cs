using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Xunit;

namespace ProcessDedup.Tests.Harness;

/// <summary>Permission bits as people write them.</summary>
internal static class Modes
{
    public static void Set(string path, string octal) => Set(path, (UnixFileMode)Convert.ToInt32(octal, 8));

    /// <summary>Sets them; on Windows, of a file, what is there of them: may it be written?</summary>
    public static void Set(string path, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, mode);
        else if (File.Exists(path))
            new FileInfo(path).IsReadOnly = !mode.HasFlag(UnixFileMode.UserWrite);
    }

    /// <summary>Skips the test on Windows, where files have none.</summary>
    public static UnixFileMode Get(string path)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no permission bits");
        return File.GetUnixFileMode(path);
    }

    public static string Of(string path) => Convert.ToString((int)Get(path), 8);

    /// <summary>"640 dir/file" of all files and directories below a directory.</summary>
    public static IReadOnlyList<string> Below(string directory) =>
    [
        .. Directory.EnumerateFileSystemEntries(directory, "*", SearchOption.AllDirectories)
            .Where(path => new FileInfo(path).LinkTarget is null)
            .Order(StringComparer.Ordinal)
            .Select(path => $"{Of(path)} {Path.GetRelativePath(directory, path)}"),
    ];

    /// <summary>A tree with every mode that is worth a thought.</summary>
    public static string Make(string tree)
    {
        Directory.CreateDirectory(Path.Combine(tree, "closed/deep"));
        Directory.CreateDirectory(Path.Combine(tree, "private"));
        foreach (string octal in new[] { "600", "640", "750", "444", "644", "755", "654", "666" })
        {
            File.WriteAllText(Path.Combine(tree, octal), octal);
            Set(Path.Combine(tree, octal), octal);
        }

        File.WriteAllText(Path.Combine(tree, "closed/deep/file"), "deep");
        Set(Path.Combine(tree, "closed/deep/file"), "400");
        Set(Path.Combine(tree, "closed/deep"), "555");
        Set(Path.Combine(tree, "closed"), "555");
        Set(Path.Combine(tree, "private"), "700");
        Links.ToFile(Path.Combine(tree, "link"), "600");
        return tree;
    }
}
