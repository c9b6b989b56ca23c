BeforeAll {
    . (Join-Path $PSScriptRoot 'Setup.ps1')
}

AfterAll {
    Remove-Item $env:PROCESSDEDUP_HOME -Recurse -Force -ErrorAction Ignore
}

Describe 'Enter-FileLock and Exit-FileLock' {
    It 'releases with an item of ForEach-Object -Parallel what it has not left, before the next item uses its runspace' {
        $ErrorActionPreference = 'Continue'
        $said = 1..3 | ForEach-Object -ThrottleLimit 1 -Parallel {
            Import-Module $using:env:PROCESSDEDUP_TEST_MODULE
            try { $null = Enter-FileLock pool -NoWait -ErrorAction Stop } catch { return "$_" }
            throw "item $_ fails"
        } 2>&1
        $said.ForEach{ "$_" } | Should -Be 'item 1 fails', 'item 2 fails', 'item 3 fails'
        Wait-Until { -not (Test-FileLock pool) } 'the last item is over'
    }

    It 'hold a lock in between, by name' {
        $null = Enter-FileLock between
        Test-FileLock between | Should -BeTrue
        Exit-FileLock between
        Test-FileLock between | Should -BeFalse
    }

    It 'hold a lock in between, by lease' {
        $lease = Enter-FileLock lease -Reason 'a reason'
        $lease.Target.Display | Should -Be 'lease'
        $lease.Mode | Should -Be 'Exclusive'
        $lease | Exit-FileLock
        $lease.IsReleased | Should -BeTrue
        Test-FileLock lease | Should -BeFalse
    }

    It 'hold a lock in between, by path' {
        $file = Join-Path $TestDrive 'entered.lock'
        $null = Enter-FileLock -LiteralPath $file
        Test-FileLock -LiteralPath $file | Should -BeTrue
        Exit-FileLock -LiteralPath $file
        Test-FileLock -LiteralPath $file | Should -BeFalse
    }

    It 'keep the lock although nobody keeps the lease' {
        $null = Enter-FileLock forgotten
        [GC]::Collect()
        [GC]::WaitForPendingFinalizers()
        Test-FileLock forgotten | Should -BeTrue
        Exit-FileLock forgotten
    }

    It 'do not enter the same lock twice' {
        $null = Enter-FileLock twice
        { Enter-FileLock twice } | Should -Throw -ErrorId 'LockReentered,*'
        Exit-FileLock twice
    }

    It 'end the script when the lock is refused and errors are to stop it' {
        $holder = Start-Peer "Invoke-WithFileLock refused { 'HELD'; `$null = [Console]::In.ReadLine() }"
        try {
            Wait-PeerLine $holder HELD
            foreach ($take in 'Enter-FileLock refused -NoWait', 'Enter-FileLock refused -TimeoutSec 0.05', 'Wait-FileLock refused -TimeoutSec 0.05',
                'Invoke-WithFileLock refused -NoWait { }') {
                foreach ($script in "`$ErrorActionPreference = 'Continue'; $take -ErrorAction Stop; 'deployed'", "`$ErrorActionPreference = 'Stop'; $take; 'deployed'") {
                    $ran = & { try { & ([scriptblock]::Create($script)) } catch { $_.FullyQualifiedErrorId } }
                    $ran | Should -BeLike 'Lock*,ProcessDedup.Cmdlets.*' -Because $script
                }
            }

            # Without a handler around it, as people run it.
            $deploy = Start-Peer "`$ErrorActionPreference = 'Continue'; Enter-FileLock refused -NoWait -ErrorAction Stop; 'deployed'"
            $deploy.StandardOutput.ReadToEnd() | Should -BeNullOrEmpty
            $deploy.WaitForExit()
            $deploy.ExitCode | Should -Be 1
        }
        finally {
            $holder.Kill()
            $holder.Dispose()
        }
    }

    It 'end only their statement under Continue, which a handler sees' {
        $holder = Start-Peer "Invoke-WithFileLock refused2 { 'HELD'; `$null = [Console]::In.ReadLine() }"
        try {
            Wait-PeerLine $holder HELD
            $ErrorActionPreference = 'Continue'
            & { try { $null = Enter-FileLock refused2 -NoWait; 'went on' } catch { 'handled' } } | Should -Be 'handled'
            & { try { Wait-FileLock refused2 -TimeoutSec 0.05 -ErrorAction SilentlyContinue; 'went on' } catch { 'handled' } } | Should -Be 'handled'
        }
        finally {
            $holder.Kill()
            $holder.Dispose()
        }
    }

    It 'show the reason at once to a look from within' {
        $null = Enter-FileLock explained -Reason 'nightly import'
        (Get-FileLock explained).Holders.Reason | Should -Be 'nightly import'
        Exit-FileLock explained
    }

    It 'tell the next user of a pool''s runspace which line entered the lock and did not leave it' {
        $pool = [runspacefactory]::CreateRunspacePool(1, 1)
        $pool.Open()
        try {
            $texts = "Import-Module '$env:PROCESSDEDUP_TEST_MODULE'; `$null = Enter-FileLock pooled; throw 'failed'", 'Invoke-WithFileLock pooled { }'
            $caught = foreach ($text in $texts) {
                $shell = [powershell]::Create()
                $shell.RunspacePool = $pool
                try { $null = $shell.AddScript($text).Invoke(); $shell.Streams.Error } catch { $_.Exception.InnerException.ErrorRecord } finally { $shell.Dispose() }
            }
            $caught[1].FullyQualifiedErrorId | Should -BeLike 'LockReentered,*'
            "$($caught[1])" | Should -BeLike "*'pooled' was entered in this runspace at *line:1*"
            $caught[1].ErrorDetails.RecommendedAction | Should -BeLike '*finally*'
        }
        finally {
            $pool.Dispose()
        }
        Invoke-WithFileLock pooled -NoWait { 'free' } | Should -Be 'free'
    }

    It 'say so when the lock was not entered here' {
        Exit-FileLock stranger -ErrorVariable failed -ErrorAction SilentlyContinue
        $failed.FullyQualifiedErrorId | Should -BeLike 'LockNotEntered,*'
    }

    It 'give the locks of a closed runspace back' {
        $runspace = [runspacefactory]::CreateRunspace()
        $runspace.Open()
        $shell = [powershell]::Create()
        $shell.Runspace = $runspace
        $null = $shell.AddScript("Import-Module '$env:PROCESSDEDUP_TEST_MODULE'; Enter-FileLock closing").Invoke()
        Test-FileLock closing | Should -BeTrue
        $runspace.Close()
        Test-FileLock closing | Should -BeFalse
    }

    It 'cancel the token of a lost lock, and say so at the end' {
        $lease = Enter-FileLock lost
        Remove-Item $lease.Target.LockFile
        $lease.GetLostToken().WaitHandle.WaitOne($script:PatienceMs) | Should -BeTrue
        Exit-FileLock lost -ErrorVariable failed -ErrorAction SilentlyContinue
        $failed.FullyQualifiedErrorId | Should -BeLike 'LockLost,*'
    }

    It 'publish progress to those who wait' {
        $lease = Enter-FileLock progress -Reason 'downloading'
        $lease.Progress = '3 of 9 MB'
        Wait-Until { (Get-FileLock progress).Holders[0].Progress -eq '3 of 9 MB' } 'the progress is on record'
        (Get-FileLock progress).Holders[0].Describe() | Should -BeLike '*downloading, 3 of 9 MB'
        $lease.Dispose()
    }
}
