# One rule for the names of a noun: where a name is made, it is taken literally; where names are looked for, * and ? are wildcards,
# brackets are part of a name, and a backtick makes the next character literal, as Tab does it.
BeforeAll {
    . (Join-Path $PSScriptRoot 'Setup.ps1')
    # All of them free, and all of them old enough to be cleared.
    $names = 'job1', 'job[1]', 'job?', 'job`a', 'other'
    function Reset-Lock {
        [CmdletBinding(SupportsShouldProcess)] param()
        foreach ($name in $names) {
            if ($PSCmdlet.ShouldProcess($name)) { Invoke-WithFileLock $name { } }
        }
    }
}

AfterAll {
    Remove-Item $env:PROCESSDEDUP_HOME -Recurse -Force -ErrorAction Ignore
}

Describe 'A name <Text>' -ForEach @(
    @{ Text = 'job[1]'; Means = 'job[1]' }
    @{ Text = 'job?'; Means = 'job?', 'job1' }
    @{ Text = 'job`?'; Means = 'job?' }
    @{ Text = 'job``a'; Means = 'job`a' }
    @{ Text = 'job*'; Means = 'job?', 'job[1]', 'job`a', 'job1' }
) {
    BeforeEach { Reset-Lock }

    It 'is cleared and nothing else' {
        (Clear-StaleLock $Text -OlderThanHours 0 -PassThru).Name | Sort-Object | Should -Be ($Means | Sort-Object)
        ($names | Where-Object { Test-Path -LiteralPath (Get-FileLock ($_ -replace '[`*?]', '`$0')).LockFile } | Sort-Object) |
            Should -Be ($names | Where-Object { $_ -notin $Means } | Sort-Object)
    }

    It 'is the same to all that look for locks, also through the pipeline' {
        (Get-FileLock $Text).Name | Sort-Object | Should -Be ($Means | Sort-Object)
        foreach ($name in $names) {
            $null = Enter-FileLock $name
            try {
                Test-FileLock $Text | Should -Be ($name -in $Means) -Because "$name is held"
                $Text | Test-FileLock | Should -Be ($name -in $Means)
                # It refuses to stop this very process, and so shows what it would have stopped.
                Stop-FileLockHolder $Text -WhatIf -WarningAction Ignore -ErrorAction SilentlyContinue -ErrorVariable refused
                $refused.Count -gt 0 | Should -Be ($name -in $Means)
                if ($name -in $Means) { $Text | Exit-FileLock } else { Wait-FileLock $Text }
                Test-FileLock ($name -replace '[`*?]', '`$0') | Should -Be ($name -notin $Means)
            }
            finally {
                ($name -replace '[`*?]', '`$0') | Exit-FileLock -ErrorAction Ignore
            }
        }
    }
}

Describe 'Names' {
    It 'are literal where a lock is taken' {
        Invoke-WithFileLock 'any*' { (Get-FileLock 'any`*').State } | Should -Be 'Exclusive'
        (Enter-FileLock 'in?').Target.Display | Should -Be 'in?'
        Exit-FileLock 'in`?'
    }

    It 'come through the pipeline, and are taken together' {
        ('a', 'b' | Enter-FileLock).Count | Should -Be 2
        @() | Enter-FileLock | Should -BeNullOrEmpty
        'a', 'b' | Exit-FileLock
        'a', 'b' | Wait-FileLock
        'a', 'b' | Test-FileLock | Should -Be $false, $false
        ('a', 'b' | Clear-StaleLock -OlderThanHours 0 -PassThru).Outcome | Should -Be 'Cleared', 'Cleared'
    }

    It 'are offered by Tab in their literal form' {
        Reset-Lock
        (TabExpansion2 'Clear-StaleLock job').CompletionMatches.CompletionText | Sort-Object | Should -Be ("'job``?'", "'job````a'", "'job[1]'", 'job1' | Sort-Object)
        (TabExpansion2 'Enter-FileLock job').CompletionMatches.CompletionText | Sort-Object | Should -Be ("'job?'", "'job``a'", "'job[1]'", 'job1' | Sort-Object)
    }

    It 'of files come from the pipeline as files' {
        $file = New-Item (Join-Path $TestDrive 'a.lock') -ItemType File
        $lease = $file | Enter-FileLock
        $lease.Target.IsNamed | Should -BeFalse
        $file | Test-FileLock | Should -BeTrue
        $file | Exit-FileLock
    }

    It 'that are files here are pointed out' {
        $null = New-Item (Join-Path $TestDrive 'data.lock') -ItemType File
        Push-Location $TestDrive
        try {
            Invoke-WithFileLock data.lock { } -WarningVariable warned -WarningAction SilentlyContinue
            "$warned" | Should -BeLike '*-LiteralPath*'
            Invoke-WithFileLock data { } -WarningVariable warned
            $warned | Should -BeNullOrEmpty
        }
        finally {
            Pop-Location
        }
    }

    It 'of claims have brackets of their own' {
        $null = 'x[1]', 'x1' | Add-Claim rows
        (Get-Claim rows 'x[1]').Key | Should -Be 'x[1]'
        (Get-Claim 'row*' 'x?').Key | Should -Be 'x1'
    }

    It 'of what is cached are addresses with question marks of their own' {
        foreach ($name in 'a?b', 'aXb') { $null = Invoke-Once $name { 1 } }
        (Get-FetchCache 'a?b').Source | Should -Be 'a?b'
        (Get-FetchCache 'a?*').Source | Sort-Object | Should -Be 'a?b', 'aXb'
        Test-FetchCache 'a?typo' -Quiet -ErrorAction SilentlyContinue -ErrorVariable missing | Should -BeFalse
        $missing[0].FullyQualifiedErrorId | Should -BeLike 'CacheEntryNotFound,*'
        Test-FetchCache 'a?b' -Quiet | Should -BeTrue
    }

    It 'of foreign objects with a property Key or Name are nobody''s business' {
        $foreign = [pscustomobject]@{ Key = (Get-FetchCache 'aXb').Key; Name = 'team' }
        $null = Register-LockName team 'Team A'
        { $foreign | Clear-FetchCache -Confirm:$false -ErrorAction Stop } | Should -Throw -ErrorId 'CacheEntryExpected,*'
        { $foreign | Unregister-LockName -Force -ErrorAction Stop } | Should -Throw
        (Get-FetchCache 'aXb').Source | Should -Be 'aXb'
        (Get-LockName team).Owner | Should -Be 'Team A'
    }
}
