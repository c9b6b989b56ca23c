using System;
using System.Diagnostics;
using System.IO;
using System.Runtime.InteropServices;
using System.Threading;
using System.Threading.Tasks;

namespace ProcessDedup.Tour;

/// <summary>The clone that tour.cs belongs to, and the SDK that runs it.</summary>
internal sealed class Repository
{
    /// <summary>The folder of tour.cs; the SDK tells it to programs that are one file.</summary>
    public string Root { get; } = (string?)AppContext.GetData("EntryPointFileDirectoryPath")
        ?? throw new TourException("This is meant to be run from its source: dotnet run tour.cs");

    public string Output => Directory.CreateDirectory(Path.Combine(Root, "output")).FullName;

    public string Module => Path.Combine(Output, "ProcessDedup", "ProcessDedup.psd1");

    /// <summary>What `dotnet tool install` would put on PATH.</summary>
    public string Procdedup => Path.Combine(
        Root, "src", "Cli", "bin", "Release", "net10.0", OperatingSystem.IsWindows() ? "procdedup.exe" : "procdedup");

    /// <summary>The folder of the dotnet that runs this; it may be on no PATH.</summary>
    private static string Dotnet { get; } =
        Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));

    /// <summary>A program of this machine, to be started in the clone, by which this SDK is found.</summary>
    public ProcessStartInfo Command(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program == "dotnet" ? Path.Combine(Dotnet, "dotnet") : program, arguments)
        {
            WorkingDirectory = Root,
            UseShellExecute = false,
        };
        start.Environment["DOTNET_ROOT"] = Dotnet;
        start.Environment["PATH"] = Dotnet + Path.PathSeparator + Environment.GetEnvironmentVariable("PATH");
        // What 'dotnet run' has set for itself would steer another build.
        foreach (string name in (string[])["MSBUILD_EXE_PATH", "MSBuildExtensionsPath", "MSBuildSDKsPath"])
            start.Environment.Remove(name);
        start.Environment["POWERSHELL_TELEMETRY_OPTOUT"] = "1";
        start.Environment["POWERSHELL_UPDATECHECK"] = "Off";
        return start;
    }

    /// <summary>Runs a program to its end, or kills it with all that it started.</summary>
    /// <returns>What it printed.</returns>
    /// <exception cref="TourException">It cannot be started, or ended with an error.</exception>
    public static async Task<string> RunAsync(ProcessStartInfo start, CancellationToken token, TimeSpan? patience = null)
    {
        using var job = new Job(start);
        try
        {
            return await job.ReadToEndAsync(token, patience);
        }
        finally
        {
            await job.KillAsync();
        }
    }
}
