BeforeAll {
    . (Join-Path $PSScriptRoot 'Setup.ps1')
}

AfterAll {
    Remove-Item $env:PROCESSDEDUP_HOME -Recurse -Force -ErrorAction Ignore
}

Describe 'Invoke-WithFileLock' {
    It 'holds the lock while the block runs, and not afterwards' {
        Invoke-WithFileLock held { Test-FileLock held } | Should -BeTrue
        Test-FileLock held | Should -BeFalse
    }

    It 'streams: downstream sees the first object before the block has made the second' {
        $log = [Collections.Generic.List[string]]::new()
        Invoke-WithFileLock stream { foreach ($i in 1, 2) { $log.Add("made $i"); $i } } | ForEach-Object { $log.Add("seen $_") }
        $log | Should -Be 'made 1', 'seen 1', 'made 2', 'seen 2'
    }

    It 'runs the block in the scope of the caller' {
        $kept = 0
        Invoke-WithFileLock scope { $kept = 5 }
        $kept | Should -Be 5
    }

    It 'leaves no variable of its own behind' {
        $before = (Get-Variable).Name
        Invoke-WithFileLock clean { }
        (Get-Variable).Name | Where-Object { $_ -notin $before -and $_ -ne 'before' } | Should -BeNullOrEmpty
    }

    It 'runs all pipeline input under one hold of the lock' {
        $seen = 1..3 | Invoke-WithFileLock once { begin { 'b' } process { "$_ $(Test-FileLock once)" } end { 'e' } }
        $seen | Should -Be 'b', '1 True', '2 True', '3 True', 'e'
    }

    It 'passes $null and empty input on as they are' {
        @($null, '' | Invoke-WithFileLock nulls { process { if ($null -eq $_) { 'null' } else { "[$_]" } } }) | Should -Be 'null', '[]'
        @(@() | Invoke-WithFileLock nulls { process { 'never' } end { 'end' } }) | Should -Be 'end'
    }

    It 'passes arguments to the block' {
        Invoke-WithFileLock arguments -ArgumentList 1, 'two words' { param($A, $B) "$A|$B" } | Should -Be '1|two words'
    }

    It 'lets the errors, warnings and verbose lines of the block be its own' {
        $ErrorActionPreference = 'Continue'
        $all = Invoke-WithFileLock streams { Write-Error e; Write-Warning w; Write-Verbose v -Verbose; Write-Information i } `
            -ErrorVariable errors -WarningVariable warnings -InformationVariable informations *>&1
        $errors | Should -HaveCount 1
        $warnings | Should -HaveCount 1
        $informations | Should -HaveCount 1
        $all.ForEach{ $_.GetType().Name } | Should -Be 'ErrorRecord', 'WarningRecord', 'VerboseRecord', 'InformationRecord'
    }

    It 'lets $ErrorActionPreference Stop end the block' {
        { Invoke-WithFileLock stops { $ErrorActionPreference = 'Stop'; Write-Error 'first'; 'not reached' } } | Should -Throw 'first'
        Test-FileLock stops | Should -BeFalse
    }

    It 'lets return end the block only' {
        Invoke-WithFileLock returns { 1; return; 2 } | Should -Be 1
    }

    It 'lets a block of a module run in that module' {
        $module = New-Module { $private = 'inside'; function Get-Block { { $private } } }
        Invoke-WithFileLock modules (& $module { Get-Block }) | Should -Be 'inside'
    }

    It 'knows the same lock by a root that is reached through a link and does not exist yet' -Skip:$IsWindows {
        $root = $env:PROCESSDEDUP_HOME
        $link = Join-Path $TestDrive 'link'
        $null = New-Item -ItemType SymbolicLink -Path $link -Target (New-Item -ItemType Directory (Join-Path $TestDrive 'target'))
        $env:PROCESSDEDUP_HOME = Join-Path $link 'new/root'
        try {
            { Invoke-WithFileLock linked { Invoke-WithFileLock linked -TimeoutSec 10 { } } } | Should -Throw -ErrorId 'LockReentered,*'
        }
        finally {
            $env:PROCESSDEDUP_HOME = $root
        }
    }

    It 'goes on when its root was removed' {
        Invoke-WithFileLock gone { }
        Remove-Item $env:PROCESSDEDUP_HOME -Recurse
        Invoke-WithFileLock gone { 'in' } | Should -Be 'in'
    }

    It 'takes several locks at once, in whatever order they are named' {
        Invoke-WithFileLock b, a, b { (Test-FileLock a), (Test-FileLock b) } | Should -Be $true, $true
        Test-FileLock a, b | Should -Be $false, $false
    }

    It 'locks the very file of -LiteralPath, relative to the current location' {
        Push-Location TestDrive:
        try {
            Invoke-WithFileLock -LiteralPath 'the file [1].lock' {
                Test-FileLock -LiteralPath 'the file [1].lock'
                (Get-FileLock -LiteralPath 'the file [1].lock').LockFile
            } | Should -Be $true, (Join-Path (Get-Item TestDrive:).FullName 'the file [1].lock')
        }
        finally {
            Pop-Location
        }
    }

    It 'refuses to take the same lock inside its block' {
        { Invoke-WithFileLock twice { Invoke-WithFileLock twice { } } } | Should -Throw -ErrorId 'LockReentered,*'
        Test-FileLock twice | Should -BeFalse
    }

    It 'refuses it in a child process of the block as well' {
        $module = $env:PROCESSDEDUP_TEST_MODULE
        $pwsh = Get-PowerShellProgram
        Invoke-WithFileLock child {
            & $pwsh -NoProfile -NonInteractive -Command "Import-Module '$module'; try { Invoke-WithFileLock child { } } catch { `$_.FullyQualifiedErrorId }"
        } | Should -BeLike 'LockReentered,*'
    }

    It 'refuses it in a parallel branch that its block waits for' {
        $module = $env:PROCESSDEDUP_TEST_MODULE
        Invoke-WithFileLock branch {
            1 | ForEach-Object -Parallel {
                Import-Module $using:module
                try { Invoke-WithFileLock branch { } } catch { $_.FullyQualifiedErrorId }
            }
        } | Should -BeLike 'LockReentered,*'
    }

    It 'gives the lock to a thread job of its block that outlives the hold, when the job has a timeout' {
        $module = $env:PROCESSDEDUP_TEST_MODULE
        $jobs = Invoke-WithFileLock outlived {
            $later = Start-ThreadJob { Import-Module $using:module; Invoke-WithFileLock outlived -TimeoutSec 300 { 'later' } }
            Wait-Until { $later.Progress.Count -gt 0 } 'the wait of the job'
            $hasty = Start-ThreadJob { Import-Module $using:module; Invoke-WithFileLock outlived { 'never' } }
            { Receive-Job $hasty -Wait -AutoRemoveJob -ErrorAction Stop } | Should -Throw -ErrorId 'LockReentered,*'
            $later
        }
        Wait-Until { $jobs.State -in 'Completed', 'Failed' } 'the end of the job'
        Receive-Job $jobs | Should -Be 'later'
    }

    It 'shares the lock with other shared holders, and with no exclusive one' {
        $holder = Start-Holder shared -Options '-Shared'
        try {
            Invoke-WithFileLock shared -Shared -NoWait { 'in' } | Should -Be 'in'
            { Invoke-WithFileLock shared -NoWait { } } | Should -Throw -ErrorId 'LockBusy,*'
        }
        finally {
            Stop-Peer $holder
        }
    }

    It 'lets as many in as there are slots' {
        $holders = 1..2 | ForEach-Object { Start-Holder slots -Options '-Slots 2' }
        try {
            { Invoke-WithFileLock slots -Slots 2 -NoWait { } } | Should -Throw -ErrorId 'LockBusy,*'
            (Get-FileLock slots).Holders | Should -HaveCount 2
            Send-PeerLine $holders[0]
            Invoke-WithFileLock slots -Slots 2 -TimeoutSec 30 { 'in' } | Should -Be 'in'
        }
        finally {
            Stop-Peer $holders
        }
    }
}

