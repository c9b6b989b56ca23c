<#
.SYNOPSIS
    Runs examples, each in a fresh directory, root directory and runspace, and writes what came of them as JSON.
.DESCRIPTION
    A process of its own for many examples: the module's import and PowerShell's start would cost more than they.
#>
[CmdletBinding()]
param(
    # A JSON file: Examples, and where things are: Module, Template, World, Origin, Shared.
    [string] $Path,
    # Where the results go.
    [string] $OutFile
)

$ErrorActionPreference = 'Stop'
$order = Get-Content $Path -Raw | ConvertFrom-Json
$longestMs = 120000

function New-Place {
    [Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '')]
    param([string] $Place)
    Copy-Item $order.Template $Place -Recurse
    foreach ($directory in 'srv/cache', 'srv/mirror', 'srv/http-cache', 'srv/bucket', 'srv/builds', 'mnt/share', 'var/lock', 'var/lib') {
        $null = New-Item (Join-Path $Place $directory) -ItemType Directory -Force
    }
    $env:PROCESSDEDUP_HOME = Join-Path $Place '.home'
}

function Invoke-PowerShellExample {
    param($Example, [string] $Place)
    $state = [Management.Automation.Runspaces.InitialSessionState]::CreateDefault2()
    $state.ImportPSModule($order.Module)
    $runspace = [runspacefactory]::CreateRunspace($state)
    $runspace.Open()
    $shell = [powershell]::Create($runspace)
    try {
        $null = $shell.AddScript(@'
param($example, $place, $order)
Set-Location $place
$ProgressPreference = 'SilentlyContinue'
$PSStyle.OutputRendering = 'PlainText'
. (Join-Path $order.World World.ps1) -Origin $order.Origin -Place $place -Shared $order.Shared
. ([scriptblock]::Create($example.Before)) | Out-Null
$global:LASTEXITCODE = 0
. ([scriptblock]::Create($example.Code)) | Out-String -Width 150
if ($LASTEXITCODE) { Write-Error "The last program ended with exit code $LASTEXITCODE." }
'@).AddArgument($Example).AddArgument($Place).AddArgument($order)
        $run = $shell.BeginInvoke()
        if (-not $run.AsyncWaitHandle.WaitOne($longestMs)) {
            return @{ Output = ''; Failure = "It did not end within $($longestMs / 1000) s." }
        }
        try { $output = $shell.EndInvoke($run) -join '' } catch { $thrown = $_.Exception.InnerException ?? $_.Exception }
        $errors = @($shell.Streams.Error | ForEach-Object { "$_" }) + @(if ($thrown) { "$($thrown.Message)" })
        @{ Output = "$output"; Failure = ($errors | Select-Object -Unique) -join "`n" }
    }
    finally {
        # What Enter-FileLock took ends with the runspace.
        $null = $shell.BeginStop($null, $null)
        $shell.Dispose()
        $runspace.Dispose()
    }
}

function Invoke-ShellExample {
    param($Example, [string] $Place)
    $script = Join-Path $Place '.example.sh'
    Set-Content $script @"
set -eu
url='$($order.Origin)/tool.zip' other='$($order.Origin)/mirror/tool.zip' sum='$($order.Sum)' TOKEN=t0ken BUILD_ID=4711
export url other sum TOKEN BUILD_ID
{ $(if ($Example.Before) { $Example.Before } else { ':' })
} >/dev/null
$($Example.Code)
"@
    $start = [Diagnostics.ProcessStartInfo]::new('bash')
    $start.ArgumentList.Add($script)
    $start.WorkingDirectory = $Place
    $start.RedirectStandardInput = $start.RedirectStandardOutput = $start.RedirectStandardError = $true
    $process = [Diagnostics.Process]::Start($start)
    try {
        $process.StandardInput.Close()
        $output, $errors = $process.StandardOutput.ReadToEndAsync(), $process.StandardError.ReadToEndAsync()
        if (-not $process.WaitForExit($longestMs)) {
            $process.Kill($true)
            return @{ Output = ''; Failure = "It did not end within $($longestMs / 1000) s." }
        }
        @{ Output = $output.Result; Failure = if ($process.ExitCode) { "Exit code $($process.ExitCode). $($errors.Result)" } else { '' } }
    }
    finally {
        $process.Dispose()
    }
}

$environment = [Environment]::GetEnvironmentVariables()
$results = foreach ($example in $order.Examples) {
    $clock = [Diagnostics.Stopwatch]::StartNew()
    # What the last example has set there, such as a coordinator, is not for this one.
    foreach ($name in [Environment]::GetEnvironmentVariables().Keys.Where{ -not $environment.ContainsKey($_) }) {
        [Environment]::SetEnvironmentVariable($name, $null)
    }
    New-Place $example.Place
    $result = if ($example.Language -eq 'sh') { Invoke-ShellExample $example $example.Place } else { Invoke-PowerShellExample $example $example.Place }
    $result.Id = $example.Id
    $result.Ms = $clock.ElapsedMilliseconds
    [pscustomobject]$result
}
ConvertTo-Json @($results) -Depth 3 | Set-Content $OutFile
