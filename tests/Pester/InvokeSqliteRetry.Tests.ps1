BeforeAll {
    . (Join-Path $PSScriptRoot 'Setup.ps1')
    function Start-Writer {
        <# Another process that has the write lock until it is sent a line. #>
        [Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '')]
        param([string] $Database)
        $peer = Start-Peer "Invoke-SqliteRetry -NoGate -Path '$Database' { param(`$tx) [Console]::WriteLine('HELD'); `$null = [Console]::ReadLine() }; [Console]::WriteLine('RELEASED')"
        Wait-PeerLine $peer HELD
        $peer
    }
}

AfterAll {
    Remove-Item $env:PROCESSDEDUP_HOME -Recurse -Force -ErrorAction Ignore
}

Describe 'A dry run of Invoke-SqliteRetry' {
    It 'makes no database, runs no statement and no block' {
        $file = Join-Path $TestDrive 'dry.db'
        Invoke-SqliteRetry -Path $file 'CREATE TABLE t(x)' -WhatIf
        & { $WhatIfPreference = $true; Invoke-SqliteRetry -Path $file { param($tx) $tx.Execute('CREATE TABLE t(x)') } }
        $file | Should -Not -Exist
        Invoke-SqliteRetry -Path $file 'CREATE TABLE t(x)'
        Invoke-SqliteRetry -Path $file 'INSERT INTO t VALUES(1)' -WhatIf
        (Invoke-SqliteRetry -Path $file 'SELECT count(*) AS n FROM t').n | Should -Be 0
    }
}

