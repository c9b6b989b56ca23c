BeforeAll {
    . (Join-Path $PSScriptRoot 'Origin.ps1')
    $script:origin = Start-Origin
    $url = $origin.Url
}

AfterAll {
    Stop-Peer $origin
    Remove-Item $env:PROCESSDEDUP_HOME -Recurse -Force -ErrorAction Ignore
}

Describe 'Many that want the same address' {
    It 'in 8 processes: one fetches it, the others wait and say for whom' {
        Send-Order 'bytes /same.bin 200000', 'set /same.bin cache max-age=3600', 'gate /same.bin 100000'
        $peers = Start-Fetcher "Get-CachedFetch '$url/same.bin'" -Count 8
        try {
            $peers.ForEach{ Send-PeerLine $_ }
            Wait-Until { (Get-FetchWaiterCount) -eq 7 } 'seven wait for the eighth'
            Send-Order 'open /same.bin'
            $results = Receive-Fetched $peers
            $results.Message | Where-Object { $_ } | Should -BeNullOrEmpty
            Send-Order 'count /same.bin' | Should -Be 1
            $results.Status | Group-Object -NoElement | Sort-Object Name | ForEach-Object { "$($_.Name) $($_.Count)" } | Should -Be 'Downloaded 1', 'Waited 7'
            $results.Path | Sort-Object -Unique | Should -HaveCount 1
            $leader = $peers[$results.Status.IndexOf('Downloaded')]
            $results.Leader | Where-Object { $_ } | Sort-Object -Unique | Should -BeLike "PID $($leader.Id) on *"
            ($results | Where-Object Status -EQ Waited).WaitedSec | ForEach-Object { $_ | Should -BeGreaterThan 0 }
        }
        finally {
            Stop-Peer $peers
        }
    }

    It 'in several processes of a job: one says in its log for whom they wait' {
        $leader = Start-Peer "`$null = Get-CachedFetch -Key told { param(`$Directory) [Console]::WriteLine('IN'); `$null = [Console]::ReadLine(); Set-Content `$Directory/x 1 }"
        $script = "`$env:CI = 'true'; `$env:CI_JOB_ID = '{0}'; [Console]::WriteLine((Get-CachedFetch -Key told {{ throw 'never' }}).Status)"
        $peers = @()
        try {
            Wait-PeerLine $leader IN
            $peers = @(1..3 | ForEach-Object { Start-Peer ($script -f 1) -ReadsErrors })
            Wait-Until { (Get-FetchWaiterCount) -eq 3 } 'three wait for it'
            $reads = Read-AnyPeerLine $peers -Stream StandardError
            # As soon as one of another job, that began to wait after them, has told, each of them would have told as well.
            $peers += Start-Peer ($script -f 2) -ReadsErrors
            $notice = Read-PeerLine $peers[3] -Stream StandardError
            Send-PeerLine $leader
            foreach ($peer in $peers) { (Wait-PeerExit $peer).Trim() | Should -Be 'Waited' }
            $notices = @(Receive-PeerErrorRest $peers[0..2] $reads) + $notice | Where-Object { $_ -like 'Fetching *' }
            $notices | Should -HaveCount 2
            $notices | Should -BeLike "Fetching told: PID $($leader.Id) on *; waited *"
        }
        finally {
            Stop-Peer ($peers + $leader)
        }
    }

    It 'in several runspaces: one fetches it' {
        Send-Order 'bytes /spaces.bin 200000', 'set /spaces.bin cache max-age=3600', 'gate /spaces.bin 100000'
        $shells = foreach ($i in 1..4) {
            $shell = [powershell]::Create()
            $null = $shell.AddScript("Import-Module '$env:PROCESSDEDUP_TEST_MODULE'; Get-CachedFetch '$url/spaces.bin'")
            $shell
        }
        $running = $shells.ForEach{ $_.BeginInvoke() }
        # Waiters of one process cannot be seen from outside, and only one of them tells; but each has a thread that fetches or waits.
        Wait-Until { @(Get-Content /proc/self/task/*/comm -ErrorAction Ignore | Where-Object { $_ -eq 'fetch' }).Count -eq 4 } 'all four have begun'
        Send-Order 'open /spaces.bin'
        $results = 0..3 | ForEach-Object { $shells[$_].EndInvoke($running[$_]) }
        Send-Order 'count /spaces.bin' | Should -Be 1
        $results.Status | Where-Object { $_ -eq 'Downloaded' } | Should -HaveCount 1
        $results.Path | Sort-Object -Unique | Should -HaveCount 1
        $shells.ForEach{ $_.Dispose() }
    }

    It 'all fail at once with what failed for the one that asked' {
        Send-Order 'text /bad.txt x', 'gate /bad.txt 0'
        $peers = Start-Fetcher "Get-CachedFetch '$url/bad.txt' -Sha256 ('ab' * 32) -ErrorAction Stop" -Count 3
        try {
            $peers.ForEach{ Send-PeerLine $_ }
            Wait-Until { (Get-FetchWaiterCount) -eq 2 } 'two wait for the third'
            Send-Order 'open /bad.txt'
            (Receive-Fetched $peers).Error | Should -Be (@('FetchHashMismatch,ProcessDedup.Cmdlets.GetCachedFetchCommand') * 3)
            Send-Order 'count /bad.txt' | Should -Be 1
        }
        finally {
            Stop-Peer $peers
        }
    }
}

Describe 'While another process is at it' {
    BeforeAll {
        Send-Order 'bytes /slow.bin 400000', 'set /slow.bin cache max-age=3600', 'gate /slow.bin 200000'
        $leader = Start-Fetcher "Get-CachedFetch '$url/slow.bin'"
        Send-PeerLine $leader
        Send-Order 'reached /slow.bin'
        # How far it is stands in its record a moment later.
        Wait-Until { (Get-FileLock 'fetch-*').Holders.Progress -like '*of 400 kB*' } 'the progress of the leader is on record'
    }

    AfterAll {
        Stop-Peer $leader
    }

    It 'a fetch ends with LockTimeout, or LockBusy with -NoWait, or fetches it too' {
        # Long enough for it to tell whom it waits for: that must not keep the next one, below, from telling.
        $caught = { Get-CachedFetch "$url/slow.bin" -TimeoutSec 1.5 -ErrorAction Stop } | Should -Throw -ErrorId 'LockTimeout,*' -PassThru
        "$caught" | Should -BeLike "*PID $($leader.Id)*"
        { Get-CachedFetch "$url/slow.bin" -NoWait -ErrorAction Stop } | Should -Throw -ErrorId 'LockBusy,*'
        $other = [powershell]::Create().AddScript("Import-Module '$env:PROCESSDEDUP_TEST_MODULE'; Get-CachedFetch '$url/slow.bin' -NoWait -OnTimeout Proceed -ErrorAction SilentlyContinue")
        $null = $other.BeginInvoke()
        Wait-Until { (Send-Order 'count /slow.bin') -eq 2 } 'the second one asks too'
        $other.Stop()
        $other.Dispose()
    }

    It 'a fetch that waits shows who is at it and how far that is, and ends when that is done' {
        $shell = [powershell]::Create().AddScript("Import-Module '$env:PROCESSDEDUP_TEST_MODULE'; Get-CachedFetch '$url/slow.bin'")
        $running = $shell.BeginInvoke()
        try {
            Wait-Until {
                $text = @($shell.Streams.Progress.StatusDescription) -join "`n"
                $text -like "*PID $($leader.Id)*of 400 kB*; waited*"
            } 'who is at it, and how far, is shown'
            Send-Order 'open /slow.bin'
            $shell.EndInvoke($running).Status | Should -Be 'Waited'
            $shell.Streams.Progress[-1].RecordType | Should -Be 'Completed'
            $shell.Streams.Progress.ActivityId | Sort-Object -Unique | Should -HaveCount 1
            $shell.Streams.Information | Should -HaveCount 0
        }
        finally {
            $shell.Stop()
            $shell.Dispose()
        }
    }
}

Describe 'Ctrl+C while the origin hangs' {
    It 'ends the fetch, leaves no thread and no lock, and the next fetch works' {
        $list = foreach ($i in 1..6) {
            Send-Order "bytes /hang/$i.bin 90000 $i"
        }
        Send-Order @(1..3 | ForEach-Object { "hang /hang/$_.bin" })
        Send-Order @(4..6 | ForEach-Object { "hang /hang/$_.bin 50000" })
        $shell = [powershell]::Create()
        $null = $shell.AddScript("param(`$list) Import-Module '$env:PROCESSDEDUP_TEST_MODULE'; `$list | Get-CachedFetch -ThrottleLimit 6").AddArgument($list)
        $null = $shell.BeginInvoke()
        Wait-Until { (1..6 | ForEach-Object { Send-Order "count /hang/$_.bin" }) -notcontains '0' } 'all six are asked for'
        $stopped = $shell.BeginStop($null, $null)
        $stopped.AsyncWaitHandle.WaitOne($script:PatienceMs) | Should -BeTrue
        $shell.InvocationStateInfo.State | Should -Be 'Stopped'
        $shell.Dispose()
        if ($IsLinux) {
            # A thread that was joined has done its work, and leaves the kernel's list a moment later.
            Wait-Until { @(Get-Content /proc/self/task/*/comm -ErrorAction Ignore) -notcontains 'fetch' } 'the threads that fetched are gone'
        }
        Get-FileLock 'fetch-*' | Where-Object State -NE 'Free' | Should -BeNullOrEmpty
        $null = Send-Order @(1..6 | ForEach-Object { "bytes /hang/$_.bin 90000 $_" })
        ($list | Get-CachedFetch).Size | Should -Be (@(90000) * 6)
    }

    It 'ends a wait for another process' {
        Send-Order 'bytes /held.bin 90000', 'hang /held.bin 50000'
        $leader = Start-Fetcher "Get-CachedFetch '$url/held.bin'"
        try {
            Send-PeerLine $leader
            Wait-Until { (Send-Order 'count /held.bin') -eq 1 } 'it is asked for'
            $shell = [powershell]::Create().AddScript("Import-Module '$env:PROCESSDEDUP_TEST_MODULE'; Get-CachedFetch '$url/held.bin'")
            $null = $shell.BeginInvoke()
            Wait-Until { (Get-FetchWaiterCount) -eq 1 } 'the runspace waits'
            $shell.Stop()
            Wait-Until { (Get-FetchWaiterCount) -eq 0 } 'nobody waits any more'
            $shell.Dispose()
        }
        finally {
            Stop-Peer $leader
        }
    }

    It 'of a killed leader lets the next one go on where it was' {
        Send-Order 'bytes /killed.bin 300000', 'set /killed.bin etag v1', 'gate /killed.bin 250000'
        $leader = Start-Fetcher "Get-CachedFetch '$url/killed.bin'"
        Send-PeerLine $leader
        Send-Order 'reached /killed.bin'
        $part = Join-Path $env:PROCESSDEDUP_HOME partial
        Wait-Until { (Get-ChildItem $part -Recurse -File -ErrorAction Ignore | Measure-Object Length -Maximum).Maximum -ge 250000 } 'the part is on the disk'
        Stop-Peer $leader
        Send-Order 'open /killed.bin'
        (Get-CachedFetch "$url/killed.bin").Status | Should -Be 'Resumed'
        Send-Order 'header /killed.bin If-Range' | Should -Be '"v1"'
    }
}