Describe 'A lock that is lost while the block runs' {
    It 'is told to the block by its lease, to people at once, and to the script by an error that ends the statement' {
        # A file: an encoded command's warnings are XML.
        Set-Content "$TestDrive/loses.ps1" @'
Import-Module $env:PROCESSDEDUP_TEST_MODULE
$after = $false
try {
    Invoke-WithFileLock lost -LeaseVariable held {
        Remove-Item $held.Target.LockFile
        [Console]::WriteLine("told the block: $($held.GetLostToken().WaitHandle.WaitOne(120000))")
        $null = [Console]::ReadLine()
    }
    $after = $true
} catch { [Console]::WriteLine($_.FullyQualifiedErrorId) }
[Console]::WriteLine("after: $after")
'@
        $peer = Start-Peer -Arguments '-NoProfile', '-NonInteractive', '-File', "$TestDrive/loses.ps1"
        try {
            Wait-PeerLines $peer 'told the block: True', 'WARNING: Lock*was lost*'
            Send-PeerLine $peer
            Wait-PeerLine $peer 'LockLost,ProcessDedup.Cmdlets.InvokeWithFileLockCommand'
            Wait-PeerLine $peer 'after: False'
        }
        finally {
            Stop-Peer $peer
        }
    }

    It 'gets no more of the pipeline' {
        $seen = [Collections.Generic.List[int]]::new()
        {
            1..3 | Invoke-WithFileLock lost -LeaseVariable held -WarningAction Ignore {
                process {
                    $seen.Add($_)
                    if ($_ -eq 2) {
                        Remove-Item $held.Target.LockFile
                        $null = $held.GetLostToken().WaitHandle.WaitOne($script:PatienceMs)
                    }
                }
            }
        } | Should -Throw -ErrorId 'LockLost,*'
        $seen | Should -Be 1, 2
    }

    It 'is told beside the error of the block itself' {
        {
            Invoke-WithFileLock lost -LeaseVariable held -ErrorVariable +errors -ErrorAction SilentlyContinue -WarningAction Ignore {
                Remove-Item $held.Target.LockFile
                $null = $held.GetLostToken().WaitHandle.WaitOne($script:PatienceMs)
                throw 'the block itself'
            }
        } | Should -Throw 'the block itself'
        {
            Invoke-WithFileLock lost -LeaseVariable held -ErrorAction Stop -WarningAction Ignore {
                Remove-Item $held.Target.LockFile
                $null = $held.GetLostToken().WaitHandle.WaitOne($script:PatienceMs)
                throw 'the block itself'
            }
        } | Should -Throw 'the block itself'
        Invoke-WithFileLock lost { } # free again
    }

    It 'gives several leases for several names' {
        Invoke-WithFileLock one, two -LeaseVariable both { }
        $both.Count | Should -Be 2
        "$($both.Target)" | Should -Be 'one two'
    }
}

