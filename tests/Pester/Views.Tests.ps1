BeforeDiscovery {
    Import-Module $env:PROCESSDEDUP_TEST_MODULE
    $types = (Get-Command -Module ProcessDedup).OutputType.Type | Where-Object FullName -Like 'ProcessDedup.*' |
        Sort-Object FullName -Unique | ForEach-Object { @{ Type = $_ } }
}

BeforeAll {
    . (Join-Path $PSScriptRoot 'Setup.ps1')

    function New-OddObject {
        <# An instance with that text, number and moment in every field that takes one. #>
        [Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '')]
        param([type] $Type, [hashtable] $Values, [int] $Depth = 3)
        $object = if ($Type.GetConstructor([type[]]@())) {
            [Activator]::CreateInstance($Type)
        }
        else {
            [Runtime.CompilerServices.RuntimeHelpers]::GetUninitializedObject($Type)
        }
        for ($declaring = $Type; $declaring -and $declaring -ne [object]; $declaring = $declaring.BaseType) {
            foreach ($field in $declaring.GetFields('Instance, Public, NonPublic, DeclaredOnly')) {
                $inner = [Nullable]::GetUnderlyingType($field.FieldType) ?? $field.FieldType
                $value = if ($Values.ContainsKey($inner.Name)) {
                    $Values[$inner.Name]
                }
                elseif ($Values.Count -gt 1 -and $Depth -and $inner.IsGenericType -and $inner.Name -like 'IReadOnlyList*') {
                    $element = $inner.GetGenericArguments()[0]
                    $list = [Array]::CreateInstance($element, 3)
                    for ($i = 0; $i -lt 3; $i++) {
                        $list[$i] = if ($element.FullName -like 'ProcessDedup.*') { New-OddObject $element $Values ($Depth - 1) } else { $Values[$element.Name] }
                    }
                    , $list
                }
                elseif ($Depth -and $inner.FullName -like 'ProcessDedup.*' -and $inner.IsClass -and -not $inner.IsAssignableTo([Exception]) -and -not $inner.IsAbstract -and $inner.Name -notlike 'Local*') {
                    New-OddObject $inner $Values ($Depth - 1)
                }
                if ($null -ne $value) {
                    $field.SetValue($object, $value)
                }
            }
        }
        $object
    }

    $odd = @{
        empty    = @{ String = '' }
        nothing  = @{ }
        huge     = @{
            String = '/very/long/' + ('directory/' * 60) + 'end'; Int32 = [int]::MaxValue; Int64 = [long]::MaxValue
            Double = [double]1e12; DateTimeOffset = [DateTimeOffset]::MaxValue; TimeSpan = [timespan]::MaxValue; Boolean = $true
        }
        negative = @{ String = "two`nlines`tand tabs"; Int32 = -1; Int64 = [long]-1; Double = [double]-1; DateTimeOffset = [DateTimeOffset]::MinValue.AddDays(1); TimeSpan = [timespan]-1 }
        foreign  = @{ String = "Übergrößenträger 日本語のロック 🔒👩‍👩‍👧 e$([char]0x301) $([char]0x202e)rtl"; DateTimeOffset = [DateTimeOffset]::Now }
    }
}

AfterAll {
    Remove-Item $env:PROCESSDEDUP_HOME -Recurse -Force -ErrorAction Ignore
}

Describe 'The views of <Type>' -ForEach $types {
    It 'have a table, whose columns all find room in 80 columns' {
        $views = (Get-FormatData -TypeName $Type.FullName -PowerShellVersion $PSVersionTable.PSVersion).FormatViewDefinition
        $tables = $views.Where{ $_.Control -is [Management.Automation.TableControl] }
        $tables.Count | Should -Be 1
        $object = New-OddObject $Type @{ String = 'a word/' * 40; Int32 = 54321; Int64 = [long]54321; TimeSpan = [timespan]'02:59:00'; DateTimeOffset = [DateTimeOffset]::Now.AddHours(-5) }
        $head = ($object | Format-Table | Out-String -Width 80).Trim() -split '\r?\n' | Select-Object -First 1
        foreach ($label in $tables[0].Control.Headers.Label) {
            $head | Should -BeLike "*$label*"
        }
    }

    It 'show <_> values in 60, 80 and 120 columns, as table, list and by default' -ForEach 'empty', 'nothing', 'huge', 'negative', 'foreign' {
        $object = New-OddObject $Type $odd[$_]
        $text = foreach ($width in 60, 80, 120) {
            $shown = @($object | Format-Table -ShowError | Out-String -Width $width -Stream
                $object | Format-List -ShowError | Out-String -Width $width -Stream
                $object | Out-String -Width $width -Stream)
            $shown.Where{ $_.TrimEnd().Length -gt $width + 1 } | Should -BeNullOrEmpty
            $shown
        }
        $text = $text -join "`n"
        $text.Trim() | Should -Not -BeNullOrEmpty
        $text | Should -Not -Match "#ERR|Exception|ErrorRecord|$([char]27)"
    }
}

Describe 'After objects of another type' {
    # PowerShell goes on with a list of all properties then, and asks each of them for its text.
    It 'no raw record is shown of <Type>' -ForEach $types {
        $object = New-OddObject $Type @{ String = 'word'; Int32 = 3; Int64 = [long]3; TimeSpan = [timespan]'00:00:03'; DateTimeOffset = [DateTimeOffset]::Now }
        $text = (Get-FileLock first), $object | Out-String -Width 200
        $text | Should -Not -Match '\w+ \{ \w+ = |<>z__|`\d\['
    }
}

