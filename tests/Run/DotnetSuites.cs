using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Xml.Linq;

namespace ProcessDedup.Tests.Run;

/// <summary>The xunit suites: whatever `dotnet test` finds in the solution.</summary>
internal static class DotnetSuites
{
    // Some four minutes, which the second row of suites has left.
    private static readonly string[] OfServers = [".Coordination.", ".Fleet.", ".Substituters."];

    /// <summary>Builds all of them, before anything else uses the same directories.</summary>
    public static bool Build(string root) =>
        Command.Run(root, "dotnet", ["build", Repository.Solution, "--nologo", "--verbosity", "quiet"]) == 0;

    /// <summary>The tests of the solution but for those of <see cref="RunServers"/>.</summary>
    /// <param name="root">The repository.</param>
    public static Counts Run(string root) => Some(Run(root, Repository.Solution, null, "--filter", Without(OfServers)));

    /// <summary>The tests of a selection, which may be none.</summary>
    /// <param name="root">The repository.</param>
    /// <param name="selection">Which ones.</param>
    public static Counts Run(string root, Selection selection) => Run(root, Repository.Solution, null, "--filter", selection.DotnetFilter);

    /// <summary>The tests of coordinators and substituters, which mostly wait for servers and networks.</summary>
    /// <param name="root">The repository.</param>
    /// <param name="printed">Gets what they print.</param>
    public static Counts RunServers(string root, TextWriter printed)
    {
        printed.WriteLine();
        return Some(Run(root, Repository.Solution, printed, "--filter", string.Join('|', OfServers.Select(n => "FullyQualifiedName~" + n))));
    }

    /// <summary>What a commit's outcome rests on, once more with the system's SQLite, as libraries are built with other options.</summary>
    /// <param name="root">The repository.</param>
    /// <param name="printed">Gets what they print.</param>
    public static Counts RunSystemSqlite(string root, TextWriter printed)
    {
        printed.WriteLine();
        if (!OperatingSystem.IsLinux() || !NativeLibrary.TryLoad("libsqlite3.so.0", out _))
        {
            printed.WriteLine("There is no SQLite of the system: the tests of outcomes ran with the bundled one alone.");
            return default;
        }

        printed.WriteLine("The tests of outcomes with the system's SQLite:");
        return Some(Run(
            root, Repository.Solution, printed, new Dictionary<string, string> { ["PROCESSDEDUP_SQLITE"] = "system" },
            "--filter", "FullyQualifiedName~.Sqlite.CylcTests|FullyQualifiedName~.Sqlite.DenialTests"));
    }

    // A filter of ours that fits nothing is an error; one of the caller's may fit Pester suites alone.
    private static Counts Some(Counts counts) => counts == default ? Counts.Broken : counts;

    private static string Without(IEnumerable<string> names) => string.Join('&', names.Select(n => "FullyQualifiedName!~" + n));

    private static Counts Run(string root, string project, TextWriter? printed, params IEnumerable<string> arguments) =>
        Run(root, project, printed, null, arguments);

    private static Counts Run(
        string root, string project, TextWriter? printed, Dictionary<string, string>? environment, params IEnumerable<string> arguments)
    {
        string results = Path.Combine(Path.GetTempPath(), "procdedup-results-" + Guid.NewGuid().ToString("N"));
        try
        {
            int exitCode = Command.Run(
                root, "dotnet", ["test", project, "--no-build", "--nologo", "--logger", "trx", "--results-directory", results, .. arguments], environment, printed);
            Counts counts = Directory.Exists(results)
                ? Directory.EnumerateFiles(results, "*.trx").Select(Read).Aggregate(new Counts(0, 0, 0), (a, b) => a + b)
                : default;
            // A build error, a crash of the test host: failed although no test says so.
            return exitCode != 0 && counts.Failed == 0 ? counts + Counts.Broken : counts;
        }
        finally
        {
            if (Directory.Exists(results))
                Directory.Delete(results, recursive: true);
        }
    }

    private static Counts Read(string file)
    {
        XElement counters = XDocument.Load(file).Descendants().Single(e => e.Name.LocalName == "Counters");
        int Get(string name) => int.Parse(counters.Attribute(name)!.Value, CultureInfo.InvariantCulture);
        int total = Get("total"), passed = Get("passed"), executed = Get("executed");
        return new Counts(passed, executed - passed, total - executed);
    }
}
