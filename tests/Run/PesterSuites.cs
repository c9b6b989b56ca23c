using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;

namespace ProcessDedup.Tests.Run;

/// <summary>The Pester suites against the built module, in PowerShell.</summary>
internal static class PesterSuites
{
    public static Counts Run(string root, out bool ran)
    {
        ran = Command.Exists("pwsh");
        if (!ran)
            return new Counts(0, 0, 0);
        string file = Path.Combine(Path.GetTempPath(), "procdedup-pester-" + Guid.NewGuid().ToString("N"));
        try
        {
            int exitCode = Command.Run(
                root, "pwsh", ["-NoProfile", "-NonInteractive", "-File", "build.ps1", "-Task", "Test"],
                new Dictionary<string, string> { ["PROCESSDEDUP_TEST_COUNTS"] = file });
            if (!File.Exists(file))
            {
                ran = exitCode != 0;
                return exitCode == 0 ? new Counts(0, 0, 0) : Counts.Broken;
            }

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
}
