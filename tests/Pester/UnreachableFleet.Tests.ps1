BeforeAll {
    . (Join-Path $PSScriptRoot 'Setup.ps1')
    $env:PROCESSDEDUP_COORDINATOR = 'Host=127.0.0.1;Port=1;Username=x;Password=hunter2hunter2'
}

AfterAll {
    $env:PROCESSDEDUP_COORDINATOR = $null
    Remove-Item $env:PROCESSDEDUP_HOME -Recurse -Force -ErrorAction Ignore
}

Describe 'A coordinator that cannot be asked' {
    BeforeAll {
        # The holder is one of this machine alone.
        $peer = Start-Peer -Script "`$env:PROCESSDEDUP_COORDINATOR = `$null; Invoke-WithFileLock red5 { [Console]::WriteLine('HELD'); `$null = [Console]::ReadLine() }"
        Wait-PeerLine $peer HELD
    }

    AfterAll {
        Stop-Peer $peer
    }

    It 'hides no lock of this machine from <_>' -ForEach 'Get-FileLock', 'Get-FileLock red5, red5', 'Get-FileLock red*', "'red5', 'red5' | Get-FileLock" {
        $seen = & ([scriptblock]::Create("[CmdletBinding()] param() $_")) -ErrorVariable failure -ErrorAction SilentlyContinue
        $seen[0].Name | Should -Be 'red5'
        $seen[0].Holders.ProcessId | Should -Be $peer.Id
        @($failure).Count | Should -Be 1 -Because 'it is told once'
        $failure[0].FullyQualifiedErrorId | Should -BeLike 'CoordinatorUnreachable*'
        "$($failure[0])" | Should -Not -Match 'hunter2'
    }

    It 'hides nothing either if it cannot be one, unless it was typed' {
        $unreachable, $env:PROCESSDEDUP_COORDINATOR = $env:PROCESSDEDUP_COORDINATOR, 'nonsense'
        try {
            (Get-FileLock red5 -ErrorVariable failure -ErrorAction SilentlyContinue).State | Should -Be 'Exclusive'
            $failure[0].FullyQualifiedErrorId | Should -BeLike 'CoordinatorInvalid*'
            { Get-FileLock red5 -Coordinator nonsense -ErrorAction SilentlyContinue } | Should -Throw -ErrorId 'CoordinatorInvalid*'
        }
        finally {
            $env:PROCESSDEDUP_COORDINATOR = $unreachable
        }
    }

    It 'is refused by Set-LockRoot -WhatIf if it cannot be one' {
        { Set-LockRoot -Strict -Coordinator 'x y' -WhatIf } | Should -Throw -ErrorId 'CoordinatorInvalid*'
    }

    It 'does not pass for a lock that is free' {
        Test-FileLock red5 | Should -BeTrue -Because 'this machine''s holder is enough'
        { Test-FileLock free } | Should -Throw -ErrorId 'CoordinatorUnreachable*'
        { Wait-FileLock free } | Should -Throw -ErrorId 'CoordinatorUnreachable*'
    }

    It 'is not asked about a file, which is of this machine, also through the pipeline' {
        $file = New-Item (Join-Path $TestDrive 'piped.lock')
        foreach ($variable in $env:PROCESSDEDUP_COORDINATOR, 'nonsense') {
            $before, $env:PROCESSDEDUP_COORDINATOR = $env:PROCESSDEDUP_COORDINATOR, $variable
            try {
                $file | Test-FileLock | Should -BeFalse
                ($file | Get-FileLock -ErrorVariable failure).State | Should -Be 'Free'
                $failure | Should -BeNullOrEmpty
                $file | Get-FileLock | Stop-FileLockHolder -Confirm:$false -ErrorVariable failure
                $failure | Should -BeNullOrEmpty
            }
            finally {
                $env:PROCESSDEDUP_COORDINATOR = $before
            }
        }
    }

    It 'keeps no holder of this machine from being stopped' {
        $stopped = Stop-FileLockHolder red5 -Confirm:$false -ErrorVariable failure -ErrorAction SilentlyContinue
        $stopped.Outcome | Should -BeIn 'Ended', 'Killed'
        $failure[0].FullyQualifiedErrorId | Should -BeLike 'CoordinatorUnreachable*'
    }
}
