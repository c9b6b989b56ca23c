BeforeAll {
    . (Join-Path $PSScriptRoot 'Setup.ps1')
}

AfterAll {
    Remove-Item $env:PROCESSDEDUP_HOME -Recurse -Force -ErrorAction Ignore
}

Describe 'Bad input gets a typed error that tells what to do' {
    It 'for the name <Shown>' -ForEach @(
        @{ Name = ''; Shown = '(empty)' }
        @{ Name = '   '; Shown = '(blank)' }
        @{ Name = 'a/b'; Shown = 'a/b' }
        @{ Name = 'a\b'; Shown = 'a\b' }
        @{ Name = "nul$([char]0)"; Shown = '(with NUL)' }
        @{ Name = 'x' * 300; Shown = '(of 300 characters)' }
        @{ Name = '..'; Shown = '..' }
    ) {
        $caught = { Invoke-WithFileLock $Name { 'never' } } | Should -Throw -ErrorId 'LockNameInvalid,*' -PassThru
        $caught.CategoryInfo.Category | Should -Be 'InvalidArgument'
        $caught.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
    }

    It 'for a path that is a directory' {
        { Invoke-WithFileLock -LiteralPath $TestDrive { } } | Should -Throw -ErrorId 'LockPathIsDirectory,*'
    }

    It 'for a path in no directory' {
        { Invoke-WithFileLock -LiteralPath (Join-Path $TestDrive 'no/such/x.lock') { } } | Should -Throw -ErrorId 'LockDirectoryMissing,*'
    }

    It 'for a path outside the file system' {
        { Invoke-WithFileLock -LiteralPath 'Env:\PATH' { } } | Should -Throw -ErrorId 'LockPathInvalid,*'
    }

    It 'for an empty path' {
        { Invoke-WithFileLock -LiteralPath '' { } } | Should -Throw -ErrorId 'LockPathInvalid,*'
    }

    It 'for a symbolic link' -Skip:$IsWindows {
        $link = Join-Path $TestDrive 'link'
        $null = New-Item -ItemType SymbolicLink -Path $link -Target (Join-Path $TestDrive 'target')
        { Invoke-WithFileLock -LiteralPath $link { } } | Should -Throw -ErrorId 'LockPathIsLink,*'
        Test-Path (Join-Path $TestDrive 'target') | Should -BeFalse
    }

    It 'for -Slots <_>' -ForEach 0, -1, 129 {
        { Invoke-WithFileLock slots -Slots $_ { } } | Should -Throw -ErrorId 'LockSlotsInvalid,*'
    }

    It 'for another number of slots than its holder has, until it is free' {
        $holder = Start-Holder counted '-Slots 2'
        try {
            $caught = { Invoke-WithFileLock counted -Slots 4 { } } | Should -Throw -ErrorId 'LockSlotsMismatch,*' -PassThru
            "$caught" | Should -BeLike '*has 2 slots*'
        }
        finally {
            Stop-Peer $holder
        }
        Invoke-WithFileLock counted -Slots 4 { 'in' } | Should -Be 'in'
    }

    It 'for options that contradict each other' {
        { Invoke-WithFileLock x -Shared -Slots 2 { } } | Should -Throw -ErrorId 'LockParametersContradict,*'
        { Invoke-WithFileLock x -NoWait -TimeoutSec 1 { } } | Should -Throw -ErrorId 'LockParametersContradict,*'
    }

    It 'for a root directory that is not absolute' {
        $root = $env:PROCESSDEDUP_HOME
        $env:PROCESSDEDUP_HOME = 'relative'
        try {
            { Invoke-WithFileLock x { } } | Should -Throw -ErrorId 'LockPathInvalid,*'
        }
        finally {
            $env:PROCESSDEDUP_HOME = $root
        }
    }

    It 'and the same lock works right after a wrong call' {
        { Invoke-WithFileLock again -Slots 0 { } } | Should -Throw
        Invoke-WithFileLock again { 'in' } | Should -Be 'in'
    }
}

Describe 'Odd names work' {
    It '<_>' -ForEach 'with space', 'Größe 漢字 🙂', 'nuget:restore', 'a*b?[c]', 'CON', '100%', 'semi;colon', "it's" {
        Invoke-WithFileLock $_ { 'in' } | Should -Be 'in'
        (Get-FileLock).Name | Should -Contain $_.Normalize()
    }
}
