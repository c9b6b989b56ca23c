using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Management.Automation;
using ProcessDedup.Locks;
using ProcessDedup.Sqlite;

namespace ProcessDedup.Cmdlets;

/// <summary>
/// Proves that locks work in a directory: exclusion, cancellation, release by a crash. Tells which SQLite is used.
/// </summary>
[Cmdlet(VerbsDiagnostic.Test, "DedupEnvironment")]
[OutputType(typeof(SelfTestResult), typeof(bool))]
public sealed class TestDedupEnvironmentCommand : LockCmdlet
{
    /// <summary>The directory to test; without it, the root directory of locks.</summary>
    [Parameter(Position = 0)]
    [Alias("LP")]
    [ValidateNotNullOrEmpty]
    public string? LiteralPath { get; set; }

    /// <summary>Only say whether all tests have passed.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        string directory = OrThrow(Place);
        bool hasPassed = true;
        foreach (SelfTestResult result in OrThrow(() => LockSelfTest.Run(directory, Holder)).Append(SqliteSelfTest.Run()))
        {
            hasPassed &= result.Passed;
            if (!Quiet)
                WriteObject(result);
            if (result.Warning is { } warning)
                WriteWarning(warning);
        }

        if (Quiet)
            WriteObject(hasPassed);
    }

    private string Place()
    {
        if (LiteralPath is not null)
            return FileSystemPath(LiteralPath);
        LockRoot root = LockRoot.Default();
        root.Prepare();
        return root.LocksDirectory;
    }

    private ProcessStartInfo Holder(string file)
    {
        string manifest = Path.Combine(MyInvocation.MyCommand.Module.ModuleBase, MyInvocation.MyCommand.ModuleName + ".psd1");
        string script =
            $"$ErrorActionPreference = 'Stop'; Import-Module -Name {Quote(manifest)}; " +
            $"$null = Enter-FileLock -LiteralPath {Quote(file)} -NoWait -AllowNetworkFileSystem; " +
            $"[Console]::Out.WriteLine({Quote(LockSelfTest.HeldMessage)}); while ($null -ne [Console]::In.ReadLine()) {{ }}";
        string program = Path.Combine((string)SessionState.PSVariable.GetValue("PSHOME"), OperatingSystem.IsWindows() ? "pwsh.exe" : "pwsh");
        string[] arguments = ["-NoProfile", "-NonInteractive", "-Command", script];
        // As a .NET tool PowerShell is run by dotnet, and the program beside its assembly may lack the permission to be run.
        return Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet"
            ? new ProcessStartInfo(Environment.ProcessPath!, [Path.ChangeExtension(program, ".dll"), .. arguments])
            : new ProcessStartInfo(program, arguments);
    }

    private static string Quote(string text) => "'" + text.Replace("'", "''") + "'";
}
