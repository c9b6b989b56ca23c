using System;
using System.IO;
using System.Linq;
using System.Reflection;

namespace ProcessDedup.Tests.Harness;

/// <summary>Where the programs are that tests start.</summary>
internal static class Programs
{
    public static string LockPeer { get; } = Built("LockPeer");

    public static string FetchPeer { get; } = Built("FetchPeer");

    public static string SqlitePeer { get; } = Built("SqlitePeer");

    /// <summary>PROCESSDEDUP_TEST_PROCDEDUP names another build of it: the native one.</summary>
    public static string Procdedup { get; } =
        Environment.GetEnvironmentVariable("PROCESSDEDUP_TEST_PROCDEDUP") is { Length: > 0 } named ? Path.GetFullPath(named) : Built("procdedup");

    /// <summary>The installation that runs this test, for programs that have to find theirs.</summary>
    public static string DotnetRoot { get; } =
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "..", "..", ".."));

    /// <summary>The full path of a program on PATH; null if it is not installed.</summary>
    public static string? Find(string name) => (Environment.GetEnvironmentVariable("PATH") ?? string.Empty)
        .Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, name))
        .FirstOrDefault(File.Exists);

    private static string Built(string name)
    {
        string library = typeof(Programs).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(a => a.Key == name).Value!;
        return Path.ChangeExtension(library, OperatingSystem.IsWindows() ? ".exe" : null);
    }
}
