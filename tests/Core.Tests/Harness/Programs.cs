using System;
using System.ComponentModel;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Reflection;
using Xunit;

namespace ProcessDedup.Tests.Harness;

/// <summary>Where the programs are that tests start.</summary>
internal static class Programs
{
    public static string LockPeer { get; } = Built("LockPeer");

    public static string FetchPeer { get; } = Built("FetchPeer");

    public static string SqlitePeer { get; } = Built("SqlitePeer");

    /// <summary>The directory of the whole project.</summary>
    public static string Repository { get; } = Told("Repository");

    /// <summary>PROCESSDEDUP_TEST_PROCDEDUP names another build of it: the native one.</summary>
    public static string Procdedup { get; } = NamedProcdedup(Environment.GetEnvironmentVariable("PROCESSDEDUP_TEST_PROCDEDUP"));

    /// <summary>The installation that runs this test, for programs that have to find theirs.</summary>
    public static string DotnetRoot { get; } =
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "..", "..", ".."));

    /// <summary>The full path of a program on PATH; null if it is not installed.</summary>
    public static string? Find(string name) => (Environment.GetEnvironmentVariable("PATH") ?? string.Empty)
        .Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, name))
        .FirstOrDefault(File.Exists);

    /// <summary>Starts a program. On Windows it skips the test if the program is one that only Unix brings along.</summary>
    public static Process Start(Process process)
    {
        // Wine would start it, as what Windows does not know.
        Assert.SkipWhen(
            OperatingSystem.IsWindows() && process.StartInfo.FileName.StartsWith('/'), $"Windows has no '{process.StartInfo.FileName}'");
        try
        {
            Assert.True(process.Start(), process.StartInfo.FileName);
        }
        catch (Win32Exception e) when (OperatingSystem.IsWindows() && e.NativeErrorCode == FileNotFound && !Path.IsPathRooted(process.StartInfo.FileName))
        {
            process.Dispose();
            Assert.Skip($"Windows has no '{process.StartInfo.FileName}'");
        }

        return process;
    }

    public static Process Start(ProcessStartInfo start) => Start(new Process { StartInfo = start });

    private const int FileNotFound = 2;

    // Tests run in the directory of their assembly, which is nobody's idea of "here".
    internal static string NamedProcdedup(string? named) =>
        string.IsNullOrEmpty(named) ? Built("procdedup") : Path.GetFullPath(named, Repository);

    private static string Built(string name) => Path.ChangeExtension(Told(name), OperatingSystem.IsWindows() ? ".exe" : null);

    private static string Told(string key) => typeof(Programs).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(a => a.Key == key).Value!;
}