Describe 'Invoke-SqliteRetry -Query' {
    BeforeEach {
        $db = Join-Path $TestDrive "$([guid]::NewGuid().ToString('N')) ü.db"
        Invoke-SqliteRetry -Path $db 'CREATE TABLE t(a PRIMARY KEY, b, c)'
    }

    It 'keeps types and names' {
        $given = @{ a = 1; b = 2.5; c = 'ü 🎉' }
        Invoke-SqliteRetry -Path $db 'INSERT INTO t VALUES(@a, @b, @c)' $given
        Invoke-SqliteRetry -Path $db -Query 'INSERT INTO t VALUES(?, ?, ?)' -Parameters 2, ([byte[]](1, 2)), $null
        $rows = Invoke-SqliteRetry -Path $db 'SELECT *, a, 7 AS "A_2", 8 AS "" FROM t ORDER BY a'
        $rows | Should -HaveCount 2
        $rows[0].PSObject.Properties.Name | Should -Be 'a', 'b', 'c', 'a_3', 'A_2', 'Column6'
        $rows[0].a | Should -BeOfType long
        $rows[0].b | Should -BeOfType double
        $rows[0].c | Should -BeExactly 'ü 🎉'
        , $rows[1].b | Should -BeOfType byte[]
        $rows[1].b | Should -Be 1, 2
        $rows[1].c | Should -Be $null
        $rows[1].PSObject.Properties['c'] | Should -Not -BeNullOrEmpty
    }

    It 'takes <Name> as <Stored>' -ForEach @(
        @{ Name = 'a wrapped object'; Value = (Write-Output 5); Stored = 5 }
        @{ Name = '$true'; Value = $true; Stored = 1 }
        @{ Name = 'DBNull'; Value = [DBNull]::Value; Stored = $null }
        @{ Name = 'a date'; Value = [datetime]::new(2024, 2, 29, 1, 2, 3, [DateTimeKind]::Utc); Stored = '2024-02-29 01:02:03' }
        @{ Name = 'a date with an offset'; Value = [DateTimeOffset]::new(2024, 2, 29, 1, 2, 3, [timespan]::FromHours(2)); Stored = '2024-02-29 01:02:03+02:00' }
        @{ Name = 'a GUID'; Value = [guid]'00112233-4455-6677-8899-aabbccddeeff'; Stored = '00112233-4455-6677-8899-AABBCCDDEEFF' }
        @{ Name = 'a version'; Value = [version]'1.2.3'; Stored = '1.2.3' }
        @{ Name = 'an address'; Value = [uri]'https://a.example/b?c'; Stored = 'https://a.example/b?c' }
        @{ Name = 'a decimal'; Value = 1.10d; Stored = '1.1' }
        @{ Name = 'an enum'; Value = [DayOfWeek]::Tuesday; Stored = 2 }
        @{ Name = 'a long text'; Value = 'x' * 1MB; Stored = 'x' * 1MB }
    ) {
        (Invoke-SqliteRetry -Path $db 'SELECT @v AS v' @{ '@v' = $Value }).v | Should -Be $Stored
        (Invoke-SqliteRetry -Path $db 'SELECT ? AS v' (, $Value)).v | Should -Be $Stored
    }

    It 'takes what shells make of nothing and of switches' {
        function Get-Given { param([switch] $Given) Invoke-SqliteRetry -Path $db 'SELECT typeof(@a) AS a, @b AS b' @{ a = (& {}); b = $Given } }
        $row = Get-Given -Given
        $row.a, $row.b | Should -Be 'null', 1
    }

    It 'takes one value without an array, and a date comes back as it was' {
        $now = Get-Date
        $text = (Invoke-SqliteRetry -Path $db 'SELECT ? AS v' $now).v
        [datetime]::Parse($text, $null, 'RoundtripKind') | Should -Be $now
        (Invoke-SqliteRetry -Path $db 'SELECT length(?) AS n' ([byte[]]::new(100KB))).n | Should -Be 100KB
    }

    It 'refuses <Query> with <Id>' -ForEach @(
        @{ Query = 'SELECT @x'; Values = $null; Id = 'SqliteParameterMissing' }
        @{ Query = 'SELECT @x'; Values = @{ x = 1; y = 2 }; Id = 'SqliteParameterSurplus' }
        @{ Query = 'SELECT ?'; Values = 1, 2; Id = 'SqliteParameterSurplus' }
        @{ Query = 'SELECT @x'; Values = @{ x = [pscustomobject]@{ a = 1 } }; Id = 'SqliteParameterInvalid' }
        @{ Query = 'SELECT @x'; Values = @{ x = @(, @(1, 2)) }; Id = 'SqliteParameterInvalid' }
        @{ Query = 'SELECT @x'; Values = @{ x = [double]::NaN }; Id = 'SqliteParameterInvalid' }
        @{ Query = 'SELECT 1; SELECT 2'; Values = $null; Id = 'SqliteStatementCount' }
        @{ Query = ''; Values = $null; Id = 'SqliteStatementCount' }
        @{ Query = 'BEGIN'; Values = $null; Id = 'SqliteTransactionControl' }
        @{ Query = 'SELECT * FROM nowhere'; Values = $null; Id = 'SqliteStatementInvalid' }
    ) {
        $caught = { Invoke-SqliteRetry -Path $db -Query $Query -Parameters $Values } | Should -Throw -ErrorId "$Id,*" -PassThru
        $caught.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
        $caught.CategoryInfo.Category | Should -Not -Be 'NotSpecified'
    }

    It 'refuses the path <Path> with <Id>' -ForEach @(
        @{ Path = ''; Id = 'SqlitePathInvalid' }
        @{ Path = 'no.db'; Id = 'SqliteCannotOpen' }
        @{ Path = 'no/such/x.db'; Id = 'SqliteDirectoryMissing' }
        @{ Path = '.'; Id = 'SqlitePathIsDirectory' }
        @{ Path = 'Env:/PATH'; Id = 'SqlitePathInvalid' }
        @{ Path = 'text.db'; Id = 'SqliteNotADatabase' }
    ) {
        Push-Location $TestDrive
        Set-Content text.db ('x' * 5000)
        { Invoke-SqliteRetry -Path $Path 'SELECT * FROM sqlite_master' } | Should -Throw -ErrorId "$Id,*"
        Pop-Location
        Join-Path $TestDrive no.db | Should -Not -Exist
    }

    It 'is busy for no longer than it is told, and a cache is skipped with one verbose line' {
        $writer = Start-Writer $db
        try {
            $caught = { Invoke-SqliteRetry -Path $db 'DELETE FROM t' -TimeoutSec 0.1 } | Should -Throw -ErrorId 'SqliteBusy,*' -PassThru
            $caught.CategoryInfo.Category | Should -Be 'ResourceBusy'
            $caught.Exception.Outcome | Should -Be 'NotCommitted'
            $caught.Exception.Attempts | Should -Be 1
            "$caught" | Should -BeLike '*SQLITE_BUSY (5)*'
            { Invoke-SqliteRetry -Path $db 'DELETE FROM t' -MaxAttempts 2 -BusyTimeoutMs 10 } | Should -Throw -ErrorId 'SqliteBusy,*'
            $all = @(Invoke-SqliteRetry -Path $db 'DELETE FROM t' -Role Cache -Verbose 4>&1 | Where-Object { "$_" -notlike 'Performing the operation*' })
            $all | Should -HaveCount 1
            $all[0] | Should -BeOfType Management.Automation.VerboseRecord
            $result = Invoke-SqliteRetry -Path $db 'DELETE FROM t' -Role Cache -TimeoutSec 0.05 -PassThru
            $result.Outcome | Should -Be 'Skipped'
            $result.FailureId | Should -Be 'SqliteBusy'
            $result | Out-String -Width 300 | Should -BeLike '*Skipped*SQLITE_BUSY*'
            # Readers need not wait for the writer of a log.
            (Invoke-SqliteRetry -Path $db 'SELECT count(*) AS n FROM t' -TimeoutSec 30).n | Should -Be 0
        }
        finally {
            Stop-Peer $writer
        }
    }

    It 'waits for a writer, and says with -PassThru how it ended' {
        $writer = Start-Writer $db
        try {
            $shell = [powershell]::Create().AddScript("Import-Module '$env:PROCESSDEDUP_TEST_MODULE'; Invoke-SqliteRetry -Path '$db' 'INSERT INTO t(a) VALUES(5) RETURNING a' -PassThru")
            $running = $shell.BeginInvoke()
            Send-PeerLine $writer
            $result = $shell.EndInvoke($running)
            $result.Outcome, $result.Value[0].a | Should -Be 'Committed', 5
            $shell.Dispose()
        }
        finally {
            Stop-Peer $writer
        }
    }

    It 'refuses contradictions' {
        { Invoke-SqliteRetry -Query 'SELECT 1' } | Should -Throw
        { Invoke-SqliteRetry { 1 } -Role Cache } | Should -Throw -ErrorId 'MissingMandatoryParameter,*'
        { Invoke-SqliteRetry -Path $db 'SELECT 1' -ArgumentList 1 } | Should -Throw -ErrorId 'CannotConvertArgumentNoMessage,*'
        { Invoke-SqliteRetry -Path $db 'SELECT 1' -RecoverFrom other.db } | Should -Throw -ErrorId 'SqliteOptionsInvalid,*'
        { Invoke-SqliteRetry -Path $db 'SELECT 1' -TimeoutSec -1 } | Should -Throw -ErrorId 'ParameterArgumentValidationError,*'
        { Invoke-SqliteRetry -Path $db 'SELECT 1' -TimeoutSec -0.4 } | Should -Throw -ErrorId 'ParameterArgumentValidationError,*'
        { Invoke-SqliteRetry -Path $db 'SELECT 1' -TimeoutSec ([double]::NaN) } | Should -Throw -ErrorId 'ParameterArgumentValidationError,*'
    }

    It 'makes a cache from its primary if it is missing' {
        Invoke-SqliteRetry -Path $db 'INSERT INTO t(a) VALUES(5)'
        (Invoke-SqliteRetry -Path "$db.cache" -Role Cache -RecoverFrom $db 'SELECT a FROM t').a | Should -Be 5
    }
}

