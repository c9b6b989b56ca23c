using System;
using System.IO;

namespace ProcessDedup.Bench;

/// <summary>Where the other products of this repository are, once they are built.</summary>
internal static class Repository
{
    private static readonly string? Root = FindRoot();

    /// <summary>The module as it would be published; null if it has not been built.</summary>
    public static string? Module() => Existing("output", "ProcessDedup", "ProcessDedup.psd1");

    /// <summary>The command, built together with this program; or the build that PROCESSDEDUP_BENCH_PROCDEDUP names: the native one.</summary>
    public static string? Procdedup()
    {
        if (Environment.GetEnvironmentVariable("PROCESSDEDUP_BENCH_PROCDEDUP") is { Length: > 0 } named)
            return Path.GetFullPath(named);
        // …/bench/bin/Release/net10.0/ → the same last two folders
        string framework = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
        string configuration = Path.GetDirectoryName(framework) ?? string.Empty;
        return Existing("src", "Cli", "bin", Path.GetFileName(configuration), Path.GetFileName(framework), "procdedup");
    }

    private static string? Existing(params string[] parts)
    {
        if (Root is null)
            return null;
        string path = Path.Combine([Root, .. parts]);
        return File.Exists(path) ? path : null;
    }

    private static string? FindRoot()
    {
        for (string? at = AppContext.BaseDirectory; at is not null; at = Path.GetDirectoryName(at))
        {
            if (File.Exists(Path.Combine(at, "ProcessDedup.sln")))
                return at;
        }

        return null;
    }
}
