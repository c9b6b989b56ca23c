# Every way in which a pipeline can end: the lock is free afterwards and the block's own finally ran.

BeforeAll {
    . (Join-Path $PSScriptRoot 'Setup.ps1')
}

AfterAll {
    Remove-Item $env:PROCESSDEDUP_HOME -Recurse -Force -ErrorAction Ignore
}

Describe 'The lock is free and finally ran' {
    BeforeEach {
        $ran = [Collections.Generic.List[string]]::new()
    }

    AfterEach {
        $ran | Should -Be 'finally'
        Test-FileLock ends | Should -BeFalse
    }

    It 'after an exception in the block' {
        { Invoke-WithFileLock ends { try { throw 'in the block' } finally { $ran.Add('finally') } } } | Should -Throw 'in the block'
    }

    It 'after a .NET exception in the block' {
        { Invoke-WithFileLock ends { try { [int]::Parse('x') } finally { $ran.Add('finally') } } } | Should -Throw
    }

    It 'after an exception downstream' {
        { Invoke-WithFileLock ends { try { 1; 2 } finally { $ran.Add('finally') } } | ForEach-Object { throw 'downstream' } } | Should -Throw 'downstream'
    }

    It 'after an exception upstream' {
        { & { 1; throw 'upstream' } | Invoke-WithFileLock ends { process { $_ } clean { $ran.Add('finally') } } } | Should -Throw 'upstream'
    }

    It 'after Select-Object -First 1 downstream' {
        Invoke-WithFileLock ends { try { 1..1000 } finally { $ran.Add('finally') } } | Select-Object -First 1 | Should -Be 1
    }

    It 'after Select-Object -First 1 with pipeline input' {
        1..1000 | Invoke-WithFileLock ends { process { $_ } clean { $ran.Add('finally') } } | Select-Object -First 1 | Should -Be 1
    }

    It 'after break and continue, which leave the block and not the loop around it' {
        $seen = foreach ($i in 1..3) {
            try { Invoke-WithFileLock ends { try { if ($i -eq 2) { break } } finally { if ($i -eq 2) { $ran.Add('finally') } } } }
            catch { $_.FullyQualifiedErrorId.Split(',')[0] }
            $i
        }
        $seen | Should -Be 1, 'BlockLeft', 2, 3
    }

    It 'after PowerShell.Stop()' {
        $shell = [powershell]::Create()
        $started = [Threading.ManualResetEventSlim]::new()
        $null = $shell.AddScript({
                param($Module, $Ran, $Started)
                Import-Module $Module
                Invoke-WithFileLock ends { try { $Started.Set(); Start-Sleep -Seconds 600 } finally { $Ran.Add('finally') } }
            }).AddArgument($env:PROCESSDEDUP_TEST_MODULE).AddArgument($ran).AddArgument($started)
        $null = $shell.BeginInvoke()
        $started.Wait($script:PatienceMs) | Should -BeTrue
        $shell.Stop()
        $shell.Dispose()
    }

    It 'after its runspace is closed' {
        $runspace = [runspacefactory]::CreateRunspace()
        $runspace.Open()
        $shell = [powershell]::Create()
        $shell.Runspace = $runspace
        $started = [Threading.ManualResetEventSlim]::new()
        $null = $shell.AddScript({
                param($Module, $Ran, $Started)
                Import-Module $Module
                Invoke-WithFileLock ends { try { $Started.Set(); Start-Sleep -Seconds 600 } finally { $Ran.Add('finally') } }
            }).AddArgument($env:PROCESSDEDUP_TEST_MODULE).AddArgument($ran).AddArgument($started)
        $null = $shell.BeginInvoke()
        $started.Wait($script:PatienceMs) | Should -BeTrue
        $runspace.Close()
    }
}

Describe 'A process that ends' {
    It 'runs finally and frees the lock after Ctrl+C (SIGINT)' -Skip:$IsWindows {
        $file = Join-Path $TestDrive 'finally'
        $peer = Start-Peer -Script "Invoke-WithFileLock interrupt { try { [Console]::WriteLine('HELD'); Start-Sleep -Seconds 600 } finally { Set-Content '$file' ran } }"
        try {
            Wait-PeerLine $peer HELD
            & kill -INT $peer.Id
            Invoke-WithFileLock interrupt -TimeoutSec 120 { Get-Content $file } | Should -Be 'ran'
        }
        finally {
            Stop-Peer $peer
        }
    }

    It 'ends its wait on Ctrl+C (SIGINT) at once' -Skip:$IsWindows {
        $holder = Start-Holder waits
        $peer = Start-Peer -Script "[Console]::WriteLine('WAITING'); Invoke-WithFileLock waits { 'never' }"
        try {
            Wait-PeerLine $peer WAITING
            Wait-Until { (Get-FileLock waits).Waiters.ProcessId -contains $peer.Id } 'the peer waits for the lock'
            & kill -INT $peer.Id
            Wait-PeerExit $peer | Should -Not -Match 'never'
            Test-FileLock waits | Should -BeTrue
        }
        finally {
            Stop-Peer $peer, $holder
        }
    }

    It 'frees the lock when it is killed, and the next holder is told' {
        $holder = Start-Holder killed -Options "-Reason 'half done'"
        Stop-Peer $holder
        # Who only waits is not the next holder.
        Wait-FileLock killed -TimeoutSec 120
        Invoke-WithFileLock killed -TimeoutSec 120 { 'in' } -WarningVariable warnings -WarningAction SilentlyContinue | Should -Be 'in'
        "$warnings" | Should -BeLike "*died holding it*half done*"
        Invoke-WithFileLock killed { } -WarningVariable again
        $again | Should -BeNullOrEmpty
    }
}
