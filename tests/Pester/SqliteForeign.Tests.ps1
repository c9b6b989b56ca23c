BeforeAll {
    . (Join-Path $PSScriptRoot 'Setup.ps1')
    $quick = @{ InitialDelayMs = 1; MaxDelayMs = 2 }
    # Errors as other libraries have them, with nothing of theirs but the names.
    if (-not ('Rival.SqliteException' -as [type])) {
        Add-Type @'
using System;
namespace Rival
{
    public class SqliteException : Exception
    {
        public SqliteException(string message, int code) : base(message) { SqliteExtendedErrorCode = code; }
        public int SqliteErrorCode { get { return SqliteExtendedErrorCode & 0xff; } }
        public int SqliteExtendedErrorCode { get; private set; }
        public int ErrorCode { get { return -2147467259; } }
    }
    public enum SQLiteErrorCode { Busy = 5, Constraint = 19 }
    public class SQLiteException2 : Exception
    {
        public SQLiteException2(int code) : base("database is whatever") { ResultCode = (SQLiteErrorCode)code; }
        public SQLiteErrorCode ResultCode { get; private set; }
        public int ErrorCode { get { return (int)ResultCode; } }
    }
    public static class Thrower
    {
        public static void Microsoft(int code) { throw new SqliteException("SQLite Error " + code, code); }
        public static void System(int code) { throw new SQLiteException2(code); }
    }
}
'@
    }
}

AfterAll {
    Remove-Item $env:PROCESSDEDUP_HOME -Recurse -Force -ErrorAction Ignore
}

Describe 'A block that uses another library of SQLite' {
    BeforeEach {
        $tries = [Collections.Generic.List[int]]::new()
    }

    It 'runs again after <Name>, and shows only what came of the last try' -ForEach @(
        @{ Name = 'SQLITE_BUSY'; Fail = { [Rival.Thrower]::Microsoft(5) } }
        @{ Name = 'SQLITE_BUSY_SNAPSHOT'; Fail = { [Rival.Thrower]::Microsoft(517) } }
        @{ Name = 'SQLITE_IOERR_LOCK, as Cylc had it'; Fail = { [Rival.Thrower]::Microsoft(3850) } }
        @{ Name = 'the other library''s BUSY'; Fail = { [Rival.Thrower]::System(5) } }
        @{ Name = 'an error record around it'; Fail = { try { [Rival.Thrower]::System(5) } catch { throw $_ } } }
        @{ Name = 'nothing but words'; Fail = { throw 'database is locked' } }
    ) {
        $output = Invoke-SqliteRetry @quick -ArgumentList 'x' {
            param($Argument)
            $tries.Add(1)
            "try $($tries.Count) $Argument"
            Write-Warning "try $($tries.Count)"
            if ($tries.Count -lt 4) { & $Fail }
        } 3>&1
        $output.ForEach{ "$_" } | Should -Be 'try 4 x', 'try 4'
        $tries | Should -HaveCount 4
    }

    It 'fails hard and says so where locks are refused for ever' {
        $caught = { Invoke-SqliteRetry @quick -MaxAttempts 5 { $tries.Add(1); [Rival.Thrower]::Microsoft(3850) } } |
            Should -Throw -ErrorId 'SqliteIoError,*' -PassThru
        "$caught" | Should -BeLike '*SQLITE_IOERR_LOCK (3850)*5 tries*'
        $caught.Exception.Attempts | Should -Be 5
        $tries | Should -HaveCount 5
        { Invoke-SqliteRetry @quick -TimeoutSec 0.1 { [Rival.Thrower]::Microsoft(5) } } | Should -Throw -ErrorId 'SqliteBusy,*'
    }

    It 'does not run again where it may be committed, and says that this is not known' {
        $caught = { Invoke-SqliteRetry @quick { $tries.Add(1); [Rival.Thrower]::Microsoft(1034) } } |
            Should -Throw -ErrorId 'SqliteOutcomeUnknown,*' -PassThru
        $caught.Exception.Outcome | Should -Be 'Unknown'
        "$caught" | Should -BeLike '*SQLITE_IOERR_FSYNC (1034)*may be in the database*'
        $tries | Should -HaveCount 1
    }

    It 'throws as it is what will not pass' {
        { Invoke-SqliteRetry { $tries.Add(1); [Rival.Thrower]::System(19) } } | Should -Throw -ErrorId 'SQLiteException2,*'
        { Invoke-SqliteRetry { $tries.Add(1); throw 'mine' } } | Should -Throw 'mine'
        { Invoke-SqliteRetry { $tries.Add(1); Invoke-SqliteRetry -Path (Join-Path $TestDrive none.db) 'SELECT 1' } } | Should -Throw -ErrorId 'SqliteCannotOpen,*'
        $tries | Should -HaveCount 3
    }

    It 'tells with -PassThru how it ended' {
        $result = Invoke-SqliteRetry @quick -PassThru { $tries.Add(1); if ($tries.Count -lt 3) { [Rival.Thrower]::Microsoft(5) }; 7 }
        $result.Outcome, $result.Attempts, $result.Value[0] | Should -Be 'Committed', 3, 7
        $result.WaitedSec | Should -BeGreaterThan 0
        $result | Out-String | Should -BeLike '*Committed*3*'
    }

    It 'does not say of a transaction that it cannot see what became of it' {
        $caught = { foreach ($i in 1) { Invoke-SqliteRetry { break } } } | Should -Throw -ErrorId 'SqliteBlockLeft,*' -PassThru
        "$caught" | Should -Not -BeLike '*rolled back*'
    }

    It 'ends its wait with the pipeline' {
        $failed = [Threading.ManualResetEventSlim]::new()
        $shell = [powershell]::Create().AddScript("param(`$Failed) Import-Module '$env:PROCESSDEDUP_TEST_MODULE'; Invoke-SqliteRetry -InitialDelayMs 86400000 -MaxDelayMs 86400000 -TimeoutSec 0 { `$Failed.Set(); throw 'database is locked' }").AddArgument($failed)
        $null = $shell.BeginInvoke()
        $failed.Wait($script:PatienceMs) | Should -BeTrue
        $shell.Stop()
        $shell.InvocationStateInfo.State | Should -Be 'Stopped'
        $shell.Dispose()
    }
}

