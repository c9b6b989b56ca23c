using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Xml.Linq;

namespace ProcessDedup.Tests.Run;

/// <summary>The xunit suites: whatever `dotnet test` finds in the solution, and Core's build for Windows PowerShell 5.1.</summary>
internal static class DotnetSuites
{
    private const string Netstandard = "tests/Core.Tests.Netstandard";

    // The folders whose tests mostly wait for many processes and servers, and SQLite's faults and crowds: five sixths of the
    // time. Most of what differs between the two builds of Core (#if NET) is tested by the others. This build has the bundled
    // SQLite, where the other one may have the system's: so CylcTests, which take seconds, stay in.
    private static readonly string[] LeftOut =
    [
        ".Stress.", ".Flight.", ".Artifacts.", ".Substituters.", ".Claims.", ".Queue.", ".Registry.", ".Interop.", ".Inspect.",
        ".Sqlite.FaultTests", ".Sqlite.LockServiceTests", ".Sqlite.ContentionTests",
    ];

    // Some four minutes, which the second row of suites has left.
    private static readonly string[] OfServers = [".Coordination.", ".Fleet.", ".Substituters."];

    /// <summary>Builds all of them, before anything else uses the same directories.</summary>
    public static bool Build(string root) =>
        Command.Run(root, "dotnet", ["build", Repository.Solution, "--nologo", "--verbosity", "quiet"]) == 0
        && Command.Run(root, "dotnet", ["build", Netstandard, "--nologo", "--verbosity", "quiet"]) == 0
        && PesterSuites.Build(root);

    /// <summary>The tests of the solution but for those of <see cref="RunServers"/>.</summary>
    /// <param name="root">The repository.</param>
    public static Counts Run(string root) => Run(root, Repository.Solution, null, "--filter", Without(OfServers));

    /// <summary>The tests of coordinators and substituters, which mostly wait for servers and networks.</summary>
    /// <param name="root">The repository.</param>
    /// <param name="printed">Gets what they print.</param>
    public static Counts RunServers(string root, TextWriter printed)
    {
        printed.WriteLine();
        return Run(root, Repository.Solution, printed, "--filter", string.Join('|', OfServers.Select(n => "FullyQualifiedName~" + n)));
    }

    /// <summary>The tests of Core once more, against its build for netstandard2.0, on this runtime.</summary>
    /// <param name="root">The repository.</param>
    /// <param name="printed">Gets what they print.</param>
    public static Counts RunNetstandard(string root, TextWriter printed)
    {
        bool isFull = Environment.GetEnvironmentVariable("PROCESSDEDUP_TEST_SCALE") == "full";
        printed.WriteLine();
        printed.WriteLine(isFull
            ? "The netstandard2.0 build of Core, all of its tests:"
            : $"The netstandard2.0 build of Core, without {string.Join(' ', LeftOut)} (PROCESSDEDUP_TEST_SCALE=full runs them too):");
        return isFull
            ? Run(root, Netstandard, printed)
            : Run(root, Netstandard, printed, "--filter", Without(LeftOut));
    }

    private static string Without(IEnumerable<string> names) => string.Join('&', names.Select(n => "FullyQualifiedName!~" + n));

    private static Counts Run(string root, string project, TextWriter? printed, params IEnumerable<string> arguments)
    {
        string results = Path.Combine(Path.GetTempPath(), "procdedup-results-" + Guid.NewGuid().ToString("N"));
        try
        {
            int exitCode = Command.Run(
                root, "dotnet", ["test", project, "--no-build", "--nologo", "--logger", "trx", "--results-directory", results, .. arguments], kept: printed);
            Counts counts = Directory.Exists(results)
                ? Directory.EnumerateFiles(results, "*.trx").Select(Read).Aggregate(new Counts(0, 0, 0), (a, b) => a + b)
                : Counts.Broken;
            // A build error, a crash of the test host, a filter that fits nothing: failed although no test says so.
            return (exitCode != 0 && counts.Failed == 0) || counts == default ? counts + Counts.Broken : counts;
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
