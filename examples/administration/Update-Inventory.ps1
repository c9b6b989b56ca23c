<#
.SYNOPSIS
    An administrator's script that several people and a scheduled task may start at the same time.
.DESCRIPTION
    One of them collects; whoever comes meanwhile gets the same result, and for a quarter of an hour it is not collected
    again. What is written is written by one at a time, and readers never see half of it.
.EXAMPLE
    ./Update-Inventory.ps1 -Path ./inventory.json -Collect { Get-Service } -WhatIf
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    [Parameter(Mandatory)] [string] $Path,
    [Parameter(Mandatory)] [scriptblock] $Collect
)
$ErrorActionPreference = 'Stop'
Import-Module ProcessDedup

$full = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($Path)
$items = Invoke-Once "inventory of $full" -TtlSec 900 $Collect
if ($PSCmdlet.ShouldProcess($full, "Write $(@($items).Count) items")) {
    Invoke-WithFileLock inventory -TimeoutSec 60 -Reason "writing $full" {
        $new = "$full.$PID.new"
        $items | ConvertTo-Json -Depth 4 | Set-Content -LiteralPath $new
        Move-Item -LiteralPath $new -Destination $full -Force
    }
}