Describe 'Many at once' {
    It 'loses no step of a counter among 8 runspaces' {
        $file = Join-Path $TestDrive 'runspaces'
        Set-Content $file 0
        $module = $env:PROCESSDEDUP_TEST_MODULE
        1..8 | ForEach-Object -ThrottleLimit 8 -Parallel {
            Import-Module $using:module
            foreach ($i in 1..50) {
                Invoke-WithFileLock counter { Set-Content $using:file (1 + (Get-Content $using:file)) }
            }
        }
        Get-Content $file | Should -Be 400
    }

    It 'loses no step of a counter among 4 PowerShell processes' {
        $file = Join-Path $TestDrive 'processes'
        Set-Content $file 0
        $peers = 1..4 | ForEach-Object {
            Start-Peer -Script "foreach (`$i in 1..100) { Invoke-WithFileLock processes { Set-Content '$file' (1 + (Get-Content '$file')) } }"
        }
        try {
            $peers.ForEach{ $null = Wait-PeerExit $_ }
            $peers.ExitCode | Should -Be 0, 0, 0, 0
            Get-Content $file | Should -Be 400
        }
        finally {
            Stop-Peer $peers
        }
    }

    It 'excludes flock(1) on the same file, both ways' -Skip:(-not (Get-Command flock -CommandType Application -ErrorAction Ignore)) {
        $file = Join-Path $TestDrive 'flock.lock'
        Invoke-WithFileLock -LiteralPath $file { flock --nonblock $file true; $LASTEXITCODE } | Should -Be 1
        $peer = Start-Peer -Program (Get-Command flock).Source -Arguments $file, 'sh', '-c', 'echo HELD; read line'
        try {
            Wait-PeerLine $peer HELD
            { Invoke-WithFileLock -LiteralPath $file -NoWait { } } | Should -Throw -ErrorId 'LockBusy,*'
        }
        finally {
            Stop-Peer $peer
        }
    }
}
