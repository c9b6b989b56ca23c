<#
.SYNOPSIS
    A workflow writes its state into two databases: one that must never lose a write, and a public copy that may be given up.
.DESCRIPTION
    The private database is tried again for as long as -TimeoutSec says, on a connection that is opened anew where the error
    asks for that (SQLITE_IOERR_LOCK on NFS), until it is known that the write is there. The public one is a cache: busy for
    half a second, and the write is skipped; broken, and it is made again from the private one.
.EXAMPLE
    ./after.ps1 -Private private.db -Public public.db -Task prepare, run, archive
#>
param(
    [Parameter(Mandatory)] [string] $Private,
    [Parameter(Mandatory)] [string] $Public,
    [Parameter(Mandatory)] [string[]] $Task
)
$ErrorActionPreference = 'Stop'
Import-Module ProcessDedup

$insert = "INSERT OR REPLACE INTO task_state VALUES(@task, 'succeeded')"
foreach ($name in $Task) {
    Invoke-SqliteRetry -Path $Private $insert @{ task = $name } -TimeoutSec 300
    $copy = Invoke-SqliteRetry -Path $Public -Role Cache -RecoverFrom $Private $insert @{ task = $name } -PassThru
    if ($copy.Outcome -eq 'Skipped') {
        Write-Verbose "The public database was busy; '$name' comes with the next copy."
    }
}
"$($Task.Count) tasks recorded"
