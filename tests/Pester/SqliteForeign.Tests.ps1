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
