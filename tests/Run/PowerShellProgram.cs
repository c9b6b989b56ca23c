using System;
using System.IO;
using System.Linq;

namespace ProcessDedup.Tests.Run;

/// <summary>The PowerShell that builds the module and runs its suites.</summary>
internal static class PowerShellProgram
{
    // build/PowerShell.ps1 needs 7.4 as well, so the version is looked at first.
    private const string Ask =
        "if ($PSVersionTable.PSVersion -lt [version]'7.4') { exit 1 }; . ./build/PowerShell.ps1; Get-PowerShellProgram";

    private static readonly string[] Options = ["-NoProfile", "-NonInteractive", "-Command", Ask];

    /// <summary>
    /// The pwsh on PATH, if it is 7.4 or later, else the local tool of <c>.config/dotnet-tools.json</c>, which is restored
    /// for that. Null if there is neither.
    /// </summary>
    /// <param name="root">The repository.</param>
    public static string? Find(string root) =>
        (Command.Exists("pwsh") ? Answer(root, "pwsh", Options) : null)
        ?? (Command.Run(root, "dotnet", ["tool", "restore"]) == 0 ? Answer(root, "dotnet", ["tool", "run", "pwsh", "--", .. Options]) : null);

    private static string? Answer(string root, string program, string[] arguments)
    {
        using var printed = new StringWriter();
        int exitCode = Command.Run(root, program, arguments, kept: printed);
        string? path = printed.ToString().Split('\n').Select(line => line.Trim()).LastOrDefault(line => line.Length > 0);
        return exitCode == 0 && File.Exists(path) ? path : null;
    }
}
