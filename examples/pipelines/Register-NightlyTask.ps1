#Requires -Version 7.4
<#
.SYNOPSIS
    Registers a nightly task in the Task Scheduler of Windows that never runs twice at once, whoever else starts it.
.DESCRIPTION
    The scheduler's own "do not start a new instance" knows only what the scheduler started. The lock also knows of the
    administrator who runs the script by hand, and tells each of the other.
.EXAMPLE
    ./Register-NightlyTask.ps1 -Script C:\Jobs\nightly.ps1
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    [Parameter(Mandatory)] [string] $Script,
    [datetime] $At = '02:30'
)
$ErrorActionPreference = 'Stop'

$quoted = $Script.Replace("'", "''")
$command = "Import-Module ProcessDedup; Invoke-WithFileLock nightly -NoWait -OnTimeout Skip -Reason nightly { & '$quoted' }"
$action = New-ScheduledTaskAction -Execute pwsh -Argument "-NoProfile -NonInteractive -Command `"$command`""
$trigger = New-ScheduledTaskTrigger -Daily -At $At
if ($PSCmdlet.ShouldProcess($Script, 'Register a nightly task')) {
    Register-ScheduledTask -TaskName 'Nightly job' -Action $action -Trigger $trigger
}
