using System;
using System.Diagnostics;
using System.IO;
using System.Threading;
using System.Threading.Tasks;

namespace ProcessDedup.Tour;

/// <summary>The PowerShell that builds the module and runs the scenes.</summary>
internal sealed class PowerShell
{
    private static readonly Version _oldest = new(7, 4);

    private readonly string _program;

    private PowerShell(string program, string description)
    {
        _program = program;
        Description = description;
    }

    /// <summary>Its version, and where it comes from.</summary>
    public string Description { get; }

    /// <summary>The pwsh on PATH if it is new enough, else the one that .config/dotnet-tools.json names.</summary>
    public static async Task<PowerShell> FindAsync(Repository repository, Screen screen, CancellationToken token)
    {
        if (await AskAsync(repository.Command("pwsh", Question), "on PATH", token) is { } onPath)
            return onPath;
        string[] localTool = ["tool", "run", "pwsh", "--", .. Question];
        if (await AskAsync(repository.Command("dotnet", localTool), "a local tool", token) is { } restored)
            return restored;
        screen.Say("Restoring PowerShell as a local tool (.config/dotnet-tools.json) ...");
        await Repository.RunAsync(repository.Command("dotnet", "tool", "restore"), token);
        return await AskAsync(repository.Command("dotnet", localTool), "a local tool", token)
            ?? throw new TourException($"'dotnet tool run pwsh' does not start a PowerShell {_oldest} or later.");
    }

    /// <summary>A new PowerShell that runs a script.</summary>
    public ProcessStartInfo Run(Repository repository, string script)
    {
        const string Prologue = "$ErrorActionPreference = 'Stop'; $ProgressPreference = 'SilentlyContinue'; ";
        return repository.Command(_program, "-NoProfile", "-NonInteractive", "-Command", Prologue + script);
    }

    /// <summary>A new PowerShell for the person at the terminal, with the module and procdedup.</summary>
    /// <returns>Its exit code.</returns>
    public int RunShell(Repository repository, Interruption interruption)
    {
        ProcessStartInfo start = repository.Command(
            _program, "-NoLogo", "-NoExit", "-Command", $"Import-Module {Quote(repository.Module)}; Write-Host {Quote(Welcome)}");
        start.WorkingDirectory = Environment.CurrentDirectory;
        start.Environment["PATH"] = Path.GetDirectoryName(repository.Procdedup) + Path.PathSeparator + start.Environment["PATH"];
        interruption.LeaveToChild();
        using Process shell = Process.Start(start)!;
        shell.WaitForExit();
        return shell.ExitCode;
    }

    /// <summary>A literal of PowerShell.</summary>
    public static string Quote(string text) => "'" + text.Replace("'", "''", StringComparison.Ordinal) + "'";

    private static string[] Question { get; } =
    [
        "-NoProfile", "-NonInteractive", "-Command",
        "$v = $PSVersionTable.PSVersion; \"$($v.Major).$($v.Minor).$($v.Patch)\"; $PSHOME",
    ];

    private const string Welcome =
        "ProcessDedup is imported, procdedup is on PATH. Get-Command -Module ProcessDedup";

    private static async Task<PowerShell?> AskAsync(ProcessStartInfo start, string origin, CancellationToken token)
    {
        string[] answer;
        try
        {
            answer = (await Repository.RunAsync(start, token)).Split('\n', StringSplitOptions.TrimEntries);
        }
        catch (TourException)
        {
            return null;
        }

        if (answer is not [string version, string home] || !Version.TryParse(version, out Version? parsed) || parsed < _oldest)
            return null;
        // Where PowerShell is a .NET tool, the command is a shim and pwsh itself is beside its assemblies.
        string program = Path.Combine(home, OperatingSystem.IsWindows() ? "pwsh.exe" : "pwsh");
        return new PowerShell(File.Exists(program) ? program : start.FileName, $"PowerShell {version} ({origin})");
    }
}