Describe 'A module that writes its errors with Write-Error, as PSSQLite does' {
    BeforeAll {
        # What PSSQLite's Invoke-SqliteQuery does with an exception, and nothing else of it.
        $standIn = New-Module -Name StandIn {
            $ErrorActionPreference = 'Continue'
            function Invoke-StandInQuery {
                [CmdletBinding()] param([scriptblock] $Query)
                try { & $Query }
                catch {
                    $failure = $_
                    switch ($ErrorActionPreference.ToString()) {
                        { 'SilentlyContinue', 'Ignore' -contains $_ } { }
                        'Stop' { throw $failure }
                        default { Write-Error $failure }
                    }
                }
            }
        } | Import-Module -PassThru
    }

    AfterAll {
        Remove-Module $standIn
    }

    BeforeEach {
        # As at a prompt.
        $ErrorActionPreference = 'Continue'
        $tries = [Collections.Generic.List[int]]::new()
    }

    It 'is tried again while the database is locked, and shows nothing of the tries before' {
        $all = Invoke-SqliteRetry @quick -PassThru { $tries.Add(1); Invoke-StandInQuery { if ($tries.Count -lt 4) { [Rival.Thrower]::Microsoft(5) }; 'written' } } 2>&1
        $all.Outcome, $all.Attempts, $all.Value[0] | Should -Be 'Committed', 4, 'written'
        $all = Invoke-SqliteRetry @quick -PassThru { $tries.Add(1); Invoke-StandInQuery { if ($tries.Count -lt 8) { throw 'database is locked' } } } 2>&1
        $all.Outcome, $all.Attempts | Should -Be 'Committed', 4
    }

    It 'does not go on after a BEGIN that was busy: what follows would be committed row by row, and once more by the next try' {
        $written = [Collections.Generic.List[string]]::new()
        $result = Invoke-SqliteRetry @quick -PassThru {
            $tries.Add(1)
            Invoke-StandInQuery { if ($tries.Count -lt 3) { [Rival.Thrower]::Microsoft(5) } }
            $written.Add('row')
        } 2>$null
        $result.Outcome, $result.Attempts, $written.Count | Should -Be 'Committed', 3, 1
    }

    It 'never reports Committed when nothing was written' {
        { Invoke-SqliteRetry @quick -MaxAttempts 3 -PassThru { Invoke-StandInQuery { [Rival.Thrower]::Microsoft(5) } } 2>$null } | Should -Throw -ErrorId 'SqliteBusy,*'
        { Invoke-SqliteRetry @quick -PassThru { $tries.Add(1); Invoke-StandInQuery { throw 'disk I/O error' } } 2>$null } | Should -Throw -ErrorId 'SqliteOutcomeUnknown,*'
        $tries | Should -HaveCount 1
        foreach ($block in
            { Invoke-StandInQuery { [Rival.Thrower]::Microsoft(19) } },
            { Invoke-StandInQuery { throw 'something else' } },
            { Invoke-StandInQuery { [Rival.Thrower]::Microsoft(5) } -ErrorAction SilentlyContinue },
            { Invoke-StandInQuery { [Rival.Thrower]::Microsoft(5) } -ErrorAction Ignore },
            { Write-Error 'mine' }) {
            $result = Invoke-SqliteRetry @quick -PassThru $block 2>$null
            $result.Outcome | Should -Be 'Unknown' -Because "$block"
            $result.FailureId | Should -Be 'SqliteOutcomeUnknown'
            $result.Attempts | Should -Be 1
        }
    }

    It 'shows the error as it was, and goes on as the same lines would' {
        $all = Invoke-SqliteRetry { Invoke-StandInQuery { throw 'mine' }; 'after' } 2>&1
        "$($all[0])" | Should -Be 'mine'
        $all[1] | Should -Be 'after'
    }
}

