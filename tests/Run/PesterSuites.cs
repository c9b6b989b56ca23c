using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;

namespace ProcessDedup.Tests.Run;

/// <summary>The Pester suites against the built module, in PowerShell.</summary>
internal sealed class PesterSuites(string root, string powerShell)
{
    /// <summary>Builds the module that they test.</summary>
    public bool Build() => Command.Run(root, powerShell, Script("Build")) == 0;

    /// <summary>Runs them.</summary>
    /// <param name="printed">Gets what they print.</param>
    /// <param name="selection">Which ones; a selection may have none.</param>
    public Counts Run(TextWriter printed, Selection selection)
    {
        IReadOnlyList<string> files = selection.PesterFiles(root);
        if (!selection.IsAll && files.Count == 0)
            return default;
        // A list is no argument of -File.
        string[] arguments = selection.IsAll
            ? [.. Script("Test"), "-NoBuild"]
            : ["-NoProfile", "-NonInteractive", "-Command", $"& ./tests/Pester/Invoke-Suite.ps1 -Filter '{string.Join("', '", files)}'; exit $LASTEXITCODE"];
        string file = Path.Combine(Path.GetTempPath(), "procdedup-pester-" + Guid.NewGuid().ToString("N"));
        try
        {
            int exitCode = Command.Run(
                root, powerShell, arguments, new Dictionary<string, string> { ["PROCESSDEDUP_TEST_COUNTS"] = file }, printed);
            if (!File.Exists(file))
                return Counts.Broken;
            int[] numbers = File.ReadAllText(file).Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(n => int.Parse(n, CultureInfo.InvariantCulture)).ToArray();
            var counts = new Counts(numbers[0], numbers[1], numbers[2]);
            return exitCode != 0 && counts.Failed == 0 ? counts + Counts.Broken : counts;
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static string[] Script(string task) => ["-NoProfile", "-NonInteractive", "-File", "build.ps1", "-Task", task];
}