Describe 'Invoke-SqliteRetry with a block that gets the transaction' {
    BeforeEach {
        $db = Join-Path $TestDrive "$([guid]::NewGuid().ToString('N')) ü.db"
        Invoke-SqliteRetry -Path $db 'CREATE TABLE t(a PRIMARY KEY, b, c)'
    }

    It 'runs several statements as one, and writes what came once, after COMMIT' {
        $ErrorActionPreference = 'Continue'
        $output = Invoke-SqliteRetry -Path $db -ArgumentList 'arg' {
            param($tx, $Argument)
            $tx.Execute('INSERT INTO t VALUES(@a, ?, NULL)'.Replace('?', '@b'), @{ a = 1; b = $Argument })
            Write-Warning 'warned'
            Write-Error 'reported' -ErrorAction Continue
            $tx.Query('SELECT a, b FROM t WHERE a = ?', 1)
            $tx.Query('SELECT a FROM t WHERE a = ? AND b = ?', @(1, 'arg')).Count
            "try $($tx.Attempt)"
        } 2>&1 3>&1
        $output[0] | Should -Be 1
        "$($output[1])", "$($output[2])" | Should -Be 'warned', 'reported'
        $output[3].b | Should -Be 'arg'
        $output[4, 5] | Should -Be 1, 'try 1'
    }

    It 'shows only the output of the attempt that was committed' {
        # Two readers that both want to write: SQLite refuses one of them in the middle, and the whole block runs again.
        $tries = [Collections.Generic.List[int]]::new()
        $output = Invoke-SqliteRetry -Path $db -TransactionMode Deferred {
            param($tx)
            $tries.Add($tx.Attempt)
            "seen $($tx.Query('SELECT count(*) AS n FROM t').n)"
            Write-Warning "try $($tx.Attempt)"
            if ($tx.Attempt -eq 1) {
                $peer = Start-Peer "Invoke-SqliteRetry -Path '$db' 'INSERT INTO t(a) VALUES(1)'"
                $null = Wait-PeerExit $peer
            }
            $null = $tx.Execute('INSERT INTO t(a) VALUES(2)')
        } 3>&1
        $tries | Should -Be 1, 2
        $output.ForEach{ "$_" } | Should -Be 'seen 1', 'try 2'
        (Invoke-SqliteRetry -Path $db 'SELECT a FROM t ORDER BY a').a | Should -Be 1, 2
    }

    It 'rolls back and says <Id> where the block <Name>' -ForEach @(
        @{ Name = 'throws'; Id = 'mine'; Block = { throw 'mine' } }
        @{ Name = 'commits by itself'; Id = 'SqliteTransactionControl,*'; Block = { param($tx) $tx.Execute('COMMIT') } }
        @{ Name = 'is left by break'; Id = 'SqliteBlockLeft,*'; Block = { break } }
        @{ Name = 'is left by continue'; Id = 'SqliteBlockLeft,*'; Block = { continue } }
        @{ Name = 'is left by exit'; Id = 'SqliteBlockLeft,*'; Block = { exit 3 } }
        @{ Name = 'breaks a constraint'; Id = 'SqliteConstraint,*'; Block = { param($tx) $tx.Execute('INSERT INTO t(a) VALUES(1)') } }
        @{ Name = 'begins another one'; Id = 'LockReentered,*'; Block = { Invoke-SqliteRetry -Path $db 'DELETE FROM t' } }
        @{ Name = 'fails in a cmdlet'; Id = 'LockNameInvalid,*'; Block = { Test-FileLock 'a/b' } }
        @{ Name = 'fails in .NET'; Id = 'FormatException,*'; Block = { [int]::Parse('x') } }
    ) {
        $left = $true
        foreach ($i in 1) {
            $caught = {
                Invoke-SqliteRetry -Path $db {
                    param($tx)
                    $null = $tx.Execute('INSERT INTO t(a) VALUES(1)')
                    'output'
                    . $Block $tx
                }
            } | Should -Throw -ErrorId $Id -PassThru
            $left = $false
        }
        $left | Should -BeFalse
        $caught | Should -Not -BeNullOrEmpty
        # Nothing is open: somebody else can write at once.
        Invoke-SqliteRetry -Path $db 'INSERT INTO t(a) VALUES(2)' -TimeoutSec 30
        (Invoke-SqliteRetry -Path $db 'SELECT a FROM t').a | Should -Be 2
    }

    It 'commits what came before return, and what went on after an error that was caught' {
        Invoke-SqliteRetry -Path $db {
            param($tx)
            $null = $tx.Execute('INSERT INTO t(a) VALUES(1)')
            try { $tx.Execute('INSERT INTO t(a) VALUES(1)') } catch { "$($_.Exception.InnerException.ErrorId)" }
            return
            $null = $tx.Execute('INSERT INTO t(a) VALUES(2)')
        } | Should -Be 'SqliteConstraint'
        (Invoke-SqliteRetry -Path $db 'SELECT a FROM t').a | Should -Be 1
    }

    It 'rolls back where errors end the caller, and commits where they do not' {
        $insert = { param($tx) $null = $tx.Execute('INSERT INTO t(a) VALUES(1)'); & { [CmdletBinding()] param() Write-Error 'mine' -ErrorAction Continue } }
        { Invoke-SqliteRetry -Path $db $insert -ErrorAction Stop } | Should -Throw -ExpectedMessage 'mine'
        (Invoke-SqliteRetry -Path $db 'SELECT count(*) AS n FROM t').n | Should -Be 0
        Invoke-SqliteRetry -Path $db $insert -ErrorAction SilentlyContinue -ErrorVariable written
        $written | Should -HaveCount 1
        (Invoke-SqliteRetry -Path $db 'SELECT count(*) AS n FROM t').n | Should -Be 1
    }

    It 'gives nothing that lives on' {
        $kept = Invoke-SqliteRetry -Path $db { param($tx) $tx }
        $caught = { $kept.Query('SELECT 1') } | Should -Throw -PassThru
        $caught.Exception.InnerException.ErrorId | Should -Be 'SqliteTransactionEnded'
    }

    It 'ends with the pipeline <Where>, and nothing stays open' -ForEach @(
        @{ Where = 'in a long statement'; Body = "`$started.Set(); `$tx.Query('WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c')" }
        @{ Where = 'between statements'; Body = "`$started.Set(); while (`$true) { `$null = `$tx.Query('SELECT 1') }" }
        @{ Where = 'in the block'; Body = '$started.Set(); [Threading.Thread]::Sleep(1); while ($true) { Start-Sleep 1000 }' }
    ) {
        $started = [Threading.ManualResetEventSlim]::new()
        $shell = [powershell]::Create().AddScript("param(`$started) Import-Module '$env:PROCESSDEDUP_TEST_MODULE'; Invoke-SqliteRetry -TimeoutSec 0 -Path '$db' { param(`$tx) `$null = `$tx.Execute('INSERT INTO t(a) VALUES(1)'); $Body }").AddArgument($started)
        $null = $shell.BeginInvoke()
        $started.Wait($script:PatienceMs) | Should -BeTrue
        $shell.Stop()
        $shell.InvocationStateInfo.State | Should -Be 'Stopped'
        $shell.Dispose()
        (Invoke-SqliteRetry -Path $db 'SELECT count(*) AS n FROM t' -TransactionMode Immediate -TimeoutSec 30).n | Should -Be 0
    }

    It 'ends its wait with the pipeline' {
        $writer = Start-Writer $db
        try {
            foreach ($gate in '', '-NoGate') {
                $shell = [powershell]::Create().AddScript("Import-Module '$env:PROCESSDEDUP_TEST_MODULE'; Invoke-SqliteRetry $gate -TimeoutSec 0 -Path '$db' 'DELETE FROM t'")
                $null = $shell.BeginInvoke()
                Wait-Until { $shell.InvocationStateInfo.State -eq 'Running' } 'it runs'
                $shell.Stop()
                $shell.InvocationStateInfo.State | Should -Be 'Stopped'
                $shell.Dispose()
            }
        }
        finally {
            Stop-Peer $writer
        }
    }

    It 'leaves nothing behind when its process is killed in the middle' {
        $peer = Start-Peer "Invoke-SqliteRetry -Path '$db' { param(`$tx) `$null = `$tx.Execute('INSERT INTO t(a) VALUES(1)'); [Console]::WriteLine('HELD'); `$null = [Console]::ReadLine() }"
        try {
            Wait-PeerLine $peer HELD
        }
        finally {
            Stop-Peer $peer
        }
        Invoke-SqliteRetry -Path $db 'INSERT INTO t(a) VALUES(2)' -TimeoutSec 30
        (Invoke-SqliteRetry -Path $db 'SELECT a FROM t').a | Should -Be 2
    }

    It 'loses and doubles nothing among processes' {
        $peers = 1..4 | ForEach-Object {
            Start-Peer "foreach (`$i in 1..10) { Invoke-SqliteRetry -Path '$db' { param(`$tx) `$n = `$tx.Query('SELECT count(*) AS n FROM t').n; `$null = `$tx.Execute('INSERT INTO t(a, b) VALUES(?, ?)', @(`$n, `"$_-`$i`")) } }"
        }
        try {
            $peers.ForEach{ $null = Wait-PeerExit $_; $_.Errors.Result | Should -BeNullOrEmpty }
        }
        finally {
            Stop-Peer $peers
        }
        $sum = Invoke-SqliteRetry -Path $db 'SELECT count(*) AS n, count(DISTINCT b) AS d, max(a) AS m FROM t'
        $sum.n, $sum.d, $sum.m | Should -Be 40, 40, 39
    }
}

