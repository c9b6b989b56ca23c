<#
.SYNOPSIS
    Runs the Pester suites against the built module in this process; start it in a new one.
.DESCRIPTION
    Ends with exit code 1 if a test failed. The counts are also written to the file that
    PROCESSDEDUP_TEST_COUNTS names, as "passed failed skipped".
#>
[CmdletBinding()]
param(
    # Which suites; all of them by default.
    [string[]] $Filter = '*.Tests.ps1',

    # Where they are.
    [string] $Folder = $PSScriptRoot,

    # A test that takes longer ends the run, with its name.
    [ValidateRange(1, 86400)] [int] $LongestTestSec = 900
)

$ErrorActionPreference = 'Stop'
$root = (Resolve-Path (Join-Path $PSScriptRoot '../..')).Path
. (Join-Path $root 'build/PowerShell.ps1')
. (Join-Path $root 'build/NuGet.ps1')
. (Join-Path $PSScriptRoot 'Hang.ps1')
$env:PROCESSDEDUP_TEST_MODULE = Join-Path $root 'output/ProcessDedup/ProcessDedup.psd1'
# Progress and waiting lines are looked at by tests of their own.
$ProgressPreference = 'SilentlyContinue'

# What names pwsh, as pipelines do, gets this PowerShell.
$env:PATH = (Split-Path (Get-PowerShellProgram)) + [IO.Path]::PathSeparator + $env:PATH
Import-Module (Get-PesterManifest)
Restore-ChildSignal

$configuration = New-PesterConfiguration
$configuration.Run.Path = (Get-ChildItem (Join-Path $Folder '*') -Include $Filter).FullName
$configuration.Run.PassThru = $true
$configuration.Output.Verbosity = 'Normal'
$configuration.Output.RenderMode = 'Plaintext'
$configuration.Output.CIFormat = if ($env:GITHUB_ACTIONS) { 'GithubActions' } elseif ($env:TF_BUILD) { 'AzureDevops' } else { 'None' }
# What the commands show differs in a build system's log: a test that is about one says which.
Remove-Item Env:CI, Env:GITHUB_ACTIONS, Env:TF_BUILD, Env:CI_JOB_ID, Env:BUILD_TAG -ErrorAction Ignore
Start-HangWatch $LongestTestSec
$result = Invoke-Pester -Configuration $configuration

if ($env:PROCESSDEDUP_TEST_COUNTS) {
    # A container that could not even be loaded has no tests to fail.
    $failed = $result.FailedCount + $result.FailedContainersCount
    Set-Content $env:PROCESSDEDUP_TEST_COUNTS "$($result.PassedCount) $failed $($result.SkippedCount + $result.NotRunCount)"
}
exit ([int]($result.Result -ne 'Passed'))