Describe 'Words in 80 columns' {
    BeforeAll {
        $null = Get-CachedFetch -Key made-here -ScriptBlock { param($Directory) Set-Content "$Directory/x" 'made' }
        $null = Add-Claim builds 4711 -LeaseSec 600 -Reason 'the nightly build of everything'
    }

    It 'are whole in <Command>' -ForEach @(
        @{ Command = 'Add-Claim builds 4712 -LeaseSec 600 -Reason ''the nightly build of everything'''; Words = 'PID \d+\)', 'nightly', 'build', 'everything' }
        @{ Command = 'Get-Claim'; Words = 'PID \d+\)', 'nightly', 'build', 'everything' }
        @{ Command = 'Get-FetchCache'; Words = 'PID \d+,', 'made-here' }
        @{ Command = 'Test-DedupEnvironment'; Words = 'taken', 'released', 'another process', 'killed' }
    ) {
        $peer = Start-Peer -Script "`$PSStyle.OutputRendering = 'PlainText'; $Command | Out-String -Width 80"
        $text = Wait-PeerExit $peer
        $text | Should -Not -Match '…'
        foreach ($word in $Words) {
            $text | Should -Match "\b$word"
        }
    }
}

Describe 'Colour in views' {
    BeforeAll {
        $holder = Start-Holder coloured
    }

    AfterAll {
        Stop-Peer $holder
    }

    # The head of the table is PowerShell's own, which colours it into pipes of other programs as well.
    It 'goes into no pipe and no file' {
        $file = Join-Path $TestDrive 'locks.txt'
        Get-FileLock coloured | Out-File $file
        Get-Content $file -Raw | Should -Not -Match ([char]27)
        $peer = Start-Peer 'Get-FileLock coloured'
        (Wait-PeerExit $peer) -split '\n' -like '*coloured*' | Should -Not -Match ([char]27)
    }

    It 'follows $PSStyle.OutputRendering' {
        foreach ($rendering in 'Ansi', 'PlainText') {
            $peer = Start-Peer "`$PSStyle.OutputRendering = '$rendering'; Get-FileLock coloured"
            $line = (Wait-PeerExit $peer) -split '\n' -like '*coloured*'
            "$line" -match ([char]27) | Should -Be ($rendering -eq 'Ansi')
        }
    }

    It 'and the window''s width are for people at a terminal' -Skip:(-not (Get-Command script -ErrorAction Ignore)) {
        $long = 'x' * 100
        Invoke-WithFileLock $long { }
        $command = "stty cols 90; '$(Get-PowerShellProgram)' -NoProfile -NonInteractive -Command 'Import-Module $env:PROCESSDEDUP_TEST_MODULE; Get-FileLock'"
        $text = script -qec $command /dev/null
        $text -like '*coloured*' | Should -Match "$([char]27)\[36mheld"
        ($text -replace "$([char]27)\[[0-9;?]*[a-zA-Z]", '' -like '*xxx*').Trim().Length | Should -BeLessOrEqual 90
    }
}

Describe 'The tables of holders' -Skip:(-not (Get-Command script -ErrorAction Ignore)) {
    BeforeAll {
        function Show-InWindow {
            <# What a terminal of that many columns shows of a lock with long texts, three holders and a long hold. #>
            param([int] $Columns, [string] $Output)
            $encoded = [Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes(@"
Import-Module '$env:PROCESSDEDUP_TEST_MODULE'
`$PSStyle.OutputRendering = 'PlainText'
`$types = @{ Status = (Get-Command Get-FileLock).OutputType[0].Type; Stopped = (Get-Command Stop-FileLockHolder).OutputType[0].Type }
`$holder = `$types.Status.Assembly.GetType('ProcessDedup.Locks.LockHolder')::new()
`$holder.ProcessId = 4194303
`$holder.CommandLine = 'procdedup lock tools -- ./install.sh'
`$holder.Since = [DateTimeOffset]::Now.AddMinutes(-150)
`$holders = [Array]::CreateInstance(`$holder.GetType(), 3)
0..2 | ForEach-Object { `$holders[`$_] = `$holder }
$Output
"@))
            $text = script -qec "stty cols $Columns rows 30; TERM=xterm exec $(Get-PowerShellProgram) -NoProfile -NonInteractive -EncodedCommand $encoded" /dev/null
            @($text -replace "$([char]27)(\[[0-9;?]*[a-zA-Z]|[=>])", '').ForEach{ $_.TrimEnd() } -match "\S"
        }

        $lock = @'
$status = $types.Status::new()
$status.Name = 'database-migration-of-the-shop'
$status.State = 'Slots'
$status.Slots = 4
$status.Holders = $holders
$status
'@
        $stopped = @'
$stopped = [Runtime.CompilerServices.RuntimeHelpers]::GetUninitializedObject($types.Stopped)
$stopped.Name = 'database-migration-of-the-shop'
$stopped.Holder = $holder
$stopped.Outcome = 'Killed'
$stopped
'@
    }

    It 'leave no column out in <Columns> columns, and no part of a PID' -ForEach @(
        @{ Columns = 80; Expected = 'database…the-shop 3 of 4 slots 2 h 30 min         pr… (PID 4194303) + 2 procde…' }
        @{ Columns = 120; Expected = 'database-migr…-of-the-shop 3 of 4 slots 2 h 30 min         procdedup (PID 4194303) + 2 procdedup lock*' }
    ) {
        $lines = Show-InWindow $Columns $lock | Select-Object -Last 3
        $lines[0] | Should -Match '^Name +State +For Waiting Holder +Doing$'
        $lines[2] | Should -BeLike $Expected
    }

    It 'show who was stopped in 80 columns' {
        (Show-InWindow 80 $stopped | Select-Object -Last 1) | Should -Match '^database-m…-the-shop procded… \(PID 4194303\) Killed'
    }
}
