#Requires -Version 7.4
<#
.SYNOPSIS
    Registers a nightly task in the Task Scheduler of Windows that never runs twice at once, whoever else starts it.
.DESCRIPTION
    The scheduler's own "do not start a new instance" knows only what the scheduler started. The lock also knows of an
    administrator who runs the same command by hand; the script prints that command.

    The lock is a file that every account of the machine finds. A lock by name would not do: each account has a root directory
    of its own, and a task often runs as SYSTEM.
.EXAMPLE
    ./Register-NightlyTask.ps1 -Script C:\Jobs\nightly.ps1
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    [Parameter(Mandatory)] [string] $Script,
    [datetime] $At = '02:30',
    [string] $LockFile = (Join-Path $env:ProgramData 'nightly.lock')
)
$ErrorActionPreference = 'Stop'

$quoted = $Script.Replace("'", "''")
$quotedLock = $LockFile.Replace("'", "''")
$command = "Import-Module ProcessDedup; Invoke-WithFileLock -LiteralPath '$quotedLock' -NoWait -OnTimeout Skip -Reason nightly { & '$quoted' }"
$action = New-ScheduledTaskAction -Execute pwsh -Argument "-NoProfile -NonInteractive -Command `"$command`""
$trigger = New-ScheduledTaskTrigger -Daily -At $At
if ($PSCmdlet.ShouldProcess($Script, 'Register a nightly task')) {
    Register-ScheduledTask -TaskName 'Nightly job' -Action $action -Trigger $trigger
    Write-Information "By hand: $command" -InformationAction Continue
}
