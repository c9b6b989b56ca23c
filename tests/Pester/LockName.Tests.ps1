BeforeAll {
    . (Join-Path $PSScriptRoot 'Setup.ps1')
}

AfterAll {
    Remove-Item $env:PROCESSDEDUP_HOME -Recurse -Force -ErrorAction Ignore
}

Describe 'Register-LockName' {
    It 'are not registered by a dry run' {
        Register-LockName dry -Owner 'Team A' -WhatIf | Should -BeNullOrEmpty
        & { $WhatIfPreference = $true; Register-LockName dry -Owner 'Team A' } | Should -BeNullOrEmpty
        (Get-LockName | Where-Object Namespace -EQ dry) | Should -BeNullOrEmpty
    }

    It 'tells a second team whose the name is' {
        $name = Register-LockName -Namespace builds -Owner 'Team A' -Purpose 'nightly builds' -LongestHoldSec 600
        $name.Owner, $name.LongestHoldSec | Should -Be 'Team A', 600
        $script = "try { Register-LockName builds 'Team B' } catch { [Console]::WriteLine(`$_.FullyQualifiedErrorId + ' ' + `$_.Exception.Message) }"
        $peer = Start-Peer -Script $script
        try {
            Wait-PeerExit $peer | Should -BeLike 'LockNameTaken,*Team A*nightly builds*'
        }
        finally {
            Stop-Peer $peer
        }
        (Get-LockName builds).Owner | Should -Be 'Team A'
    }

    It 'lets the same team change what it said' {
        $null = Register-LockName mine 'Team A' 'old'
        (Register-LockName mine 'team a' 'new').Purpose | Should -Be 'new'
    }

    It 'refuses what cannot be registered' {
        { Register-LockName 'a/b' 'Team A' } | Should -Throw -ErrorId 'LockNameInvalid,*'
        { Register-LockName bad '' } | Should -Throw -ErrorId 'LockRegistrationInvalid,*'
        { Register-LockName bad 'Team A' -LongestHoldSec 0 } | Should -Throw -ErrorId 'ParameterArgumentValidationError,*'
    }
}

Describe 'Get-LockName' {
    It 'shows all, by pattern, and what covers a name' {
        $null = Register-LockName covers 'Team A'
        $null = Register-LockName covers.nightly 'Team B'
        (Get-LockName cov*).Namespace | Should -Be 'covers', 'covers.nightly'
        (Get-LockName covers.x).Owner | Should -Be 'Team A'
        (Get-LockName covers.nightly.x).Owner | Should -Be 'Team B'
        { Get-LockName covers-old -ErrorAction Stop } | Should -Throw -ErrorId 'LockNameNotFound,*'
        (Get-LockName).Namespace | Should -Contain 'covers'
    }

    It 'is a table, and completes names with their owners' {
        $null = Register-LockName 'table of names' 'Team T' 'to be seen' -LongestHoldSec 90
        Get-LockName 'table of names' | Out-String -Width 200 | Should -Match "Namespace\s+Owner\s+Longest hold\s+Since\s+Purpose\s[\s\S]+Team T\s+1 min 30 s\s.+to be seen"
        $line = 'Get-LockName table'
        $found = (TabExpansion2 $line $line.Length).CompletionMatches | Where-Object ListItemText -EQ 'table of names'
        $found.CompletionText | Should -Be "'table of names'"
        $found.ToolTip | Should -Be 'Team T: to be seen'
    }
}

Describe 'Unregister-LockName' {
    It 'is for the same team, or for whoever insists' {
        $null = Register-LockName leaving 'Team A'
        { Unregister-LockName leaving } | Should -Throw -ErrorId 'LockNameTaken,*'
        { Get-LockName leaving | Unregister-LockName } | Should -Throw -ErrorId 'LockNameTaken,*'
        { Unregister-LockName leaving 'Team B' } | Should -Throw -ErrorId 'LockNameTaken,*'
        Unregister-LockName leaving 'Team A' -WhatIf
        Unregister-LockName leaving 'Team A'
        Get-LockName 'leaving*' | Should -BeNullOrEmpty
        { Unregister-LockName leaving 'Team A' } | Should -Throw -ErrorId 'LockNameUnknown,*'
        $null = Register-LockName leaving 'Team B'
        (Unregister-LockName leaving -Force -PassThru).Owner | Should -Be 'Team B'
    }
}

Describe 'A hold that is longer than registered' {
    It 'is told to those who wait, and shown' {
        $null = Register-LockName slow 'Team S' -LongestHoldSec 0.001
        $holder = Start-Holder slow.work
        # The one line of the waiter must find it on record.
        Wait-Until { (Get-FileLock slow.work).Overdue } 'the hold is too long'
        $waiter = Start-Peer -Script 'Invoke-WithFileLock slow.work { }' -ReadsErrors
        try {
            (Get-FileLock slow.work).Registration.Owner | Should -Be 'Team S'
            Get-FileLock slow.work | Out-String -Width 400 | Should -BeLike '*but Team S registered at most 0 s for*slow*'
            Read-PeerLine $waiter -Stream StandardError | Should -BeLike "Waiting for lock 'slow.work'*but Team S registered at most 0 s for 'slow'*"
            { Invoke-WithFileLock slow.work -NoWait { } } | Should -Throw '*Team S registered*'
        }
        finally {
            Stop-Peer $holder, $waiter
        }
    }
}

Describe 'Set-LockRoot' {
    AfterEach {
        Set-LockRoot -Strict:$false
    }

    It 'makes a root strict: only registered names are taken, and the error says what to type' {
        Set-LockRoot -Strict -WhatIf
        Invoke-WithFileLock any1 { 1 } | Should -Be 1
        (Set-LockRoot -Strict -PassThru).IsStrict | Should -BeTrue
        { Invoke-WithFileLock unheard.of { } } | Should -Throw -ErrorId 'LockNameUnregistered,*'
        $failure = try { Invoke-WithFileLock unheard.of { } } catch { $_ }
        $failure.ErrorDetails.RecommendedAction | Should -BeLike "*Register-LockName -Namespace 'unheard' -Owner*"
        { Add-Claim unheard.of k } | Should -Throw -ErrorId 'LockNameUnregistered,*'
        $null = Register-LockName unheard 'Team U'
        Invoke-WithFileLock unheard.of { 2 } | Should -Be 2
        (Add-Claim unheard.of k).Outcome | Should -Be 'Won'
        Invoke-Once strict-once { 3 } | Should -Be 3
        Set-LockRoot -Strict:$false
        Invoke-WithFileLock any2 { 4 } | Should -Be 4
    }
}
