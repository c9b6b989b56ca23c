# Dot-sourced by the suites that fetch: a real HTTP origin in a process of its own (tests/Origin), told by lines what to
# serve, and what to do wrong.

. (Join-Path $PSScriptRoot 'Setup.ps1')

function Start-Origin {
    <# Starts an origin; its Url has no slash at the end. #>
    [Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '')]
    param()
    $program = Get-ChildItem (Join-Path $PSScriptRoot '../Origin/bin/*/net10.0/Origin.dll') | Sort-Object LastWriteTime | Select-Object -Last 1
    $origin = Start-Peer -Program dotnet -Arguments $program.FullName
    $origin | Add-Member -NotePropertyName Url -NotePropertyValue (Read-OriginLine $origin 'its address')
    $origin
}

function Read-OriginLine {
    param([Diagnostics.Process] $Origin, [string] $Order)
    $read = $Origin.StandardOutput.ReadLineAsync()
    if (-not $read.Wait($script:PatienceMs)) {
        throw "The origin did not answer in time: $Order."
    }
    if ($null -eq $read.Result -or $read.Result.StartsWith('ERROR')) {
        throw "The origin failed at '$Order': $($read.Result) $(if ($null -eq $read.Result) { $Origin.Errors.Result })"
    }
    $read.Result
}

function Send-Order {
    <# Tells the origin something; its answer. The orders stand in tests/Origin/OriginOrders.cs. #>
    param([string[]] $Order, [Diagnostics.Process] $Origin = $script:origin)
    foreach ($line in $Order) {
        $Origin.StandardInput.WriteLine($line)
        $Origin.StandardInput.Flush()
        Read-OriginLine $Origin $line
    }
}

function Start-Fetcher {
    <# Processes that fetch when they are sent a line, and print what came of it as JSON. #>
    [Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '')]
    param([string] $Command, [int] $Count = 1)
    $peers = foreach ($number in 1..$Count) {
        Start-Peer @"
`$name = 'peer $number'
`$null = Get-FetchCache
[Console]::WriteLine('READY')
`$null = [Console]::ReadLine()
try { `$said = $Command | Select-Object *, @{ n = 'Status'; e = { "`$(`$_.Status)" } } -ExcludeProperty Status }
catch { `$said = @{ Error = `$_.FullyQualifiedErrorId; Message = "`$_" } }
[Console]::WriteLine((ConvertTo-Json `$said -Compress))
[Console]::WriteLine('DONE')
`$null = [Console]::ReadLine()
"@
    }
    foreach ($peer in $peers) {
        Wait-PeerLine $peer READY
    }
    $peers
}

function Receive-Fetched {
    <# What the processes printed. They live on, and so does their claim to what they were given. #>
    param([Diagnostics.Process[]] $Peer)
    foreach ($process in $Peer) {
        do {
            $read = $process.StandardOutput.ReadLineAsync()
            if (-not $read.Wait($script:PatienceMs)) {
                throw 'The peer did not say in time what it fetched.'
            }
            if ($null -eq $read.Result) {
                throw "The peer ended without a result. Its errors: $($process.Errors.Result)"
            }
        }
        # Before that it may have told whom it waits for.
        until ($read.Result.StartsWith('{'))
        $read.Result | ConvertFrom-Json
    }
}

function Get-FetchWaiterCount {
    <# How many wait for a fetch of somebody else. #>
    (Get-FileLock 'fetch-*' | ForEach-Object { $_.Waiters.Count } | Measure-Object -Sum).Sum
}
