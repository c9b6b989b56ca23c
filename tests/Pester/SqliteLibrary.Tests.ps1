BeforeAll {
    . (Join-Path $PSScriptRoot 'Setup.ps1')
    $lib = Join-Path (Split-Path $env:PROCESSDEDUP_TEST_MODULE) 'lib'

    function Copy-Rival {
        <# Microsoft.Data.Sqlite with a native library of its own, as another module would bring it. #>
        param([string] $To)
        $build = Get-ChildItem (Join-Path $PSScriptRoot '../SqliteRival/bin/*/net8.0/Microsoft.Data.Sqlite.dll') |
            Sort-Object LastWriteTime | Select-Object -Last 1
        $null = New-Item $To -ItemType Directory -Force
        Copy-Item "$($build.Directory)/*Sqlite*.dll" $To -Exclude SqliteRival.dll
        Copy-Item "$($build.Directory)/runtimes/linux-x64/native/*" $To
    }

    function Invoke-Child {
        <# Lines of a script that runs in a new PowerShell. #>
        param([string] $Script, [hashtable] $Environment = @{})
        $encoded = [Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes("`$ErrorActionPreference = 'Stop'; $Script"))
        $saved = @{}
        foreach ($name in $Environment.Keys) {
            $saved[$name] = [Environment]::GetEnvironmentVariable($name)
            [Environment]::SetEnvironmentVariable($name, $Environment[$name])
        }
        try {
            & (Get-PowerShellProgram) -NoProfile -NonInteractive -EncodedCommand $encoded
        }
        finally {
            foreach ($name in $saved.Keys) {
                [Environment]::SetEnvironmentVariable($name, $saved[$name])
            }
        }
    }

    $maps = 'function Get-Loaded { @(Get-Content /proc/$PID/maps | Where-Object { $_ -match ''sqlite3[^/]*\.so'' } | ForEach-Object { ($_ -split ''\s+'', 6)[5] } | Sort-Object -Unique) }; '
    $import = "Import-Module '$env:PROCESSDEDUP_TEST_MODULE'; "
}

AfterAll {
    Remove-Item $env:PROCESSDEDUP_HOME -Recurse -Force -ErrorAction Ignore
}

Describe 'The module as it is shipped' {
    It 'has SQLite for <_>' -ForEach 'linux-x64/native/libe_sqlite3.so', 'linux-arm64/native/libe_sqlite3.so', 'linux-musl-x64/native/libe_sqlite3.so', 'linux-musl-arm64/native/libe_sqlite3.so', 'osx-x64/native/libe_sqlite3.dylib', 'osx-arm64/native/libe_sqlite3.dylib', 'win-x64/native/e_sqlite3.dll', 'win-arm64/native/e_sqlite3.dll' {
        Join-Path $lib "runtimes/$_" | Should -Exist
    }
}

