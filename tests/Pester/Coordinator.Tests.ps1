BeforeDiscovery {
    $binaries = @(Get-Item /usr/lib/postgresql/*/bin -ErrorAction Ignore | Sort-Object FullName -Descending | ForEach-Object FullName) +
        @(Get-Command initdb -ErrorAction Ignore | ForEach-Object { Split-Path $_.Source }) |
        Where-Object { (Test-Path "$_/initdb") -and (Test-Path "$_/pg_ctl") -and (Test-Path "$_/psql") } | Select-Object -First 1
    # A host name of one's own.
    $canRename = (Get-Command unshare -ErrorAction Ignore) -and (id -u) -eq 0
    if (-not $binaries) {
        Write-Warning 'PostgreSQL is not installed (apt-get install postgresql): -Coordinator is not tested.'
    }
}

Describe '-Coordinator' -Skip:(-not $binaries) -ForEach @{ Binaries = $binaries } {
    BeforeAll {
        . (Join-Path $PSScriptRoot 'Setup.ps1')
        . (Join-Path $PSScriptRoot 'Postgres.ps1')
        $cluster = Join-Path ([IO.Path]::GetTempPath()) "procdedup-pester-pg-$([guid]::NewGuid().ToString('N'))"
        $null = New-Item $cluster -ItemType Directory
        $secret = 'hunter2hunter2'
        Set-Content "$cluster/password" $secret -NoNewline
        # PostgreSQL refuses to run as root.
        $as = if ((id -u) -eq 0) { chown -R nobody $cluster; 'setpriv', '--reuid=nobody', '--regid=nogroup', '--clear-groups' } else { , 'env' }
        & $as[0] @($as | Select-Object -Skip 1) "$Binaries/initdb" -D "$cluster/data" -U postgres -A scram-sha-256 --pwfile "$cluster/password" -E UTF8 --locale C --no-sync *> $null
        $port = Start-Server $Binaries $cluster $as
        $env:PGPASSWORD = $secret
        $connection = "Host=127.0.0.1;Port=$port;Database=postgres;Username=postgres"
        # Another machine: another root.
        $elsewhere = "$env:PROCESSDEDUP_HOME-elsewhere"
    }

    AfterAll {
        & sh -c 'cd /tmp; exec "$@" >/dev/null 2>&1' sh @as "$Binaries/pg_ctl" -D "$cluster/data" -m immediate stop
        Remove-Item $cluster, $env:PROCESSDEDUP_HOME, $elsewhere -Recurse -Force -ErrorAction Ignore
        $env:PGPASSWORD = $null
        $env:PROCESSDEDUP_COORDINATOR = $null
    }

    It 'loads nothing of PostgreSQL before it is asked for' {
        $peer = Start-Peer -Script "Invoke-WithFileLock x { }; [Console]::WriteLine((([AppDomain]::CurrentDomain.GetAssemblies().GetName().Name -match 'Npgsql|Postgres') -join ',') + '|')"
        try { (Wait-PeerExit $peer).Trim() | Should -Be '|' } finally { Stop-Peer $peer }
    }

    It 'locks for all machines, and shows it beside the locks of this one' {
        $peer = Start-Peer -Script "`$env:PROCESSDEDUP_HOME = '$elsewhere'; Invoke-WithFileLock deploy -Reason 'rolling out' -Coordinator '$connection' { [Console]::WriteLine('IN'); `$null = [Console]::ReadLine() }"
        try {
            Wait-PeerLine $peer IN
            $e = { Invoke-WithFileLock deploy -NoWait -Coordinator $connection { 'never' } } | Should -Throw -ErrorId 'LockBusy*' -PassThru
            $e.Exception.Message | Should -Match "PID $($peer.Id)"
            Invoke-WithFileLock deploy -NoWait { 'mine' } | Should -Be 'mine'
            $fleet = Get-FileLock deploy -Coordinator $connection | Where-Object Coordinator
            $fleet.Holders.ProcessId | Should -Be $peer.Id
            $fleet.Coordinator | Should -Be "postgresql://postgres@127.0.0.1:$port/postgres"
            @(Get-FileLock -Coordinator $connection | Where-Object Coordinator).Name | Should -Be 'deploy'
            @(Get-FileLock | Where-Object Coordinator).Count | Should -Be 0
            Get-FileLock deploy -Coordinator $connection | Out-String | Should -Match 'deploy \(fleet\)'
            Send-PeerLine $peer
            Invoke-WithFileLock deploy -TimeoutSec 60 -Coordinator $connection { 'after' } | Should -Be 'after'
            $null = Wait-PeerExit $peer
        }
        finally {
            Stop-Peer $peer
        }
    }

    Context 'and Stop-FileLockHolder' {
        BeforeAll {
            $hold = "`$env:PROCESSDEDUP_HOME = '$elsewhere'; Invoke-WithFileLock rollout -Reason 'rolling out' -Coordinator '$connection' { [Console]::WriteLine('IN'); `$null = [Console]::ReadLine(); [Console]::WriteLine('OUT') }"
            function Wait-Record {
                # A short hold says nothing of itself to the server.
                Wait-Until { (Get-FileLock rollout -Coordinator $connection | Where-Object Coordinator).Holders.CommandLine } 'the record of the holder'
            }
        }

        It 'ends the one that holds it on this machine, if it is told to' {
            $peer = Start-Peer $hold
            try {
                Wait-PeerLine $peer IN
                Wait-Record
                Stop-FileLockHolder rollout -Coordinator $connection -WhatIf
                $unasked = Start-Peer "Stop-FileLockHolder rollout -Coordinator '$connection'"
                $null = Wait-PeerExit $unasked
                $unasked.ExitCode | Should -Not -Be 0
                $unasked.Errors.Result | Should -BeLike '*NonInteractive*'
                $peer.HasExited | Should -BeFalse
                Stop-FileLockHolder rollout -Confirm:$false 3>&1 | Should -BeLike '*Nobody holds*' -Because 'this machine has no such lock'
                $result = Stop-FileLockHolder rollout -Coordinator $connection -GraceSec 120 -Confirm:$false
                $result | Should -HaveCount 1
                $result.Outcome | Should -Be 'Ended'
                $result.Holder.ProcessId | Should -Be $peer.Id
                (Wait-PeerExit $peer).Trim() | Should -BeNullOrEmpty
                Wait-Until { (Get-FileLock rollout -Coordinator $connection | Where-Object Coordinator).State -eq 'Free' } 'the server has noticed its end'
            }
            finally {
                Stop-Peer $peer
            }
        }

        It 'takes it from the pipeline, and kills whom it may not wait for' {
            $peer = Start-Peer $hold
            try {
                Wait-PeerLine $peer IN
                Wait-Record
                $result = Get-FileLock -Coordinator $connection | Where-Object Coordinator | Where-Object Name -EQ rollout |
                    Stop-FileLockHolder -Coordinator $connection -GraceSec 0 -Confirm:$false
                $result.Outcome | Should -Be 'Killed'
                $null = Wait-PeerExit $peer
            }
            finally {
                Stop-Peer $peer
            }
        }

        It 'refuses the one of another machine, and says what to type there' -Skip:(-not $canRename) {
            $encoded = [Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes("Import-Module '$env:PROCESSDEDUP_TEST_MODULE'; $hold"))
            $pwsh = Get-PowerShellProgram
            $peer = Start-Peer -Program unshare -Arguments '--uts', 'sh', '-c', 'hostname agent7; exec "$@"', 'sh', $pwsh, '-NoProfile', '-NonInteractive', '-EncodedCommand', $encoded
            try {
                Wait-PeerLine $peer IN
                Wait-Record
                $result = Stop-FileLockHolder rollout -Coordinator $connection -Confirm:$false -ErrorVariable refused -ErrorAction SilentlyContinue
                $result | Should -BeNullOrEmpty
                $refused[0].FullyQualifiedErrorId | Should -BeLike 'LockHolderRemote,*'
                $refused[0].TargetObject | Should -Be 'rollout'
                $refused[0].ErrorDetails.RecommendedAction | Should -BeLike "*On agent7 type: Stop-FileLockHolder -Name 'rollout' -Coordinator*"
                Send-PeerLine $peer
                (Wait-PeerExit $peer).Trim() | Should -Be 'OUT'
            }
            finally {
                Stop-Peer $peer
            }
        }
    }

    It 'tests and waits for the locks of all machines with <_>' -ForEach '-Coordinator', 'the variable' {
        $common = if ($_ -eq '-Coordinator') { @{ Coordinator = $connection } } else { @{ } }
        $peer = Start-Peer -Script "`$env:PROCESSDEDUP_HOME = '$elsewhere'; Invoke-WithFileLock tst -Coordinator '$connection' { [Console]::WriteLine('IN'); `$null = [Console]::ReadLine() }"
        try {
            Wait-PeerLine $peer IN
            Test-FileLock tst | Should -BeFalse -Because 'this machine has another one'
            if (-not $common.Count) {
                $env:PROCESSDEDUP_COORDINATOR = $connection
            }
            Test-FileLock tst @common | Should -BeTrue
            ('free', 'tst' | Test-FileLock @common) | Should -Be $false, $true
            # On a busy machine that time may be over before there is a connection, and then it is another error.
            for ($seconds = 0.2; ($e = try { Wait-FileLock tst -TimeoutSec $seconds @common } catch { $_ }).FullyQualifiedErrorId -like 'CoordinatorTimeout*'; $seconds *= 2) { }
            $e.FullyQualifiedErrorId | Should -BeLike 'LockTimeout*'
            $e.Exception.Message | Should -Match "PID $($peer.Id)"
            $waiter = Start-Peer -Script "Wait-FileLock tst -Coordinator '$connection'; [Console]::WriteLine('FREE')"
            Wait-Until { (Get-FileLock tst -Coordinator $connection | Where-Object Coordinator).Waiters.Count -eq 1 } 'it waits'
            Send-PeerLine $peer
            Wait-PeerLine $waiter FREE
            $null = Wait-PeerExit $waiter
            $null = Wait-PeerExit $peer
            Wait-FileLock tst -TimeoutSec 60 @common
            Test-FileLock tst @common | Should -BeFalse
            Test-FileLock -LiteralPath (Join-Path $cluster 'y.lock') | Should -BeFalse -Because 'the variable is for names'
        }
        finally {
            $env:PROCESSDEDUP_COORDINATOR = $null
            Stop-Peer $peer, $waiter
        }
    }

    It 'keeps what Enter-FileLock took until Exit-FileLock' {
        Enter-FileLock entered -Coordinator $connection
        (Get-FileLock entered -Coordinator $connection | Where-Object Coordinator).State | Should -Be 'Exclusive'
        Exit-FileLock entered
        (Get-FileLock entered -Coordinator $connection | Where-Object Coordinator).State | Should -Be 'Free'
    }

    It 'has claims of all machines' {
        $won = Add-Claim builds 4711 -Coordinator $connection
        $won.Outcome | Should -Be 'Won'
        $peer = Start-Peer -Script "`$env:PROCESSDEDUP_HOME = '$elsewhere'; `$env:PROCESSDEDUP_COORDINATOR = '$connection'; [Console]::WriteLine((Add-Claim builds 4711).Outcome)"
        try { (Wait-PeerExit $peer).Trim() | Should -Be 'Lost' } finally { Stop-Peer $peer }
        @(Get-Claim builds).Count | Should -Be 0 -Because 'this machine has none'
        (Get-Claim builds -Coordinator $connection).Key | Should -Be '4711'
        { $won | Remove-Claim } | Should -Throw -ErrorId 'CoordinatorInvalid*'
        $won | Remove-Claim -Coordinator $connection
        @(Get-Claim -Coordinator $connection).Count | Should -Be 0
    }

    It 'has registered names of all machines, only where -Coordinator says so' {
        $env:PROCESSDEDUP_COORDINATOR = $connection
        try {
            Register-LockName local 'Team A'
            @(Get-LockName -Coordinator $connection).Count | Should -Be 0 -Because 'a registration outlives the shell'
            (Register-LockName builds 'Team A' -LongestHoldSec 600 -Coordinator $connection).Owner | Should -Be 'Team A'
            $peer = Start-Peer -Script "`$env:PROCESSDEDUP_HOME = '$elsewhere'; try { Register-LockName builds 'Team B' -Coordinator '$connection' } catch { [Console]::WriteLine(`$_.FullyQualifiedErrorId) }"
            try { (Wait-PeerExit $peer).Trim() | Should -BeLike 'LockNameTaken*' } finally { Stop-Peer $peer }
            (Get-LockName builds.nightly -Coordinator $connection).Namespace | Should -Be 'builds'
            @(Get-LockName).Namespace | Should -Be 'local'
            Set-LockRoot -Strict -Coordinator $connection
            $peer = Start-Peer -Script "`$env:PROCESSDEDUP_HOME = '$elsewhere'; try { Invoke-WithFileLock other { } } catch { [Console]::WriteLine(`$_.FullyQualifiedErrorId) }"
            try { (Wait-PeerExit $peer).Trim() | Should -BeLike 'LockNameUnregistered*' } finally { Stop-Peer $peer }
            Invoke-WithFileLock builds.nightly { 'in' } | Should -Be 'in'
            Set-LockRoot -Strict:$false -Coordinator $connection
            (Unregister-LockName builds 'Team A' -PassThru -Coordinator $connection).Namespace | Should -Be 'builds'
        }
        finally {
            $env:PROCESSDEDUP_COORDINATOR = $null
            Unregister-LockName local -Force
        }
    }

    It 'queues each build of the Launchpad example once for two machines, and registers its name for both' {
        $example = (Resolve-Path (Join-Path $PSScriptRoot '../../examples/cases/launchpad/after.ps1')).Path
        $queue = Join-Path $cluster queue.txt
        $modules = $env:PSModulePath
        try {
            $env:PROCESSDEDUP_COORDINATOR = $connection
            $env:PSModulePath = (Split-Path (Split-Path $env:PROCESSDEDUP_TEST_MODULE)), $modules -join [IO.Path]::PathSeparator
            $peers = foreach ($machine in $elsewhere, $env:PROCESSDEDUP_HOME) {
                Start-Peer -Script "`$env:PROCESSDEDUP_HOME = '$machine'; & '$example' -Queue '$queue' -Build (1..5) | ForEach-Object { [Console]::WriteLine(`$_) }"
            }
            $said = $peers | ForEach-Object { (Wait-PeerExit $_) -split '\r?\n' | Where-Object { $_ } }
            $peers.ExitCode | Should -Be 0, 0 -Because "$($peers.Errors.Result)"
            Get-Content $queue | Sort-Object { [int]$_ } | Should -Be (1..5)
            $said -like '*: queued' | Should -HaveCount 5
            $said -like '*: queued already by *' | Should -HaveCount 5
            (Get-LockName queue -Coordinator $connection).Owner | Should -Be 'Archive team'
            Get-LockName queue -ErrorAction Ignore | Should -BeNullOrEmpty
        }
        finally {
            $env:PROCESSDEDUP_COORDINATOR, $env:PSModulePath = $null, $modules
            Stop-Peer $peers
        }
        $null = Unregister-LockName queue 'Archive team' -Coordinator $connection
        Get-Claim queue -Coordinator $connection | Remove-Claim -Force -Coordinator $connection
    }

    It 'takes the coordinator from the environment for names, and leaves files alone' {
        $env:PROCESSDEDUP_COORDINATOR = $connection
        try {
            Enter-FileLock fromenv
            (Get-FileLock fromenv | Where-Object Coordinator).Holders.ProcessId | Should -Be $PID
            Exit-FileLock fromenv
            Invoke-WithFileLock -LiteralPath (Join-Path $cluster 'x.lock') { 'file' } | Should -Be 'file'
            (Add-Claim -Namespace n -Key k -Path (Join-Path $cluster 'own.db')).Path | Should -Be (Join-Path $cluster 'own.db')
        }
        finally {
            $env:PROCESSDEDUP_COORDINATOR = $null
        }
    }

    It 'runs a block once for all machines, and gives its objects, or its failure, to them' {
        $other = { param($Script) Start-Peer -Script "`$env:PROCESSDEDUP_HOME = '$elsewhere'; $Script" }
        $first = Invoke-Once nightly { [pscustomobject]@{ Made = [guid]::NewGuid() } } -Coordinator $connection
        $peer = & $other "[Console]::WriteLine((Invoke-Once nightly { throw 'never' } -Coordinator '$connection').Made)"
        try { (Wait-PeerExit $peer).Trim() | Should -Be $first.Made } finally { Stop-Peer $peer }
    }

    It 'builds once for all machines that have a substituter in common' {
        $store = New-Item (Join-Path $cluster 'store') -ItemType Directory
        $common = @{ Substituter = $store.FullName; PublishTo = $store.FullName; Coordinator = $connection }
        $block = { param($Directory) Set-Content "$Directory/x" 'built' }
        (Invoke-CachedBuild tools $block @common).Status | Should -Be 'Built'
        $peer = Start-Peer -Script "`$env:PROCESSDEDUP_HOME = '$elsewhere'; `$b = Invoke-CachedBuild tools {$block} -Substituter '$store' -PublishTo '$store' -Coordinator '$connection'; [Console]::WriteLine(`$b.Status)"
        try { (Wait-PeerExit $peer).Trim() | Should -Be 'Substituted' } finally { Stop-Peer $peer }
        { Invoke-CachedBuild tools $block -Coordinator $connection } | Should -Throw -ErrorId 'FetchOptionsInvalid*'
        { Invoke-CachedBuild tools $block -Coordinator $connection -PublishTo $store } | Should -Throw -ErrorId 'FetchOptionsInvalid*'
    }

    It 'fetches once for all machines, and leaves the variable alone where they cannot share' {
        $store = New-Item (Join-Path $cluster 'fetched') -ItemType Directory
        $common = @{ Substituter = $store.FullName; PublishTo = $store.FullName; Coordinator = $connection }
        (Get-CachedFetch -Key deps -ScriptBlock { param($Directory) Set-Content "$Directory/x" 'made' } @common).Status | Should -Be 'Built'
        $peer = Start-Peer -Script "`$env:PROCESSDEDUP_HOME = '$elsewhere'; `$f = Get-CachedFetch -Key deps -ScriptBlock { throw 'never' } -Substituter '$store' -PublishTo '$store' -Coordinator '$connection'; [Console]::WriteLine(`"`$(`$f.Status) `$(`$f.From)`")"
        try { (Wait-PeerExit $peer).Trim() | Should -Be "Substituted $store" } finally { Stop-Peer $peer }
        $env:PROCESSDEDUP_COORDINATOR = 'Host=127.0.0.1;Port=1'
        try {
            $said = Get-CachedFetch -Key alone -ScriptBlock { param($Directory) Set-Content "$Directory/x" 'made' } -Verbose 4>&1
            ($said | Out-String) | Should -Match 'is not asked, as there is no -PublishTo'
        }
        finally {
            $env:PROCESSDEDUP_COORDINATOR = $null
        }
        { Get-CachedFetch https://x.invalid/ -Coordinator $connection -ErrorAction Stop } | Should -Throw -ErrorId 'FetchOptionsInvalid*'
    }

    It 'tells the holder that it has lost the lock' {
        Enter-FileLock deploy -Coordinator $connection
        # Only the error at the end is public; the test has to know when there is something to be told.
        $entered = (Get-Command Enter-FileLock).ImplementingType.Assembly.GetType('ProcessDedup.Cmdlets.EnteredLocks').GetField('ByRunspace', 'NonPublic, Static').GetValue($null)
        $lease = $entered[[runspace]::DefaultRunspace.InstanceId].Lease | Where-Object { -not $_.IsReleased }
        $lease.Fence | Should -BeGreaterThan 0
        $psql = { param($Sql) & "$Binaries/psql" -h 127.0.0.1 -p $port -U postgres -d postgres -qAtc $Sql }
        # Sessions that were closed before are gone a moment later.
        Wait-Until { (& $psql "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'procdedup %'") -eq '1' } 'only its session is left'
        & $psql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'procdedup %'" | Should -Be 't'
        $lease.GetLostToken().WaitHandle.WaitOne($script:PatienceMs) | Should -BeTrue
        Exit-FileLock deploy -ErrorVariable failure -ErrorAction SilentlyContinue
        $failure[0].FullyQualifiedErrorId | Should -BeLike 'LockLost*'
        $failure[0].Exception.Message | Should -Match 'the server ended the session'
    }

    It 'gives a block the fencing number, and ends its statement when the lock was lost' {
        $psql = "$Binaries/psql"
        { Invoke-WithFileLock deploy -Coordinator $connection -LeaseVariable lease -WarningAction Ignore {
                $lease.Fence | Should -BeGreaterThan 0
                $null = & $psql -h 127.0.0.1 -p $port -U postgres -d postgres -qAtc "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'procdedup %'"
                $lease.GetLostToken().WaitHandle.WaitOne($script:PatienceMs) | Should -BeTrue
            } } | Should -Throw -ErrorId 'LockLost,*'
    }

    It 'refuses <Name> as <Id>, without the password' -ForEach @(
        @{ Name = 'nothing'; Given = ''; Id = 'CoordinatorInvalid' }
        @{ Name = 'an address'; Given = 'postgres://u:a/hunter2hunter2@db/x'; Id = 'CoordinatorInvalid' }
        @{ Name = 'a port without a server'; Given = 'Host=127.0.0.1;Port=1;Password=hunter2hunter2'; Id = 'CoordinatorUnreachable' }
    ) {
        foreach ($action in { Invoke-WithFileLock x -Coordinator $Given { throw 'ran' } }, { Get-FileLock -Coordinator $Given -ErrorAction Stop }, { Test-FileLock x -Coordinator $Given }, { Wait-FileLock x -Coordinator $Given }, { Add-Claim n k -Coordinator $Given }, { Get-LockName -Coordinator $Given }) {
            $e = $action | Should -Throw -ErrorId "$Id*" -PassThru
            $e | Format-List * -Force | Out-String | Should -Not -Match $secret
        }
    }

    It 'refuses a wrong password, and a file' {
        { Invoke-WithFileLock x -Coordinator "$connection;Password=wrong" { } } | Should -Throw -ErrorId 'CoordinatorAccessDenied*'
        { Invoke-WithFileLock -LiteralPath /tmp/x -Coordinator $connection { } } | Should -Throw -ErrorId 'CoordinatorNeedsName*'
    }
}
