BeforeAll {
    . (Join-Path $PSScriptRoot 'Setup.ps1')
    $holder = Start-Holder 'build one' -Options "-Reason 'compiling'"
    Invoke-WithFileLock free-one { }
}

AfterAll {
    Stop-Peer $holder
    Remove-Item $env:PROCESSDEDUP_HOME -Recurse -Force -ErrorAction Ignore
}

Describe 'Get-FileLock' {
    It 'lists every lock below the root, by name' {
        (Get-FileLock).Name | Should -Be 'build one', 'free-one'
    }

    It 'leaves out the free ones that ProcessDedup has made for itself, unless it is asked for them' {
        $null = Invoke-Once of-its-own { 1 }
        (Get-FileLock).Name | Should -Be 'build one', 'free-one'
        $own = (Get-FileLock -Force).Name | Where-Object { $_ -like 'fetch-*' }
        $own | Should -Not -BeNullOrEmpty
        foreach ($seen in (Get-FileLock *).Name, (Get-FileLock fetch-*).Name, ('fetch-*' | Get-FileLock).Name, (Get-FileLock $own).Name) {
            $seen | Should -Contain $own
        }
    }

    It 'knows the holder' {
        $lock = Get-FileLock 'build one'
        $lock.State | Should -Be 'Exclusive'
        $lock.Holders[0].ProcessId | Should -Be $holder.Id
        $lock.Holders[0].IsVerified | Should -BeTrue
        $lock.Holders[0].Reason | Should -Be 'compiling'
        $lock.Holders[0].HeldForSec | Should -BeGreaterThan 0
        $lock.Holders[0].CommandLine | Should -BeLike 'pwsh*'
    }

    It 'takes wildcards and pipeline input' {
        (Get-FileLock build*).Name | Should -Be 'build one'
        ('free-one' | Get-FileLock).State | Should -Be 'Free'
        (Get-FileLock | Where-Object State -NE Free).Name | Should -Be 'build one'
    }

    It 'looks at the very file of a file object' {
        $file = New-Item (Join-Path $TestDrive 'piped.lock')
        $lease = Enter-FileLock -LiteralPath $file
        ($file | Get-FileLock).State | Should -Be 'Exclusive'
        $file | Test-FileLock | Should -BeTrue
        $lease.Dispose()
    }

    It 'feeds Clear-StaleLock' {
        Invoke-WithFileLock cleared { }
        (Get-FileLock cleared | Clear-StaleLock -OlderThanHours 0 -PassThru).Outcome | Should -Be 'Cleared'
    }

    It 'calls a lock that never was free' {
        (Get-FileLock never-used).State | Should -Be 'Free'
    }

    It 'creates nothing' {
        $null = Get-FileLock looked-at
        Test-Path (Get-FileLock looked-at).LockFile | Should -BeFalse
    }

    It 'shows name, state, for how long, waiting, holder and what it does in its table' {
        $text = Get-FileLock | Out-String -Width 200
        $text | Should -Match 'Name\s+State\s+For\s+Waiting\s+Holder\s+Doing'
        $text | Should -Match "build one\s+held\s+(\d+ min )?\S+ s\s+pw\S+ \(PID $($holder.Id)\)\s+compiling"
        $text | Should -Match 'free-one\s+free'
    }

    It 'shows every holder and waiter in its list' {
        Get-FileLock 'build one' | Format-List | Out-String -Width 200 | Should -Match "Holders\s+: pwsh.* \(PID $($holder.Id), user .*\) for .*: compiling"
    }

    It 'keeps the raw values' {
        $lock = Get-FileLock 'build one'
        $lock.Holders[0].HeldForSec | Should -BeOfType double
        ($lock | ConvertTo-Json -EnumsAsStrings | ConvertFrom-Json).State | Should -Be 'Exclusive'
    }
}