Describe 'The connection of a transaction' {
    BeforeEach {
        $db = Join-Path $TestDrive "$([guid]::NewGuid().ToString('N')).db"
        Invoke-SqliteRetry -Path $db 'CREATE TABLE t(a, b)'
    }

    It 'is that of Microsoft.Data.Sqlite, and fills a DataTable' {
        $table = Invoke-SqliteRetry -Path $db {
            param($tx)
            $tx.Connection.GetType().BaseType.FullName | Write-Information -InformationAction Continue
            $null = $tx.Execute('INSERT INTO t VALUES(1, ?)', 'x')
            $command = $tx.Connection.CreateCommand()
            $command.CommandText = 'INSERT INTO t VALUES(@a, @b)'
            $null = $command.Parameters.AddWithValue('@a', 2)
            $null = $command.Parameters.AddWithValue('@b', 'y')
            $null = $command.ExecuteNonQuery()
            $query = $tx.Connection.CreateCommand()
            $query.CommandText = 'SELECT * FROM t ORDER BY a'
            $rows = [Data.DataTable]::new()
            $rows.Load($query.ExecuteReader())
            , $rows
        } -InformationVariable name
        "$name" | Should -Be 'Microsoft.Data.Sqlite.SqliteConnection'
        $table.Rows.b | Should -Be 'x', 'y'
        (Invoke-SqliteRetry -Path $db 'SELECT count(*) AS n FROM t').n | Should -Be 2
    }

    It 'has the functions and collations of -Initialize, for a query as well' {
        $prepare = {
            param($connection)
            $connection.CreateFunction('twice', [Func[long, long]] { param($n) 2 * $n }, $true)
        }
        (Invoke-SqliteRetry -Path $db -Initialize $prepare 'SELECT twice(21) AS n').n | Should -Be 42
        (Invoke-SqliteRetry -Path $db -Initialize $prepare { param($tx) $tx.Query('SELECT twice(4) AS n') }).n | Should -Be 8
        { Invoke-SqliteRetry -Path $db -Initialize { throw 'not today' } 'SELECT 1' } | Should -Throw 'not today'
    }

    It 'does not <Name>' -ForEach @(
        @{ Name = 'commit'; Block = { param($c) $command = $c.CreateCommand(); $command.CommandText = 'COMMIT'; $null = $command.ExecuteNonQuery() }; Id = 'SqliteTransactionControl' }
        @{ Name = 'begin'; Block = { param($c) $c.BeginTransaction() }; Id = 'SqliteTransactionControl' }
        @{ Name = 'end with its block'; Block = { param($c) $c.Dispose() }; Id = 'SqliteTransactionControl' }
        @{ Name = 'load native code'; Block = { param($c) $c.EnableExtensions($true) }; Id = 'SqliteOptionsInvalid' }
    ) {
        {
            Invoke-SqliteRetry -Path $db {
                param($tx)
                $null = $tx.Execute("INSERT INTO t VALUES(1, 'x')")
                & $Block $tx.Connection
            }
        } | Should -Throw -ErrorId "$Id,*"
        (Invoke-SqliteRetry -Path $db 'SELECT count(*) AS n FROM t').n | Should -Be 0
    }

    It 'is closed when a script keeps it' {
        $kept = Invoke-SqliteRetry -Path $db { param($tx) , $tx.Connection }
        $kept.State | Should -Be 'Closed'
        { $kept.Open() } | Should -Throw '*has ended*'
    }
}

