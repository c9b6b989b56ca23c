using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Threading.Tasks;

namespace ProcessDedup.Tests.Run;

/// <summary>Runs a program with this one's output, or with one that is kept.</summary>
internal static class Command
{
    /// <summary>The longest that a program may take. Suites end a test that hangs long before.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(75);

    // Where the SDK runs that started this program.
    private static readonly string Runtime = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "../../.."));

    /// <summary>Runs a program to its end.</summary>
    /// <param name="folder">Where it starts.</param>
    /// <param name="program">Its name or path.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="environment">Variables to add.</param>
    /// <param name="kept">Gets what it prints, if not the console.</param>
    /// <returns>Its exit code; 124 if it was killed at the limit.</returns>
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
        // The programs that tests start look for .NET there; an unpacked SDK is not where the system has it.
        start.Environment["DOTNET_ROOT"] = Runtime;
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        TextWriter output = kept is null ? Console.Out : TextWriter.Synchronized(kept);
        string what = $"{program} {string.Join(' ', start.ArgumentList)}";
        output.WriteLine($"> {what}");
        using Process process = Process.Start(start)!;
        if (kept is not null)
        {
            DataReceivedEventHandler keep = (_, line) => output.WriteLine(line.Data);
            process.OutputDataReceived += keep;
            process.ErrorDataReceived += keep;
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
        }

        bool ended = process.WaitForExit(Limit);
        if (!ended)
        {
            process.Kill(entireProcessTree: true);
            output.WriteLine($"HANG: {what} did not end within {Limit.TotalMinutes} minutes and was killed.");
        }

        // The rest of its output. What it left in the background may hold that open, so there is no waiting for the end.
        Task.Run(process.WaitForExit).Wait(TimeSpan.FromSeconds(30));
        return ended ? process.ExitCode : 124;
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