Describe 'A block that runs the program sqlite3' -Skip:(-not (Get-Command sqlite3 -CommandType Application -ErrorAction Ignore)) {
    BeforeAll {
        # Locks until its input ends. sqlite3 itself says when it has the lock.
        function Start-Locker {
            [Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '')]
            param([string] $Database)
            $start = [Diagnostics.ProcessStartInfo]::new('sqlite3', [string[]] $Database)
            $start.RedirectStandardInput = $start.RedirectStandardOutput = $true
            $process = [Diagnostics.Process]::Start($start)
            $process.StandardInput.WriteLine("BEGIN IMMEDIATE; SELECT 'locked';")
            $process.StandardInput.Flush()
            $process.StandardOutput.ReadLine() | Should -Be 'locked'
            $process
        }

        function Stop-Locker {
            [Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '')]
            param([Diagnostics.Process] $Process)
            if (-not $Process.HasExited) {
                $Process.StandardInput.WriteLine('ROLLBACK;')
                $Process.StandardInput.Close()
                $Process.WaitForExit()
            }
        }
    }

    BeforeEach {
        $file = Join-Path $TestDrive "$([guid]::NewGuid().ToString('N')).db"
        sqlite3 $file 'CREATE TABLE t(x UNIQUE)'
        $tries = [Collections.Generic.List[int]]::new()
    }

    It 'waits for a lock <Name>, and writes once' -ForEach @(
        @{ Name = 'by the exit code alone'; Block = { sqlite3 $file 'INSERT INTO t VALUES(1)' 2>$null } }
        @{ Name = 'by what it says, with more commands behind it'; Block = { sqlite3 $file 'INSERT INTO t VALUES(1)'; $code = $LASTEXITCODE; $null = $code } }
        @{ Name = 'in a variable'; Block = { $rows = sqlite3 $file 'INSERT INTO t VALUES(1)'; $null = $rows } }
    ) {
        $locker = Start-Locker $file
        try {
            $result = Invoke-SqliteRetry @quick -PassThru { $tries.Add(1); if ($tries.Count -eq 3) { Stop-Locker $locker }; . $Block } 2>$null
        }
        finally {
            Stop-Locker $locker
        }
        # Nothing hides a lock that is seen: "." hides which program comes last, where nothing is said.
        if ($Name -eq 'by the exit code alone') {
            $result.Outcome | Should -Be 'Unknown'
            $locker = Start-Locker $file
            $tries.Clear()
            $result = Invoke-SqliteRetry @quick -PassThru { $tries.Add(1); if ($tries.Count -eq 3) { Stop-Locker $locker }; sqlite3 $file 'INSERT INTO t VALUES(1)' 2>$null }
        }
        $result.Outcome, $result.Attempts | Should -Be 'Committed', 3
        sqlite3 $file 'SELECT count(*) FROM t' | Should -Be '1'
    }

    It 'is not Committed where sqlite3 failed' {
        $locker = Start-Locker $file
        try {
            { Invoke-SqliteRetry @quick -MaxAttempts 3 -PassThru { sqlite3 $file 'INSERT INTO t VALUES(1)' } 2>$null } | Should -Throw -ErrorId 'SqliteBusy,*'
            # From standard input it goes on behind an error: what of it is there is not known.
            $result = Invoke-SqliteRetry @quick -PassThru { 'INSERT INTO t VALUES(1);' | sqlite3 $file } 2>$null
            $result.Outcome, $result.Attempts | Should -Be 'Unknown', 1
        }
        finally {
            Stop-Locker $locker
        }
        sqlite3 $file 'INSERT INTO t VALUES(1)'
        (Invoke-SqliteRetry -PassThru { sqlite3 $file 'INSERT INTO t VALUES(1)' } 2>$null).Outcome | Should -Be 'Unknown'
        $LASTEXITCODE | Should -Be 19
        (Invoke-SqliteRetry -PassThru { sqlite3 $file 'INSERT INTO t VALUES(1)'; sqlite3 $file 'SELECT 1' } 2>$null).Outcome | Should -Be 'Unknown'
        (Invoke-SqliteRetry -PassThru { sh -c 'exit 5' }).Outcome | Should -Be 'Unknown'
        (Invoke-SqliteRetry -PassThru { sqlite3 $file 'INSERT INTO t VALUES(2)' }).Outcome | Should -Be 'Committed'
        sqlite3 $file 'SELECT x FROM t' | Should -Be '1', '2'
    }

    It 'is tried again where its exit code is an error' {
        $locker = Start-Locker $file
        try {
            $result = & {
                $PSNativeCommandUseErrorActionPreference = $true
                $ErrorActionPreference = 'Stop'
                Invoke-SqliteRetry @quick -PassThru { $tries.Add(1); if ($tries.Count -eq 3) { Stop-Locker $locker }; sqlite3 $file 'INSERT INTO t VALUES(1)' 2>$null }
            }
        }
        finally {
            Stop-Locker $locker
        }
        $result.Outcome, $result.Attempts | Should -Be 'Committed', 3
    }

    It 'leaves $LASTEXITCODE alone where the block runs no program' {
        sh -c 'exit 7'
        (Invoke-SqliteRetry -PassThru { 'x' }).Outcome | Should -Be 'Committed'
        $LASTEXITCODE | Should -Be 7
    }
}
