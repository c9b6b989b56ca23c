BeforeAll {
    . (Join-Path $PSScriptRoot 'Setup.ps1')
}

AfterAll {
    Remove-Item $env:PROCESSDEDUP_HOME -Recurse -ErrorAction Ignore
}

Describe 'Stop-FileLockHolder' {
    BeforeAll {
        # Whoever is asked may be long in ending: it is killed only where a test says so.
        $PSDefaultParameterValues['Stop-FileLockHolder:GraceSec'] = 120
    }

    AfterAll {
        $PSDefaultParameterValues.Remove('Stop-FileLockHolder:GraceSec')
    }

    BeforeEach {
        $holder = Start-Holder 'build one'
    }

    AfterEach {
        Stop-Peer $holder
    }

    It 'ends the holder of a lock that Get-FileLock showed, and leaves the file' {
        $result = Get-FileLock | Where-Object State -NE Free | Stop-FileLockHolder -Confirm:$false
        $result.Name | Should -Be 'build one'
        $result.Holder.ProcessId | Should -Be $holder.Id
        $result.Outcome | Should -Be 'Ended'
        $result.WasForced | Should -BeFalse
        $result.WaitedSec | Should -BeGreaterThan 0
        $null = Wait-PeerExit $holder
        (Get-FileLock 'build one').State | Should -Be 'Free'
        Test-Path (Get-FileLock 'build one').LockFile | Should -BeTrue
        Stop-FileLockHolder 'build one' -Confirm:$false 3>&1 | Should -BeLike '*Nobody holds*'
    }

    It 'stops nobody with -WhatIf, and without an answer' {
        Stop-FileLockHolder 'build one' -WhatIf
        $peer = Start-Peer "Stop-FileLockHolder 'build one'"
        $null = Wait-PeerExit $peer
        $peer.ExitCode | Should -Not -Be 0
        $holder.HasExited | Should -BeFalse
        Test-FileLock 'build one' | Should -BeTrue
    }

    It 'takes names and paths, by parameter and from the pipeline' {
        (Stop-FileLockHolder -LiteralPath (Get-FileLock 'build one').LockFile -Confirm:$false -GraceSec 0).Outcome | Should -Be 'Killed'
        $others = (Start-Holder a), (Start-Holder b)
        try {
            (Stop-FileLockHolder a -Confirm:$false).Outcome | Should -Be 'Ended'
            (Get-Item (Get-FileLock b).LockFile | Stop-FileLockHolder -Confirm:$false).Outcome | Should -Be 'Ended'
        }
        finally {
            Stop-Peer $others
        }
    }

    It 'refuses this very process, and goes on with the other locks' {
        $lease = Enter-FileLock mine
        try {
            $results = Get-FileLock mine, 'build one' | Stop-FileLockHolder -Confirm:$false -Force -ErrorVariable failed -ErrorAction SilentlyContinue
            $failed[0].FullyQualifiedErrorId | Should -BeLike 'LockHolderIsCaller,*'
            $failed[0].CategoryInfo.Category | Should -Be 'InvalidOperation'
            $failed[0].ErrorDetails.RecommendedAction | Should -BeLike '*Exit-FileLock*'
            $results.Outcome | Should -Be 'Ended'
        }
        finally {
            $lease.Dispose()
        }
    }

    It 'says what is no lock' {
        { 42 | Stop-FileLockHolder -Confirm:$false -ErrorAction Stop } | Should -Throw -ErrorId 'LockStatusExpected,*'
        { Stop-FileLockHolder '' -Confirm:$false } | Should -Throw -ErrorId 'LockNameInvalid,*'
        { Stop-FileLockHolder x -GraceSec -0.4 } | Should -Throw -ErrorId 'ParameterArgumentValidationError,*'
    }

    It 'ends in a pipeline that goes on to wait, test and clear' {
        $locks = Get-FileLock 'build one'
        $locks | Test-FileLock | Should -BeTrue
        $null = $locks | Stop-FileLockHolder -Confirm:$false
        $locks | Wait-FileLock -TimeoutSec 120
        $locks | Test-FileLock | Should -BeFalse
        ($locks | Clear-StaleLock -OlderThanHours 0 -PassThru -Confirm:$false).Outcome | Should -Be 'Cleared'
    }
}
