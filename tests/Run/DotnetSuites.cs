using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Xml.Linq;

namespace ProcessDedup.Tests.Run;

/// <summary>The xunit suites: whatever `dotnet test` finds in the solution.</summary>
internal static class DotnetSuites
{
    public static Counts Run(string root)
    {
        string results = Path.Combine(Path.GetTempPath(), "procdedup-results-" + Guid.NewGuid().ToString("N"));
        try
        {
            int exitCode = Command.Run(
                root, "dotnet", ["test", Repository.Solution, "--nologo", "--logger", "trx", "--results-directory", results]);
            Counts counts = Directory.Exists(results)
                ? Directory.EnumerateFiles(results, "*.trx").Select(Read).Aggregate(new Counts(0, 0, 0), (a, b) => a + b)
                : Counts.Broken;
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
