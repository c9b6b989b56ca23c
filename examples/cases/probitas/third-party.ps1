<#
.SYNOPSIS
    The same where somebody else's program downloads, to a place that it chooses itself.
.DESCRIPTION
    Three remedies, from the weakest to the strongest: try again what a half-written library made fail; let one process at a
    time run the program (the serial option); have it run once for all, before the tests begin (preloading).
.EXAMPLE
    ./third-party.ps1 -Test { deno test } -Download { deno cache deps.ts }
#>
param(
    [Parameter(Mandatory)] [scriptblock] $Test,
    [Parameter(Mandatory)] [scriptblock] $Download
)
$ErrorActionPreference = 'Stop'
Import-Module ProcessDedup

# Preload: of all test processes of this build one downloads, the others wait for it and then go on.
Invoke-Once "native-libraries-$env:BUILD_ID" $Download | Out-Null

# Whatever the program still does by itself, it does alone.
Invoke-WithFileLock native-libraries -TimeoutSec 600 {
    # And should a library be half-written after all, the test is run again; any other failure is thrown at once.
    Invoke-WithRetry -CheckExitCode -RetryOn NativeLibraryRace $Test
}
