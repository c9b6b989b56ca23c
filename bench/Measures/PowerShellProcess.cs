using System;
using System.Diagnostics;
using System.IO;
using System.Linq;

namespace ProcessDedup.Bench.Measures;

/// <summary>A fresh <c>pwsh</c>, without profile and telemetry.</summary>
internal static class PowerShellProcess
{
    public static bool IsAvailable { get; } = IsOnPath("pwsh");

    public static bool CanTrace { get; } = IsOnPath("strace");

    /// <summary>Its output; an error of the script ends the benchmark.</summary>
    public static string Run(params string[] arguments) => Output("pwsh", ["-NoProfile", "-NonInteractive", .. arguments]);

    /// <summary>The system calls it made that open files, list directories or use the network, one a line.</summary>
    public static string[] Trace(string traceFile, string command)
    {
        Output("strace", "-f", "-e", "trace=openat,getdents64,socket", "-y", "-o", traceFile, "pwsh", "-NoProfile", "-NonInteractive", "-Command", command);
        return File.ReadAllLines(traceFile);
    }

    private static string Output(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true };
        start.Environment["POWERSHELL_TELEMETRY_OPTOUT"] = "1";
        using var process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? output
            : throw new InvalidOperationException($"{program} ended with exit code {process.ExitCode}: {output}");
    }

    private static bool IsOnPath(string program) => (Environment.GetEnvironmentVariable("PATH") ?? string.Empty)
        .Split(':', StringSplitOptions.RemoveEmptyEntries)
        .Any(directory => File.Exists(Path.Combine(directory, program)));
}
