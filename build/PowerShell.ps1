# The PowerShell that runs this, as a program to start again. Dot-sourced by build.ps1, the tests and tests/Run.

function Get-PowerShellProgram {
    <#
    The path of pwsh. The path of this process would not do: it is dotnet's where PowerShell came as a .NET tool.
    Child processes find the same .NET runtime as this one.
    #>
    $program = Join-Path $PSHOME ($IsWindows ? 'pwsh.exe' : 'pwsh')
    if (-not (Test-Path -LiteralPath $program)) {
        throw "PowerShell has no program in '$PSHOME'."
    }
    if (-not $IsWindows) {
        # A .NET tool's files come out of a package, which has no permissions.
        $mode = [IO.File]::GetUnixFileMode($program)
        if (-not ($mode -band [IO.UnixFileMode]::UserExecute)) {
            [IO.File]::SetUnixFileMode($program, $mode -bor [IO.UnixFileMode]::UserExecute)
        }
    }
    # A .NET tool brings no runtime: its program looks for one where the system has it, which an unpacked SDK is not.
    $runtime = [Runtime.InteropServices.RuntimeEnvironment]::GetRuntimeDirectory()
    $dotnet = (Get-Item -LiteralPath $runtime).Parent.Parent.Parent
    if (-not $env:DOTNET_ROOT -and $dotnet -and (Test-Path (Join-Path $dotnet.FullName ($IsWindows ? 'dotnet.exe' : 'dotnet')))) {
        $env:DOTNET_ROOT = $dotnet.FullName
    }
    $program
}
