using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;

namespace ProcessDedup.Tests.Run;

/// <summary>Runs a program with this one's output, or with one that is kept.</summary>
internal static class Command
{
    public static int Run(string folder, string program, IEnumerable<string> arguments, IDictionary<string, string>? environment = null, TextWriter? kept = null)
    {
        var start = new ProcessStartInfo(program)
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardOutput = kept is not null,
            RedirectStandardError = kept is not null,
        };
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        // What the SDK that runs this one has set would steer the inner build.
        start.Environment.Remove("MSBUILD_EXE_PATH");
        start.Environment.Remove("MSBuildExtensionsPath");
        start.Environment.Remove("MSBuildSDKsPath");
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        (kept ?? Console.Out).WriteLine($"> {program} {string.Join(' ', start.ArgumentList)}");
        using Process process = Process.Start(start)!;
        if (kept is not null)
        {
            TextWriter both = TextWriter.Synchronized(kept);
            process.OutputDataReceived += (_, line) => both.WriteLine(line.Data);
            process.ErrorDataReceived += (_, line) => both.WriteLine(line.Data);
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
        }

        process.WaitForExit();
        return process.ExitCode;
    }

    public static bool Exists(string program)
    {
        string name = OperatingSystem.IsWindows() ? program + ".exe" : program;
        foreach (string folder in (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator))
        {
            if (folder.Length > 0 && File.Exists(Path.Combine(folder, name)))
                return true;
        }

        return false;
    }
}
