BeforeAll {
    . (Join-Path $PSScriptRoot 'Setup.ps1')

    function New-OldLock {
        [Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '')]
        param([string] $Name)
        Invoke-WithFileLock $Name { }
        $file = (Get-FileLock $Name).LockFile
        (Get-Item $file).LastWriteTime = (Get-Date).AddHours(-25)
        $file
    }
}

AfterAll {
    Remove-Item $env:PROCESSDEDUP_HOME -Recurse -Force -ErrorAction Ignore
}

Describe 'Clear-StaleLock' {
    It 'removes a free lock that is old, and leaves a young one' {
        $old = New-OldLock old
        Invoke-WithFileLock young { }
        $results = Clear-StaleLock -PassThru
        ($results | Where-Object Name -EQ old).Outcome | Should -Be 'Cleared'
        ($results | Where-Object Name -EQ young).Outcome | Should -Be 'TooYoung'
        Test-Path $old | Should -BeFalse
    }

    It 'never touches a held lock, whatever its age' {
        $holder = Start-Holder held
        try {
            (Get-Item (Get-FileLock held).LockFile).LastWriteTime = (Get-Date).AddYears(-1)
            $result = Clear-StaleLock held -OlderThanHours 0 -PassThru
            $result.Outcome | Should -Be 'InUse'
            $result.Reason | Should -BeLike "*PID $($holder.Id)*"
            Test-FileLock held | Should -BeTrue
        }
        finally {
            Stop-Peer $holder
        }
    }

    It 'removes nothing with -WhatIf' {
        $file = New-OldLock whatif
        Clear-StaleLock whatif -WhatIf
        Test-Path $file | Should -BeTrue
    }

    It 'clears by wildcard and by path' {
        $null = New-OldLock pattern-1
        (Clear-StaleLock pattern-* -PassThru).Outcome | Should -Be 'Cleared'
        $file = Join-Path $TestDrive 'by path.lock'
        Invoke-WithFileLock -LiteralPath $file { }
        (Clear-StaleLock -LiteralPath $file -OlderThanHours 0 -PassThru).Outcome | Should -Be 'Cleared'
        Test-Path $file | Should -BeFalse
    }

    It 'never removes a file that has content, nor what only looks like its sidecar' {
        $file = Join-Path $TestDrive 'report'
        Set-Content $file 'the only copy'
        Set-Content "$file.owner" 'not a record'
        Invoke-WithFileLock -LiteralPath $file { }
        (Clear-StaleLock -LiteralPath $file -OlderThanHours 0 -PassThru).Outcome | Should -Be 'NotEmpty'
        Get-Content $file | Should -Be 'the only copy'
        Get-Content "$file.owner" | Should -Be 'not a record'
    }

    It 'lets a lock whose slots were cleared begin with another number' {
        Invoke-WithFileLock recount -Slots 2 { }
        Clear-StaleLock recount -OlderThanHours 0
        Invoke-WithFileLock recount -Slots 3 { 'in' } | Should -Be 'in'
    }

    It 'says with -Verbose why a lock is left' {
        Invoke-WithFileLock fresh { }
        Clear-StaleLock fresh -Verbose 4>&1 | Should -BeLike "*'fresh' is left*"
    }
}
