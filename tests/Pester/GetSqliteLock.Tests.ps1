BeforeAll {
    . (Join-Path $PSScriptRoot 'Setup.ps1')
    $database = Join-Path $TestDrive 'ein Büro.db'
    # Any program may hold the lock; this one is on every machine that runs these tests.
    $start = [Diagnostics.ProcessStartInfo]@{ FileName = 'python3'; RedirectStandardInput = $true; RedirectStandardOutput = $true }
    $start.ArgumentList.Add('-c')
    $start.ArgumentList.Add(@'
import sqlite3, sys
c = sqlite3.connect(sys.argv[1], isolation_level=None)
c.execute('create table t(a)')
c.execute('begin immediate')
print('HELD', flush=True)
sys.stdin.readline()
'@)
    $start.ArgumentList.Add($database)
    $holder = [Diagnostics.Process]::Start($start)
    $null = $holder.StandardOutput.ReadLine()
}

AfterAll {
    $holder.Kill()
    $holder.WaitForExit()
    $holder.Dispose()
    Remove-Item $env:PROCESSDEDUP_HOME -Recurse -Force -ErrorAction Ignore
}

Describe 'Get-SqliteLock' -Skip:(-not $IsLinux) {
    It 'names the holder and its lock' {
        $status = Get-SqliteLock $database
        $status.State | Should -Be 'Writing'
        $status.Holders | Should -HaveCount 1
        $status.Holders[0].ProcessId | Should -Be $holder.Id
        $status.Holders[0].Lock | Should -Be 'Reserved'
        $status.Holders[0].CommandLine | Should -BeLike 'python3*-c …'
        $status.Holders[0].Since | Should -BeNullOrEmpty
        $status.Holders[0].ProcessStarted | Should -BeLessThan ([datetimeoffset]::Now)
    }

    It 'shows it' {
        Get-SqliteLock $database | Out-String -Width 300 | Should -Match "Writing.*PID $($holder.Id), user .*RESERVED"
        (Get-SqliteLock $database).Holders | Out-String -Width 300 | Should -Match "RESERVED\s+$($holder.Id)\s.*unknown"
    }

    It 'takes paths as PowerShell has them' {
        Push-Location $TestDrive
        (Get-SqliteLock 'ein Büro.db').State | Should -Be 'Writing'
        (Get-Item 'ein Büro.db' | Get-SqliteLock).State | Should -Be 'Writing'
        Pop-Location
    }

    It 'tells what is wrong with a path' {
        { Get-SqliteLock (Join-Path $TestDrive 'missing.db') } | Should -Throw -ErrorId 'SqliteCannotOpen,*'
        { Get-SqliteLock $TestDrive } | Should -Throw -ErrorId 'SqlitePathIsDirectory,*'
        { Get-SqliteLock Env:PATH } | Should -Throw -ErrorId 'SqlitePathInvalid,*'
        { Get-SqliteLock '' } | Should -Throw -ErrorId 'SqlitePathInvalid,*'
    }
}
