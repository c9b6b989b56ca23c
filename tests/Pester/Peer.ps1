# Other processes for the tests: real ones, driven over their standard streams. No sleeps: a peer prints a line when it
# has got somewhere, and every read is capped with an error that names what was waited for.

. (Join-Path $PSScriptRoot '../../build/PowerShell.ps1')

# Both cores may be busy with other suites; only a test that fails waits for so long.
$script:PatienceMs = 120000

function Start-Peer {
    <# Starts a program, by default a new PowerShell with the built module that runs the given script. With -ReadsErrors the test reads its standard error by lines. #>
    [Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '')]
    param([string] $Script, [string] $Program = (Get-PowerShellProgram), [string[]] $Arguments, [switch] $ReadsErrors)
    $start = [Diagnostics.ProcessStartInfo]::new($Program)
    if (-not $Arguments) {
        $prologue = "`$ErrorActionPreference = 'Stop'; Import-Module '$env:PROCESSDEDUP_TEST_MODULE'; "
        $encoded = [Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes($prologue + $Script))
        $Arguments = '-NoProfile', '-NonInteractive', '-EncodedCommand', $encoded
    }
    foreach ($argument in $Arguments) {
        $start.ArgumentList.Add($argument)
    }
    $start.RedirectStandardInput = $true
    $start.RedirectStandardOutput = $true
    $start.RedirectStandardError = $true
    $process = [Diagnostics.Process]::Start($start)
    if (-not $ReadsErrors) {
        $process | Add-Member -NotePropertyName Errors -NotePropertyValue $process.StandardError.ReadToEndAsync()
    }
    $process
}

function Wait-PeerLine {
    <# Reads lines until the expected one comes. #>
    param([Diagnostics.Process] $Peer, [string] $Expected)
    while ($true) {
        $read = $Peer.StandardOutput.ReadLineAsync()
        if (-not $read.Wait($script:PatienceMs)) {
            throw "The peer did not print '$Expected' in time."
        }
        if ($null -eq $read.Result) {
            throw "The peer ended without printing '$Expected'. Its errors: $($Peer.Errors.Result)"
        }
        if ($read.Result -eq $Expected) {
            return
        }
    }
}

function Wait-PeerLines {
    <# Reads lines, without their colours, until one was like each of the expected ones, in whatever order. #>
    [Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseSingularNouns', '')]
    param([Diagnostics.Process] $Peer, [string[]] $Expected)
    while ($Expected) {
        $line = Read-PeerLine $Peer
        if ($null -eq $line) {
            throw "The peer ended without lines like '$($Expected -join "', '")'."
        }
        $line = $line -replace "$([char]27)\[[0-9;]*m"
        $Expected = @($Expected | Where-Object { $line -notlike $_ })
    }
}

function Read-PeerLine {
    <# The next line. #>
    param([Diagnostics.Process] $Peer, [string] $Stream = 'StandardOutput')
    $read = $Peer.$Stream.ReadLineAsync()
    if (-not $read.Wait($script:PatienceMs)) {
        throw 'The peer did not print anything in time.'
    }
    $read.Result
}

function Read-AnyPeerLine {
    <# Waits until one of them has printed a line; the pending reads, which Receive-PeerRest wants back. #>
    param([Diagnostics.Process[]] $Peer, [string] $Stream = 'StandardOutput')
    $reads = [Threading.Tasks.Task[]]@($Peer.ForEach{ $_.$Stream.ReadLineAsync() })
    if ([Threading.Tasks.Task]::WaitAny($reads, $script:PatienceMs) -lt 0) {
        throw 'None of the peers printed anything in time.'
    }
    , $reads
}

function Receive-PeerRest {
    <# Waits for the end of peers that are being read, and returns all lines since then. #>
    param([Diagnostics.Process[]] $Peer, [Threading.Tasks.Task[]] $Reads)
    for ($i = 0; $i -lt $Peer.Count; $i++) {
        if (-not $Reads[$i].Wait($script:PatienceMs)) {
            throw 'The peer did not print anything in time.'
        }
        $Reads[$i].Result
        (Wait-PeerExit $Peer[$i]) -split '\r?\n'
    }
}

function Receive-PeerErrorRest {
    <# The same for standard error, when the peers have ended. #>
    param([Diagnostics.Process[]] $Peer, [Threading.Tasks.Task[]] $Reads)
    for ($i = 0; $i -lt $Peer.Count; $i++) {
        $Reads[$i].Result
        $Peer[$i].StandardError.ReadToEnd() -split '\r?\n'
    }
}

function Send-PeerLine {
    param([Diagnostics.Process] $Peer, [string] $Line = 'GO')
    $Peer.StandardInput.WriteLine($Line)
    $Peer.StandardInput.Flush()
}

function Wait-PeerExit {
    <# Waits for the end and returns what was still printed. #>
    param([Diagnostics.Process] $Peer)
    $rest = $Peer.StandardOutput.ReadToEndAsync()
    if (-not $Peer.WaitForExit($script:PatienceMs)) {
        throw 'The peer did not end in time.'
    }
    $rest.Result
}

function Stop-Peer {
    [Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '')]
    param([Diagnostics.Process[]] $Peer)
    foreach ($process in $Peer) {
        if ($process -and -not $process.HasExited) {
            $process.Kill($true)
            $process.WaitForExit()
        }
    }
}

function Start-Holder {
    <# A process that holds a lock until it is sent a line. #>
    [Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '')]
    param([string] $Name, [string] $Options = '')
    $peer = Start-Peer -Script "Invoke-WithFileLock '$Name' $Options { [Console]::WriteLine('HELD'); `$null = [Console]::ReadLine() }; [Console]::WriteLine('RELEASED')"
    Wait-PeerLine $peer HELD
    if ($Options -like '*-Reason*') {
        # What it says of itself is written a moment after the lock was taken.
        Wait-Until { (Get-FileLock $Name).Holders.Reason } 'the holder is on record'
    }
    $peer
}

function Wait-Until {
    <# Waits for something that only the outside shows, such as the kernel's lock table. #>
    param([scriptblock] $Condition, [string] $What)
    $clock = [Diagnostics.Stopwatch]::StartNew()
    while (-not (& $Condition)) {
        if ($clock.ElapsedMilliseconds -gt $script:PatienceMs) {
            throw "It did not happen in time: $What."
        }
        Start-Sleep -Milliseconds 5
    }
}
