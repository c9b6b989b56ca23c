BeforeAll {
    . (Join-Path $PSScriptRoot 'Setup.ps1')
    $holder = Start-Holder busy -Options "-Reason 'restoring packages'"
}

AfterAll {
    Stop-Peer $holder
    Remove-Item $env:PROCESSDEDUP_HOME -Recurse -Force -ErrorAction Ignore
}

Describe 'Waiting for a lock' {
    It 'ends with LockTimeout, which names the lock, the holder and the next step' {
        $caught = { Invoke-WithFileLock busy -TimeoutSec 0.2 { 'never' } } | Should -Throw -ErrorId 'LockTimeout,*' -PassThru
        $caught.CategoryInfo.Category | Should -Be 'OperationTimeout'
        $caught.TargetObject | Should -Be 'busy'
        "$caught" | Should -BeLike "*'busy'*PID $($holder.Id)*"
        $caught.ErrorDetails.RecommendedAction | Should -BeLike '*Get-FileLock*'
        $caught.Exception.Status.Holders[0].ProcessId | Should -Be $holder.Id
    }

    It 'does not happen with -NoWait' {
        { Invoke-WithFileLock busy -NoWait { 'never' } } | Should -Throw -ErrorId 'LockBusy,*'
    }

    It 'can skip the block' {
        Invoke-WithFileLock busy -NoWait -OnTimeout Skip { 'never' } | Should -BeNullOrEmpty
        Invoke-WithFileLock busy -TimeoutSec 0.1 -OnTimeout Skip { 'never' } -Verbose 4>&1 | Should -BeLike '*skipped*'
        1..3 | Invoke-WithFileLock busy -NoWait -OnTimeout Skip { process { 'never' } } | Should -BeNullOrEmpty
    }

    It 'can run the block all the same' {
        Invoke-WithFileLock busy -NoWait -OnTimeout Proceed { 'anyway' } | Should -Be 'anyway'
        1..2 | Invoke-WithFileLock busy -NoWait -OnTimeout Proceed { process { $_ } } | Should -Be 1, 2
    }

    It 'takes all locks or none' {
        { Invoke-WithFileLock aaa, busy, zzz -NoWait { } } | Should -Throw -ErrorId 'LockBusy,*'
        Test-FileLock aaa, zzz | Should -Be $false, $false
    }

    It 'shows one progress record that names the holder, and completes it' {
        $other = Start-Holder shown -Options "-Reason 'restoring packages'"
        $shell = [powershell]::Create().AddScript("Import-Module '$env:PROCESSDEDUP_TEST_MODULE'; Invoke-WithFileLock shown { 'in' }")
        try {
            $running = $shell.BeginInvoke()
            Wait-Until { $shell.Streams.Progress.Count } 'the wait is shown'
            Send-PeerLine $other
            $shell.EndInvoke($running) | Should -Be 'in'
            $text = @($shell.Streams.Progress.StatusDescription) -join "`n"
            $text | Should -BeLike "PID $($other.Id), *restoring packages*; waited *"
            $shell.Streams.Progress.StatusDescription | ForEach-Object { $_.Length | Should -BeLessThan 80 }
            $shell.Streams.Progress[-1].RecordType | Should -Be 'Completed'
            $shell.Streams.Progress.ActivityId | Select-Object -Unique | Should -HaveCount 1
            $shell.Streams.Information | Should -HaveCount 0
        }
        finally {
            Stop-Peer $other
            $shell.Dispose()
        }
    }

    It 'tells once in the log of a job, on standard error, and a caller reads nothing but the output' {
        $other = Start-Holder 'one of a job' -Options "-Reason '##vso[task.complete]'"
        $script = "`$env:TF_BUILD = 'True'; `$env:BUILD_BUILDID = '{0}'; Invoke-WithFileLock 'one of a job' {{ 'OVER' }}"
        $peers = @(1..3 | ForEach-Object { Start-Peer ($script -f 1) -ReadsErrors })
        try {
            Wait-Until { (Get-FileLock 'one of a job').Waiters.Count -eq 3 } 'three wait'
            $reads = Read-AnyPeerLine $peers -Stream StandardError
            # What must not come cannot be waited for. But when one of another job, that began to wait after them, has told, it would have come.
            $peers += Start-Peer ($script -f 2) -ReadsErrors
            $notice = Read-PeerLine $peers[3] -Stream StandardError
            Send-PeerLine $other
            foreach ($peer in $peers) { (Wait-PeerExit $peer).Trim() | Should -Be 'OVER' }
            $notices = @(Receive-PeerErrorRest $peers[0..2] $reads) + $notice | Where-Object { $_ -like '*Waiting for lock*' }
            $notices | Should -HaveCount 2
            $notices | ForEach-Object {
                $_ | Should -BeLike "Waiting for lock 'one of a job': held by *PID $($other.Id)*"
                $_ | Should -Not -Match '##vso'
            }
        }
        finally {
            Stop-Peer ($peers + $other)
        }
    }

    It 'shows nothing for a short wait' {
        # On a machine that had no time for it for a second it was none.
        do {
            $shell = [powershell]::Create()
            $null = $shell.AddScript("Import-Module '$env:PROCESSDEDUP_TEST_MODULE'; `$clock = [Diagnostics.Stopwatch]::StartNew(); try { Invoke-WithFileLock busy -TimeoutSec 0.2 { } } catch { }; `$clock.Elapsed.TotalSeconds")
            $wasShort = $shell.Invoke()[0] -lt 1
            $shown = $shell.Streams.Progress.Count + $shell.Streams.Information.Count
            $shell.Dispose()
        } until ($wasShort)
        $shown | Should -Be 0
    }

    It 'is ended by PowerShell.Stop() and leaves nothing' {
        $shell = [powershell]::Create()
        $null = $shell.AddScript("Import-Module '$env:PROCESSDEDUP_TEST_MODULE'; Invoke-WithFileLock busy { }")
        $null = $shell.BeginInvoke()
        Wait-Until { (Get-FileLock busy).Waiters.ProcessId -contains $PID } 'the runspace waits for the lock'
        $shell.Stop()
        Wait-Until { (Get-FileLock busy).Waiters.Count -eq 0 } 'nobody waits any more'
        $shell.Dispose()
    }

    It 'detects a circle of two processes and names both locks' {
        $script = {
            param($First, $Second)
            "Invoke-WithFileLock $First { [Console]::WriteLine('FIRST'); `$null = [Console]::ReadLine(); try { Invoke-WithFileLock $Second -TimeoutSec 60 { [Console]::WriteLine('BOTH') } } catch { [Console]::WriteLine(`$_.FullyQualifiedErrorId); [Console]::WriteLine(`$_) } }"
        }
        $peers = @((Start-Peer (& $script left right)), (Start-Peer (& $script right left)))
        try {
            $peers.ForEach{ Wait-PeerLine $_ FIRST }
            $peers.ForEach{ Send-PeerLine $_ }
            $output = $peers.ForEach{ Wait-PeerExit $_ } -join "`n"
            $output | Should -BeLike '*LockCycle,*'
            $output | Should -BeLike '*BOTH*'
            $output | Should -BeLike "*'left'*'right'*"
        }
        finally {
            Stop-Peer $peers
        }
    }
}

Describe 'Wait-FileLock' {
    It 'returns at once for a free lock and holds nothing' {
        Wait-FileLock nobody -TimeoutSec 10
        Test-FileLock nobody | Should -BeFalse
    }

    It 'times out while the lock is held' {
        { Wait-FileLock busy -TimeoutSec 0.1 } | Should -Throw -ErrorId 'LockTimeout,*'
    }

    It 'returns once the lock is released' {
        $other = Start-Holder soon
        try {
            $shell = [powershell]::Create()
            $null = $shell.AddScript("Import-Module '$env:PROCESSDEDUP_TEST_MODULE'; Wait-FileLock soon; 'free'")
            $running = $shell.BeginInvoke()
            Wait-Until { (Get-FileLock soon).Waiters.Count -eq 1 } 'the runspace waits'
            Send-PeerLine $other
            $shell.EndInvoke($running) | Should -Be 'free'
            $shell.Dispose()
        }
        finally {
            Stop-Peer $other
        }
    }
}