Describe 'Values as scripts have them' {
    BeforeEach {
        $db = Join-Path $TestDrive "$([guid]::NewGuid().ToString('N')).db"
        Invoke-SqliteRetry -Path $db 'CREATE TABLE t(id INTEGER, name)'
        $rows = "id,name,more`n1,one,x`n2,two,x`n3,three,x" | ConvertFrom-Csv
    }

    It 'are the properties of a row of Import-Csv, of which the statement takes what it names' {
        Invoke-SqliteRetry -Path $db 'INSERT INTO t VALUES(@id, @name)' $rows[1]
        Invoke-SqliteRetry -Path $db 'INSERT INTO t VALUES(:id, :name)' -Parameters ([pscustomobject]@{ ID = 4; Name = 'four' })
        Invoke-SqliteRetry -Path $db { param($tx) $null = $tx.Execute('INSERT INTO t VALUES($id, $name)', $rows[0]) }
        (Invoke-SqliteRetry -Path $db 'SELECT id, name FROM t ORDER BY id').name | Should -Be 'one', 'two', 'four'
        { Invoke-SqliteRetry -Path $db 'INSERT INTO t VALUES(@id, @nome)' $rows[1] } | Should -Throw -ErrorId 'SqliteParameterMissing,*'
        { Invoke-SqliteRetry -Path $db 'INSERT INTO t VALUES(@id, 1)' @{ id = 1; name = 'x' } } | Should -Throw -ErrorId 'SqliteParameterSurplus,*'
    }

    It 'come through the pipeline, all in one transaction' {
        $rows | Invoke-SqliteRetry -Path $db 'INSERT INTO t VALUES(@id, @name)'
        (1..3 | Invoke-SqliteRetry -Path $db 'SELECT name FROM t WHERE id = ?').name | Should -Be 'one', 'two', 'three'
        (@{ id = 1 }, @{ id = 3 } | Invoke-SqliteRetry -Path $db 'SELECT name FROM t WHERE id = @id').name | Should -Be 'one', 'three'
        { [pscustomobject]@{ id = 9; name = 'nine' }, [pscustomobject]@{ id = 10 } | Invoke-SqliteRetry -Path $db 'INSERT INTO t VALUES(@id, @name)' } |
            Should -Throw -ErrorId 'SqliteParameterMissing,*'
        @() | Invoke-SqliteRetry -Path $db 'DELETE FROM t' | Should -BeNullOrEmpty
        (Invoke-SqliteRetry -Path $db 'SELECT count(*) AS n FROM t').n | Should -Be 3
        $result = $rows | Invoke-SqliteRetry -Path $db 'UPDATE t SET name = @more WHERE id = @id RETURNING id' -PassThru
        $result.Value.id | Should -Be 1, 2, 3
    }

    It 'are lists for json_each' {
        $rows | Invoke-SqliteRetry -Path $db 'INSERT INTO t VALUES(@id, @name)'
        (Invoke-SqliteRetry -Path $db 'SELECT id FROM t WHERE id IN (SELECT value FROM json_each(@ids)) ORDER BY id' @{ ids = 1, 3, 7 }).id | Should -Be 1, 3
        (Invoke-SqliteRetry -Path $db 'SELECT id FROM t WHERE name IN (SELECT value FROM json_each(@names))' @{ names = @('two', "a'b`"]") }).id | Should -Be 2
        (Invoke-SqliteRetry -Path $db 'SELECT count(*) AS n FROM t WHERE id NOT IN (SELECT value FROM json_each(?))' (, @())).n | Should -Be 3
        $types = Invoke-SqliteRetry -Path $db 'SELECT value, typeof(value) AS type FROM json_each(@list)' @{ list = $null, 1, 1.0, 'x', $true, [long]::MaxValue }
        $types.type | Should -Be 'null', 'integer', 'real', 'text', 'integer', 'integer'
        $types[5].value | Should -Be ([long]::MaxValue)
        { Invoke-SqliteRetry -Path $db 'SELECT @list' @{ list = , [byte[]](1, 2) } } | Should -Throw -ErrorId 'SqliteParameterInvalid,*'
    }
}

Describe 'A lock of a transaction' {
    BeforeEach {
        $db = Join-Path $TestDrive "$([guid]::NewGuid().ToString('N')).db"
        Invoke-SqliteRetry -Path $db 'CREATE TABLE t(a)'
    }

    It 'is held while it runs and released with <how>' -ForEach @(
        @{ how = 'its commit'; end = { } }
        @{ how = 'its rollback'; end = { throw 'no' } }
    ) {
        $seen = [Collections.Generic.List[bool]]::new()
        try {
            Invoke-SqliteRetry -Path $db { param($tx) $tx.Lock('tied'); $seen.Add((Test-FileLock tied)); $null = $tx.Execute('INSERT INTO t VALUES(1)'); & $end }
        }
        catch {
            "$_" | Should -BeLike '*no*'
        }
        $seen | Should -Be $true
        Test-FileLock tied | Should -BeFalse
    }

    It 'is waited for no longer than the transaction has time' {
        $peer = Start-Peer "Invoke-WithFileLock tied { [Console]::WriteLine('HELD'); `$null = [Console]::ReadLine() }"
        try {
            Wait-PeerLine $peer HELD
            { Invoke-SqliteRetry -Path $db -TimeoutSec 0.5 { param($tx) $null = $tx.Execute('INSERT INTO t VALUES(1)'); $tx.Lock('tied', 'a reason') } } |
                Should -Throw -ExpectedMessage '*tied*'
            (Invoke-SqliteRetry -Path $db 'SELECT count(*) AS n FROM t').n | Should -Be 0
        }
        finally {
            Stop-Peer $peer
        }
    }
}
