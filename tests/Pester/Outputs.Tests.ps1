# What the cmdlets give, as ConvertTo-Json and Export-Csv write it: for every output type that a cmdlet declares, with an object
# made by real use.
BeforeDiscovery {
    Import-Module $env:PROCESSDEDUP_TEST_MODULE
    $types = (Get-Command -Module ProcessDedup).OutputType.Type | Where-Object FullName -Like 'ProcessDedup.*' |
        Sort-Object FullName -Unique | ForEach-Object { @{ Name = $_.Name; Type = $_ } }
}

BeforeAll {
    . (Join-Path $PSScriptRoot 'Setup.ps1')
    $database = Join-Path $TestDrive 'rows.db'
    $substituter = "$(New-Item (Join-Path $TestDrive 'substituter') -ItemType Directory)"
    $directory = "$(New-Item (Join-Path $TestDrive 'built') -ItemType Directory)"
    Set-Content "$directory/tool" 'built'

    # A lock with everything: a holder that has said what it does, a name that a team has registered.
    $null = Register-LockName teams -Owner 'Team A' -LongestHoldSec 600
    $holder = Start-Holder teams.nightly -Options "-Reason 'nightly build'"
    Wait-Until { (Get-FileLock teams.nightly).Holders[0].Reason } 'the holder has said what it does'
    Invoke-SqliteRetry -Path $database 'CREATE TABLE t(key)'
    $null = Get-CachedFetch -Key made -ScriptBlock { param($out) Set-Content "$out/x" 1 }

    $made = @{
        Artifact          = { Save-CachedArtifact tool $directory }
        CachedItem        = { Get-FetchCache made }
        CacheStatistics   = { Get-DedupStatistic }
        Claim             = { $null = Add-Claim builds 1; Get-Claim builds 1 }
        ClaimResult       = { Add-Claim builds ([guid]::NewGuid()) -LeaseSec 60 }
        ClearedLock       = { Invoke-WithFileLock cleared { }; Clear-StaleLock cleared -OlderThanHours 0 -PassThru -Confirm:$false }
        DedupReport       = { Get-DedupReport }
        FetchResult       = { Get-CachedFetch -Key made -ScriptBlock { } }
        LockedBlockResult = { Invoke-WithFileLock first, second { 1; 'two' } -PassThru }
        LockLease         = { Enter-FileLock entered; Exit-FileLock entered }
        LockRoot          = { Set-LockRoot -Strict:$false -PassThru -Confirm:$false }
        LockStatus        = { Get-FileLock teams.nightly }
        PrunedItem        = { $null = Get-CachedFetch -Key pruned -ScriptBlock { param($out) Set-Content "$out/x" 2 }; Clear-FetchCache pruned -PassThru -Confirm:$false }
        PublishedArtifact = { $null = Save-CachedArtifact tool $directory; Publish-CachedArtifact tool -To $substituter }
        RegisteredName    = { Get-LockName teams }
        SelfTestResult    = { Test-DedupEnvironment | Select-Object -First 1 }
        SqliteBackupResult = { Backup-SqliteDatabase $database (Join-Path $TestDrive backup.db) }
        SqliteLockStatus  = { Get-SqliteLock $database }
        SqliteRetryResult = { Invoke-SqliteRetry -Path $database { 1; 'two' } -PassThru }
        StoppedHolder     = {
            $stopped = Start-Holder stopped
            try { Stop-FileLockHolder stopped -Confirm:$false } finally { Stop-Peer $stopped }
        }
        VerifiedItem      = { Test-FetchCache made }
    }
    # Lists of objects: one level more, if several are piped in. The help says -Depth there.
    $deep = 'DedupReport', 'LockStatus', 'SqliteLockStatus'

    $data = [string], [bool], [int], [long], [double], [datetimeoffset], [Management.Automation.PSObject]

    function Find-NoData {
        <# The properties that are no data: nothing that JSON and CSV can say. #>
        param([type] $Type, [string] $Path, [type[]] $Above)
        foreach ($member in $Type.GetProperties('Instance, Public').Where{ -not $_.GetIndexParameters() } + $Type.GetFields('Instance, Public')) {
            $inner = $member.PropertyType ?? $member.FieldType
            $inner = [Nullable]::GetUnderlyingType($inner) ?? $inner
            if ($inner.IsGenericType -and $inner.Name -like 'IReadOnlyList*') { $inner = $inner.GetGenericArguments()[0] }
            $here = "$Path.$($member.Name)"
            if ($inner -eq [double] -and $member.Name -notmatch '(Sec|Percent)$') { "$here is a number without a unit" }
            if ($inner -in $data -or $inner.IsEnum -or $inner -in $Above) { continue }
            # An exception has the namespace of its library too.
            if ($inner.FullName -notlike 'ProcessDedup.*' -or $inner.IsAssignableTo([Exception])) { "$here is $inner" }
            else { Find-NoData $inner $here ($Above + $inner) }
        }
    }
}

AfterAll {
    Stop-Peer $holder
    Remove-Item $env:PROCESSDEDUP_HOME -Recurse -Force -ErrorAction Ignore
}

Describe '<Name>' -ForEach $types {
    BeforeAll {
        $object = if ($made.ContainsKey($Name)) { @(& $made[$Name])[0] }
    }

    It 'is data all through: no TimeSpan, token, wait handle or exception, and each duration is named Sec' {
        Find-NoData $Type $Name @($Type) | Should -BeNullOrEmpty
    }

    It 'is what the cmdlet gives, and no getter of it throws' {
        $object | Should -BeOfType $Type
        # Not through PowerShell, which takes a getter that throws for $null.
        foreach ($property in $Type.GetProperties()) {
            { $property.GetValue($object) } | Should -Not -Throw -Because $property.Name
        }
    }

    It 'is JSON at the depth that ConvertTo-Json has by itself' {
        $json = $object | ConvertTo-Json -EnumsAsStrings -WarningVariable warnings -WarningAction SilentlyContinue
        $warnings | Should -BeNullOrEmpty
        $json | Should -Not -Match '"(Ticks|WaitHandle|SafeWaitHandle|StackTrace)"'
        $read = $json | ConvertFrom-Json
        foreach ($property in $object.PSObject.Properties) {
            $read.PSObject.Properties.Name | Should -Contain $property.Name
            if ($property.Name -like '*Sec' -and $null -ne $property.Value) {
                $read.($property.Name) | Should -BeOfType double
            }
        }
    }

    It 'is JSON when several are piped in' {
        $depth = if ($Name -in $deep) { 3 } else { 2 }
        $json = $object, $object | ConvertTo-Json -EnumsAsStrings -Depth $depth -WarningVariable warnings -WarningAction SilentlyContinue
        $warnings | Should -BeNullOrEmpty
        ($json | ConvertFrom-Json).Count | Should -Be 2
    }

    It 'is a line of CSV, with a text in each cell and no type''s name' {
        $row = $object | ConvertTo-Csv | ConvertFrom-Csv
        @($row).Count | Should -Be 1
        foreach ($cell in $row.PSObject.Properties) {
            $cell.Value | Should -Not -Match '^System\.|ProcessDedup\.[A-Z]\w+\.|`\d\[|\[\]|\w \{ \w+ = ' -Because $cell.Name
        }
        # Export-Csv writes the text of a list, which for a list of .NET is its type.
        if ($Name -eq 'LockStatus') { $row.Holders | Should -BeLike "*(PID $($holder.Id), user *) for *: nightly build" }
        if ($Name -eq 'LockedBlockResult') { $row.Name, $row.Value | Should -Be 'first; second', '1; two' }
    }
}