Describe 'The library of SQLite' -Skip:(-not $IsLinux) {
    It 'is not loaded by the import, nor by looking at commands or errors of paths, but by the first database' {
        $lines = Invoke-Child ($maps + $import + @"
(Get-Loaded).Count
`$null = Get-Command Invoke-SqliteRetry -Syntax; `$null = Get-FileLock
try { Invoke-SqliteRetry -Path '' 'SELECT 1' } catch { `$_.FullyQualifiedErrorId }
`$null = Invoke-SqliteRetry { 1 }
(Get-Loaded).Count
`$null = Invoke-SqliteRetry -Path '$TestDrive/first.db' 'CREATE TABLE t(a)'
(Get-Loaded).Count
"@)
        $lines | Should -Be '0', 'SqlitePathInvalid,ProcessDedup.Cmdlets.InvokeSqliteRetryCommand', '0', '1'
    }

    It 'is the one of the module by its full path, in the load context of the module, if that is asked for' {
        $lines = Invoke-Child -Environment @{ PROCESSDEDUP_SQLITE = 'bundled' } ($maps + $import + @"
`$null = Invoke-SqliteRetry -Path '$TestDrive/bundled.db' 'CREATE TABLE t(a)'
Get-Loaded
`$raw = [AppDomain]::CurrentDomain.GetAssemblies() | Where-Object { `$_.GetName().Name -like 'SQLitePCLRaw.*' }
`$raw.ForEach{ [Runtime.Loader.AssemblyLoadContext]::GetLoadContext(`$_).Name } | Sort-Object -Unique
"@)
        $arch = [Runtime.InteropServices.RuntimeInformation]::ProcessArchitecture.ToString().ToLowerInvariant()
        $lines | Should -Be (Join-Path $lib "runtimes/linux-$arch/native/libe_sqlite3.so"), 'ProcessDedup'
    }

    It 'works beside a rival''s, loaded <Order>, with <Origin>' -ForEach @(
        @{ Order = 'before'; Origin = 'bundled' }
        @{ Order = 'after'; Origin = 'bundled' }
        @{ Order = 'before'; Origin = '' }
        @{ Order = 'after'; Origin = '' }
    ) -Skip:([Runtime.InteropServices.RuntimeInformation]::ProcessArchitecture -ne 'X64') {
        $rival = Join-Path $TestDrive 'rival'
        Copy-Rival $rival
        $ours = "Invoke-SqliteRetry -Path '$TestDrive/$Order$Origin.db' 'CREATE TABLE IF NOT EXISTS t(a)'; Invoke-SqliteRetry -Path '$TestDrive/$Order$Origin.db' 'INSERT INTO t VALUES(1)'; (Invoke-SqliteRetry -Path '$TestDrive/$Order$Origin.db' 'SELECT count(*) AS n FROM t').n; "
        $theirs = @"
Add-Type -Path (Get-ChildItem '$rival' -Filter *.dll).FullName
[SQLitePCL.raw]::SetProvider([SQLitePCL.SQLite3Provider_e_sqlite3]::new())
`$connection = [Microsoft.Data.Sqlite.SqliteConnection]::new('Data Source=$TestDrive/theirs.db')
`$connection.Open(); `$command = `$connection.CreateCommand(); `$command.CommandText = 'SELECT sqlite_version()'; `$command.ExecuteScalar(); `$connection.Dispose()

"@
        $steps = $Order -eq 'before' ? ($theirs, $ours, $theirs, $ours) : ($ours, $theirs, $ours, $theirs)
        $lines = Invoke-Child -Environment @{ PROCESSDEDUP_SQLITE = $Origin } ($maps + $import + ($steps -join "`n") + "; Get-Loaded; [AppDomain]::CurrentDomain.GetAssemblies().Where{ `$_.GetName().Name -eq 'SQLitePCLRaw.core' }.Count")
        ($lines -match '^\d$')[0..1] | Should -Be '1', '2'
        @($lines -match '^3\.\d+\.\d+$') | Should -HaveCount 2
        $lines | Should -Contain "$rival/libe_sqlite3.so"
        @($lines -like '/*sqlite3*.so*') | Should -HaveCount 2
        $lines[-1] | Should -Be '2'
    }

    It 'is tried again beside the rival where that one is busy' -Skip:([Runtime.InteropServices.RuntimeInformation]::ProcessArchitecture -ne 'X64') {
        $rival = Join-Path $TestDrive 'rival'
        Copy-Rival $rival
        $database = Join-Path $TestDrive 'shared.db'
        Invoke-SqliteRetry -Path $database 'CREATE TABLE t(a)'
        $writer = Start-Peer "Invoke-SqliteRetry -Path '$database' { [Console]::WriteLine('HELD'); `$null = [Console]::ReadLine() }"
        $peer = $null
        try {
            Wait-PeerLine $writer HELD
            $peer = Start-Peer @"
Add-Type -Path (Get-ChildItem '$rival' -Filter *.dll).FullName
[SQLitePCL.raw]::SetProvider([SQLitePCL.SQLite3Provider_e_sqlite3]::new())
`$tries = 0
`$result = Invoke-SqliteRetry -PassThru {
    if (++`$tries -eq 2) { [Console]::WriteLine('BUSY'); `$null = [Console]::ReadLine() }
    `$connection = [Microsoft.Data.Sqlite.SqliteConnection]::new('Data Source=$database;Default Timeout=1')
    try {
        `$connection.Open()
        `$transaction = `$connection.BeginTransaction()
        `$command = `$connection.CreateCommand(); `$command.Transaction = `$transaction; `$command.CommandText = 'INSERT INTO t VALUES(5)'
        `$null = `$command.ExecuteNonQuery()
        `$transaction.Commit()
    }
    finally { `$connection.Dispose() }
}
[Console]::WriteLine("`$(`$result.Outcome) `$(`$result.Attempts -ge 2)")
"@
            Wait-PeerLine $peer BUSY
            Send-PeerLine $writer
            $null = Wait-PeerExit $writer
            Send-PeerLine $peer
            Wait-PeerLine $peer 'Committed True'
            (Invoke-SqliteRetry -Path $database 'SELECT a FROM t').a | Should -Be 5
        }
        finally {
            Stop-Peer $writer, $peer
        }
    }

    It 'is told by Test-DedupEnvironment, and so is that it cannot be loaded' {
        $lines = Invoke-Child ($import + "(Test-DedupEnvironment)[-1].ForEach{ `$_.Name; `$_.Passed; `$_.Detail }")
        $lines[0, 1] | Should -Be 'SQLite can be loaded', 'True'
        $lines[2] | Should -Match '^3\.\d+\.\d+, (bundled|system), /.*sqlite3'
        $lines = Invoke-Child -Environment @{ PROCESSDEDUP_SQLITE = '/no/such.so' } ($import + "(Test-DedupEnvironment)[-1].ForEach{ `$_.Passed; `$_.Detail }; try { Invoke-SqliteRetry -Path '$TestDrive/none.db' 'CREATE TABLE t(a)' } catch { `$_.FullyQualifiedErrorId }")
        $lines[0] | Should -Be 'False'
        $lines[1] | Should -BeLike '*/no/such.so*PROCESSDEDUP_SQLITE*'
        $lines[2] | Should -BeLike 'SqliteLibraryMissing,*'
    }
}
