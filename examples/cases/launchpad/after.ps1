<#
.SYNOPSIS
    Puts builds into a queue, each once, whoever else does the same at the same moment.
.DESCRIPTION
    The claim decides who inserts; the others are told who it was. With PROCESSDEDUP_COORDINATOR that holds for all machines,
    else for this one, and the name is registered there, so that no other team uses it for something else.
.EXAMPLE
    ./after.ps1 -Queue queue.txt -Build 4711, 4712
#>
param(
    [Parameter(Mandatory)] [string] $Queue,
    [Parameter(Mandatory)] [string[]] $Build
)
$ErrorActionPreference = 'Stop'
Import-Module ProcessDedup

# What is registered outlives the shell, so this cmdlet leaves the variable alone and wants to be told.
$fleet = if ($env:PROCESSDEDUP_COORDINATOR) { @{ Coordinator = $env:PROCESSDEDUP_COORDINATOR } } else { @{} }
$null = Register-LockName @fleet -Namespace queue -Owner 'Archive team' -Purpose 'builds that are to be done'
foreach ($claim in $Build | Add-Claim queue -LeaseSec 600) {
    if ($claim.Outcome -ne 'Won') {
        "$($claim.Key): queued already by $($claim.Owner)"
        continue
    }
    Invoke-WithFileLock queue.file {
        # Whoever takes over from one that died finds what that one has written.
        if (-not (Select-String -LiteralPath $Queue -Pattern "^$([regex]::Escape($claim.Key))$" -Quiet -ErrorAction Ignore)) {
            Add-Content -LiteralPath $Queue -Value $claim.Key
        }
    }
    $null = $claim | Add-Claim      # done, for ever
    "$($claim.Key): queued"
}
