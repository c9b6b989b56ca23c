# The run itself: Invoke-Suite.ps1 in a process of its own, on a suite made for that.

BeforeAll {
    . (Join-Path $PSScriptRoot 'Peer.ps1')

    function Invoke-Small {
        <# What a run of one suite printed, and its exit code; started after some lines of sh. #>
        param([string] $Test, [int] $LongestTestSec = 120, [string] $Before = ':')
        $folder = Join-Path $TestDrive ([guid]::NewGuid().ToString('N'))
        $null = New-Item $folder -ItemType Directory
        Set-Content "$folder/Small.Tests.ps1" "Describe 'A small suite' { It 'ends' { 1 | Should -Be 1 }; It 'is looked at' { $Test } }"
        $run = @('-NoProfile', '-NonInteractive', '-File', (Join-Path $PSScriptRoot 'Invoke-Suite.ps1'), '-Folder', $folder, '-LongestTestSec', $LongestTestSec)
        $peer = Start-Peer -Program sh -Arguments (@('-c', "$Before; unset PROCESSDEDUP_TEST_COUNTS; exec `"`$@`"", 'sh', (Get-PowerShellProgram)) + $run)
        try {
            @{ Text = Wait-PeerExit $peer; Code = $peer.ExitCode }
        }
        finally {
            Stop-Peer $peer
        }
    }
}

Describe 'A run of suites' -Skip:$IsWindows {
    It 'ends when a test hangs, and names it' {
        $run = Invoke-Small 'Start-Sleep -Seconds 3600' -LongestTestSec 3
        $run.Code | Should -Not -Be 0
        $run.Text | Should -BeLike '*HANG: A small suite.is looked at (*Small.Tests.ps1:1) has not ended after 3 s.*'
    }

    # The four bits of SIGHUP, SIGINT, SIGQUIT and SIGTERM.
    It 'has children that can be interrupted, though nohup or a script has started it' -Skip:(-not $IsLinux) {
        $test = "(sh -c 'grep SigIgn /proc/self/status') -match '[012389ab]..[08]`$' | Should -BeTrue"
        (Invoke-Small $test).Code | Should -Be 0
        $run = Invoke-Small $test -Before "trap '' HUP INT QUIT TERM"
        $run.Code | Should -Be 0 -Because $run.Text
    }
}