Describe 'Get-FileLock -Watch' {
    It 'writes a new picture into a pipe only when something has changed' {
        $peer = Start-Peer "Get-FileLock watched -Watch -IntervalSec 0.1 | ForEach-Object { [Console]::WriteLine(`$_) }"
        try {
            Wait-PeerLine $peer 'watched  free'
            $other = Start-Holder watched -Options "-Reason 'for a while'"
            $seen = do {
                $line = $peer.StandardOutput.ReadLineAsync()
                $line.Wait($script:PatienceMs) | Should -BeTrue
                $line.Result
            } until ($line.Result -like '*for a while')
            $seen -like '*every 0.1 s*' | Should -Not -BeNullOrEmpty
            $seen -join '' | Should -Not -Match ([char]27)
        }
        finally {
            Stop-Peer $peer, $other
            Clear-StaleLock watched -OlderThanHours 0
        }
    }

    It 'ends with its reader, and not only with the next look' -Skip:$IsWindows {
        $code = "Import-Module '$env:PROCESSDEDUP_TEST_MODULE'; Get-FileLock -Watch -IntervalSec 3600"
        $encoded = [Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes($code))
        $both = "{ '$(Get-PowerShellProgram)' -NoProfile -EncodedCommand $encoded; echo `"code `$?`" >&2; } | head -n 1"
        $peer = Start-Peer -Program sh -Arguments '-c', $both
        try {
            Wait-PeerExit $peer | Should -BeLike '*Ctrl+C*'
            $peer.Errors.Result.Trim() | Should -Be 'code 0'
        }
        finally {
            Stop-Peer $peer
        }
    }

    It 'paints over in a terminal until Ctrl+C, and gives the cursor back' -Skip:(-not (Get-Command script -ErrorAction Ignore)) {
        $code = "Import-Module '$env:PROCESSDEDUP_TEST_MODULE'; Get-FileLock -Watch -IntervalSec 0.1"
        $encoded = [Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes($code))
        $command = "stty cols 90 rows 20; TERM=xterm exec '$(Get-PowerShellProgram)' -NoProfile -EncodedCommand $encoded"
        $peer = Start-Peer -Program (Get-Command script).Source -Arguments '-qec', $command, '/dev/null'
        try {
            foreach ($round in 1..2) {
                do {
                    $line = $peer.StandardOutput.ReadLineAsync()
                    $line.Wait($script:PatienceMs) | Should -BeTrue
                } until ($line.Result -like 'build one*held*compiling*')
            }
            Send-PeerLine $peer ([string][char]3)
            Wait-PeerExit $peer | Should -BeLike "*$([char]27)[[]?25h*"
        }
        finally {
            Stop-Peer $peer
        }
    }
}

Describe 'Completion of -Name' {
    It 'offers the locks with their holders as tooltips for <_>' -ForEach 'Get-FileLock', 'Invoke-WithFileLock', 'Wait-FileLock', 'Stop-FileLockHolder', 'Clear-StaleLock' {
        $line = "$_ -Name "
        $result = [Management.Automation.CommandCompletion]::CompleteInput($line, $line.Length, $null).CompletionMatches
        $result.CompletionText | Should -Be "'build one'", 'free-one'
        $result[0].ToolTip | Should -BeLike "held by *PID $($holder.Id)*"
        $result[1].ToolTip | Should -Be 'free'
    }

    It 'narrows by what is typed, also inside quotes' {
        foreach ($line in 'Get-FileLock fr', "Get-FileLock 'fr") {
            $result = [Management.Automation.CommandCompletion]::CompleteInput($line, $line.Length, $null).CompletionMatches
            $result.CompletionText | Should -Be 'free-one'
        }
    }
}

Describe 'Test-DedupEnvironment' {
    It 'proves that locks work here' {
        $results = Test-DedupEnvironment
        $results | Should -Not -BeNullOrEmpty
        $results | Where-Object { -not $_.Passed } | ForEach-Object { "$($_.Name): $($_.Detail)" } | Should -BeNullOrEmpty
    }

    It 'tests a directory of choice and leaves nothing there' {
        $null = Test-DedupEnvironment -LiteralPath $TestDrive
        Get-ChildItem $TestDrive -Force | Should -BeNullOrEmpty
    }
}
