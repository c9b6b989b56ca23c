using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;

namespace ProcessDedup.Tests.Run;

/// <summary>Tests of the core in the build for Windows, under Wine 10. It shows no more than that: it is not Windows.</summary>
internal static partial class WineSuites
{
    private const string Variable = "PROCESSDEDUP_TEST_WINE";

    // Wine's own faults would be the suite's otherwise: crashes are not worth more time than this.
    private const int LimitSeconds = 720;

    // The newest for which the runtime's packages for Windows are to be had wherever the SDK's own are not.
    private const string Runtime = "10.0.14";

    // set-up.sh ends with it where the machine or the user cannot have a Wine.
    private const int NotPossible = 3;

    /// <summary>Runs them if the environment asks for it.</summary>
    /// <param name="root">The repository.</param>
    public static Counts RunIfAsked(string root)
    {
        Console.WriteLine();
        if (Environment.GetEnvironmentVariable(Variable) == "1")
            return Run(root);
        Console.WriteLine($"The build for Windows was not tested. '-- wine' or {Variable}=1 does it under Wine, on Debian as root.");
        return default;
    }

    /// <summary>Sets Wine up where there is none, builds for Windows and runs the classes that are listed.</summary>
    /// <param name="root">The repository.</param>
    public static Counts Run(string root)
    {
        string cache = Path.Combine(
            Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } set
                ? set
                : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"),
            "procdedup-test-wine");
        int setUp = Command.Run(root, "bash", ["tests/Wine/set-up.sh", cache]);
        if (setUp != 0)
        {
            Console.WriteLine("THE BUILD FOR WINDOWS WAS NOT TESTED.");
            return setUp == NotPossible ? new Counts(0, 0, 1) : Counts.Broken;
        }

        string build = Path.Combine(cache, "build");
        if (Command.Run(
                root, "dotnet",
                ["build", "tests/Core.Tests", "-r", "win-x64", "--self-contained", $"-p:RuntimeFrameworkVersion={Runtime}",
                 "-p:RunAnalyzers=false", "--artifacts-path", build, "--nologo", "--verbosity", "quiet"]) != 0)
        {
            return Counts.Broken;
        }

        string[] classes = [.. File.ReadLines(Path.Combine(root, "tests", "Wine", "classes.txt")).Where(line => line.Length > 0 && line[0] != '#')];
        Console.WriteLine($"{classes.Length} classes of tests under Wine; the others need what Unix has, or what Wine has not.");
        // A run for each folder: Wine keeps files open that a process has closed, and a crash of it takes no other folder along.
        Counts total = default;
        foreach (IGrouping<string, string> folder in classes.GroupBy(name => name[..name.LastIndexOf('.')]))
            total += RunClasses(root, cache, build, folder);
        return total;
    }

    private static Counts RunClasses(string root, string cache, string build, IGrouping<string, string> folder)
    {
        using var printed = new StringWriter();
        int code = Command.Run(
            root, "bash",
            ["tests/Wine/run.sh", cache, build, LimitSeconds.ToString(CultureInfo.InvariantCulture), .. folder.SelectMany(c => new[] { "-class", "ProcessDedup.Tests." + c })],
            kept: printed);
        string text = printed.ToString();
        Console.WriteLine(text);
        Match summary = Summary().Match(text);
        if (!summary.Success)
        {
            Console.WriteLine($"The tests of {folder.Key} did not end under Wine: code {code}.");
            return Counts.Broken;
        }

        int Number(string name) => int.Parse(summary.Groups[name].Value, CultureInfo.InvariantCulture);
        int failed = Number("failed") + Number("errors");
        return code != 0 && failed == 0
            ? Counts.Broken
            : new Counts(Number("total") - failed - Number("skipped"), failed, Number("skipped"));
    }

    [GeneratedRegex(@"Total: (?<total>\d+), Errors: (?<errors>\d+), Failed: (?<failed>\d+), Skipped: (?<skipped>\d+)")]
    private static partial Regex Summary();
}
