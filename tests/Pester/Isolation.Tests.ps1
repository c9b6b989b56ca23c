BeforeAll {
    . (Join-Path $PSScriptRoot 'Setup.ps1')

    function Invoke-Alone {
        <# Lines of a script in a new PowerShell. #>
        param([string] $Script)
        $encoded = [Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes("`$ErrorActionPreference = 'Stop'; $Script"))
        & (Get-PowerShellProgram) -NoProfile -NonInteractive -EncodedCommand $encoded
    }

    function Save-RivalModule {
        <# A module that brings Microsoft.Data.Sqlite and a native SQLite of its own. #>
        param([string] $Folder)
        $build = Get-ChildItem (Join-Path $PSScriptRoot '../SqliteRival/bin/*/net8.0/Microsoft.Data.Sqlite.dll') |
            Sort-Object LastWriteTime | Select-Object -Last 1
        $null = New-Item $Folder -ItemType Directory
        Copy-Item "$($build.Directory)/*Sqlite*.dll" $Folder -Exclude SqliteRival.dll
        Copy-Item "$($build.Directory)/runtimes/linux-x64/native/*" $Folder
        Set-Content "$Folder/Rival.psm1" @'
[SQLitePCL.raw]::SetProvider([SQLitePCL.SQLite3Provider_e_sqlite3]::new())
function Get-RivalCount {
    param([string] $Path)
    $connection = [Microsoft.Data.Sqlite.SqliteConnection]::new("Data Source=$Path")
    try {
        $connection.Open()
        $command = $connection.CreateCommand()
        $command.CommandText = 'CREATE TABLE IF NOT EXISTS r(a); INSERT INTO r VALUES(1); SELECT count(*) FROM r'
        $command.ExecuteScalar()
    }
    finally { $connection.Dispose() }
}
'@
        New-ModuleManifest "$Folder/Rival.psd1" -RootModule Rival.psm1 -FunctionsToExport Get-RivalCount -RequiredAssemblies (Get-ChildItem $Folder -Filter *.dll).Name
        "$Folder/Rival.psd1"
    }

    # What PowerShell and .NET bring is not ours to answer for.
    $own = @'
function Get-Assembly([string] $Context) {
    $theirs = $PSHOME, (Split-Path ([object].Assembly.Location)), (Split-Path ([Uri].Assembly.Location))
    # Below $PSHOME as well: some of PowerShell is in runtimes/ there, where it came as a .NET tool.
    $isTheirs = { param($place) $theirs.Where{ "$place/".StartsWith("$_/") } }
    [Runtime.Loader.AssemblyLoadContext]::All.Where{ $_.Name -eq $Context }.Assemblies.Where{ $_.Location -and -not (& $isTheirs (Split-Path $_.Location)) }.ForEach{ $_.GetName().Name } | Sort-Object
}

'@
}

AfterAll {
    Remove-Item $env:PROCESSDEDUP_HOME -Recurse -Force -ErrorAction Ignore
}

Describe 'The import' {
    It 'loads the loader and the cmdlets, and nothing that they need later' {
        Invoke-Alone ($own + "Import-Module '$env:PROCESSDEDUP_TEST_MODULE'; Get-Assembly Default; 'and'; Get-Assembly ProcessDedup") | Should -Be 'ProcessDedup.Loader', 'and', 'ProcessDedup'
    }
}

Describe 'The default load context' {
    It 'has nothing but the loader after fetching, unpacking, SQLite, a bucket and a coordinator' {
        $source = Join-Path $TestDrive 'source'
        $null = New-Item $source -ItemType Directory
        Set-Content "$source/a.txt" 'a'
        Compress-Archive "$source/a.txt" "$source/a.zip"
        $address = [uri]::new("$source/a.zip").AbsoluteUri
        $lines = Invoke-Alone ($own + @"
`$env:PROCESSDEDUP_SQLITE = 'bundled'; `$env:AWS_ACCESS_KEY_ID = 'x'; `$env:AWS_SECRET_ACCESS_KEY = 'x'; `$env:AWS_EC2_METADATA_DISABLED = 'true'
Import-Module '$env:PROCESSDEDUP_TEST_MODULE'
(Get-CachedFetch '$address' -Unpack).Path | Split-Path -Leaf | Out-Null
`$null = Invoke-SqliteRetry -Path '$TestDrive/own.db' 'CREATE TABLE t(a)'
`$null = Invoke-CachedBuild k -InputPath '$source/*.txt' { param(`$out) Set-Content "`$out/x" 1 } -Substituter 's3://nobody-there/x?region=eu-central-1&endpoint=http%3A%2F%2F127.0.0.1%3A1' -WarningAction Ignore
try { Invoke-WithFileLock x { } -Coordinator 'Host=127.0.0.1;Port=1;Username=u' } catch { `$_.FullyQualifiedErrorId }
Get-Assembly Default; 'and'; Get-Assembly ProcessDedup
"@)
        $lines[0] | Should -BeLike 'Coordinator*,*'
        $and = [array]::IndexOf($lines, 'and')
        $lines[1..($and - 1)] | Should -Be 'ProcessDedup.Loader'
        foreach ($name in 'ProcessDedup', 'ProcessDedup.Core', 'ICSharpCode.SharpZipLib', 'Microsoft.Extensions.FileSystemGlobbing', 'SQLitePCLRaw.core', 'SQLitePCLRaw.provider.e_sqlite3', 'AWSSDK.Core', 'AWSSDK.S3', 'Npgsql', 'ProcessDedup.Postgres') {
            $lines[($and + 1)..($lines.Count - 1)] | Should -Contain $name
        }
    }
}

Describe 'A rival module with its own Microsoft.Data.Sqlite' -Skip:(-not $IsLinux -or [Runtime.InteropServices.RuntimeInformation]::ProcessArchitecture -ne 'X64') {
    It 'imported <_>, works beside ours, each with its own assemblies' -ForEach 'before', 'after' {
        $rival = Save-RivalModule (Join-Path $TestDrive "rival-$_")
        $modules = $_ -eq 'before' ? ($rival, $env:PROCESSDEDUP_TEST_MODULE) : ($env:PROCESSDEDUP_TEST_MODULE, $rival)
        $lines = Invoke-Alone @"
`$env:PROCESSDEDUP_SQLITE = 'bundled'
Import-Module '$($modules -join "', '")'
foreach (`$round in 1, 2) {
    `$null = Invoke-SqliteRetry -Path '$TestDrive/ours-$_.db' 'CREATE TABLE IF NOT EXISTS t(a)'
    `$null = Invoke-SqliteRetry -Path '$TestDrive/ours-$_.db' 'INSERT INTO t VALUES(1)'
    (Invoke-SqliteRetry -Path '$TestDrive/ours-$_.db' 'SELECT count(*) AS n FROM t').n
    Get-RivalCount '$TestDrive/theirs-$_.db'
}
[AppDomain]::CurrentDomain.GetAssemblies().Where{ `$_.GetName().Name -eq 'SQLitePCLRaw.core' }.ForEach{ [Runtime.Loader.AssemblyLoadContext]::GetLoadContext(`$_).Name } | Sort-Object
"@
        $lines | Should -Be '1', '1', '2', '2', 'Default', 'ProcessDedup'
    }
}
