# Every cmdlet that runs a block, in every situation, against what the same lines do by themselves: & { … }. A row is what
# plain PowerShell does; each rule below is a difference from it that is meant, with its reason.
BeforeDiscovery {
    # Both what a caller's script says and what a called script has, where $ErrorActionPreference is a string.
    $preferences = 'Stop', 'Continue', 'SilentlyContinue'
    $sharing = @(
        @{ Name = 'Invoke-Once'; Call = 'Invoke-Once $key $block'; Try = 'Invoke-Once $key -NoWait { 1 }' }
        @{ Name = 'Invoke-CachedBuild'; Call = 'Invoke-CachedBuild $key $block'; Try = 'Invoke-CachedBuild $key -NoWait $block' }
        @{ Name = 'Get-CachedFetch'; Call = 'Get-CachedFetch -Key $key -ScriptBlock $block'; Try = 'Get-CachedFetch -Key $key -NoWait -ScriptBlock { }' }
        @{ Name = 'Invoke-WithFileLock'; Call = 'Invoke-WithFileLock $key $block'; Try = 'Invoke-WithFileLock $key -NoWait { }' }
    )
    $blocks = @(
        @{ Block = 'gives'; Text = "'a'" }
        @{ Block = 'stderr'; Text = "sh -c 'echo note >&2'; 'a'" }
        @{ Block = 'merged'; Text = "sh -c 'echo note >&2' 2>&1; try { throw 'kept' } catch { `$_ }" }
        @{ Block = 'native'; Text = "sh -c 'echo o; exit 3'; 'a'" }
        @{ Block = 'throw'; Text = "'a'; throw 'thrown'; 'b'" }
        @{ Block = 'cmdlet'; Text = "'a'; Get-Item /no/such; 'b'" }
        @{ Block = 'dotnet'; Text = "'a'; [int]::Parse('x'); 'b'" }
        @{ Block = 'strict'; Text = "Set-StrictMode -Version Latest; 'a'; `$noSuchVariable; 'b'" }
        @{ Block = 'module'; Text = "'a'; Write-ModuleError; 'b'" }
        @{ Block = 'break'; Text = "'a'; break; 'b'" }
        @{ Block = 'continue'; Text = "'a'; continue; 'b'" }
        @{ Block = 'exit'; Text = "'a'; exit 3" }
        @{ Block = 'caught'; Text = "try { Get-Item /no/such -ErrorAction Stop } catch { 'caught' }; 'b'" }
    )
    $rows = foreach ($block in $blocks) {
        foreach ($preference in $preferences) {
            @{ Block = $block.Block; Text = $block.Text; Preference = $preference; Native = $false }
        }
    }
    # A program that fails is an error of its own where the caller has asked for that.
    $rows += foreach ($preference in $preferences) {
        @{ Block = 'native'; Text = $blocks[3].Text; Preference = $preference; Native = $true }
    }
}

BeforeAll {
    . (Join-Path $PSScriptRoot 'Setup.ps1')

    Set-Content (Join-Path $TestDrive 'Lines.psm1') "function Write-ModuleError { [CmdletBinding()] param() Write-Error 'of a module' }"
    Set-Content (Join-Path $TestDrive 'called.ps1') @'
param($Invoke, $Block, $Key, $Preference, $Native)
$ErrorActionPreference = $Preference
$PSNativeCommandUseErrorActionPreference = $Native
foreach ($turn in 1, 2) {
    if ($turn -eq 2) { 'NEXT'; break }
    . $Invoke $Block $Key
    'AFTER'
}
'END'
'@
    $database = Join-Path $TestDrive 'rows.db'
    Invoke-SqliteRetry -Path $database 'CREATE TABLE t(key)'

    # How each runs the block, and whether what it was for is there afterwards.
    $cmdlets = [ordered]@{
        'Invoke-WithFileLock' = @{ Invoke = { param($Block, $Key) Invoke-WithFileLock $Key $Block } }
        'Invoke-WithRetry' = @{ Invoke = { param($Block, $Key) Invoke-WithRetry $Block -MaxAttempts 1 } }
        'Invoke-Once' = @{
            Invoke = { param($Block, $Key) Invoke-Once $Key $Block }
            IsThere = { param($Key) (Invoke-Once $Key { 'again' } | Select-Object -First 1) -ne 'again' }
        }
        'Invoke-SqliteRetry' = @{ Invoke = { param($Block, $Key) Invoke-SqliteRetry $Block } }
        'Invoke-SqliteRetry -Path' = @{
            Invoke = { param($Block, $Key) Invoke-SqliteRetry -Path $database { param($tx) $null = $tx.Execute('INSERT INTO t VALUES(?)', $Key); . $Block } }
            IsThere = { param($Key) (Invoke-SqliteRetry -Path $database 'SELECT count(*) AS n FROM t WHERE key = ?' $Key).n -eq 1 }
        }
        'Invoke-CachedBuild' = @{
            Invoke = { param($Block, $Key) $null = Invoke-CachedBuild $Key { param($out) Set-Content $out/x 1; . $Block } }
            IsThere = { param($Key) [bool](Get-CachedArtifact $Key -ErrorAction Ignore) }
        }
        'Get-CachedFetch' = @{
            Invoke = { param($Block, $Key) $null = Get-CachedFetch -Key $Key -ScriptBlock { param($out) Set-Content $out/x 1; . $Block } }
            IsThere = { param($Key) [bool](Get-FetchCache $Key -ErrorAction Ignore) }
        }
    }

    $builds = 'Invoke-CachedBuild', 'Get-CachedFetch'
    $sharing = @('Invoke-Once') + $builds
    $transactions = 'Invoke-SqliteRetry', 'Invoke-SqliteRetry -Path'
    $whole = @('Invoke-WithRetry') + $sharing + $transactions

    # Each changes what plain PowerShell has shown into what is meant.
    $rules = @(
        @{
            Why = 'Those who only wait for another process have run no program: the exit code is the caller''s own in all of them.'
            For = { $cmdlet -in $sharing }
            Do = { $expected.ExitCode = 7 }
        }
        @{
            Why = 'An error that ends a statement ends the block, as within try: half of it must not be published, committed or taken for a success.'
            For = { $cmdlet -in $whole -and $Block -in 'dotnet', 'strict', 'throw' }
            Do = { $expected.Objects = 'a'; $expected.IsDone = $false; if ($Preference -eq 'Continue') { $expected.Failed = $true } }
        }
        @{
            Why = 'Where the caller stops at errors, an error that reaches the cmdlet stops it before anything is done, also that of a module, which does not see the preference.'
            For = { $cmdlet -in $whole -and $Block -eq 'module' -and $Preference -eq 'Stop' }
            Do = { $expected.Objects = 'a'; $expected.Ends = ''; $expected.Failed = $true; $expected.IsDone = $false }
        }
        @{
            Why = 'A block that fills a directory runs with Stop, and its failure ends the script as it would by itself.'
            For = { $cmdlet -in $builds -and $Block -in 'dotnet', 'strict', 'throw', 'cmdlet', 'module', 'native', 'break', 'continue', 'exit' }
            Do = {
                $expected.IsDone = $false
                # A failure that the caller has silenced is one that it does not see.
                $expected.Failed = $Preference -ne 'SilentlyContinue'
                $expected.Ends = if ($Preference -eq 'SilentlyContinue') { 'AFTER NEXT END' } else { '' }
            }
        }
        @{
            Why = 'What such a block writes is no result; -Verbose shows it.'
            For = { $cmdlet -in $builds }
            Do = { $expected.Objects = ''; $expected.Printed = '' }
        }
        @{
            Why = 'A program that fails last has failed for all: it must not pass for done.'
            For = { $cmdlet -eq 'Invoke-Once' -and $Block -eq 'native' -and -not ($Native -and $Preference -eq 'Stop') }
            Do = {
                $expected.IsDone = $false
                $expected.Failed = $Preference -ne 'SilentlyContinue'
                if ($Preference -eq 'Stop') { $expected.Ends = '' }
            }
        }
        @{
            Why = 'break and continue would leave a loop of the caller, and exit its script, as if all was done.'
            For = { $cmdlet -notin $builds -and ($Block -in 'break', 'continue' -or ($Block -eq 'exit' -and $cmdlet -notin 'Invoke-WithFileLock', 'Invoke-WithRetry')) }
            Do = {
                $expected.ExitCode = 7
                $expected.IsDone = $false
                $expected.Failed = $Preference -ne 'SilentlyContinue'
                $expected.Ends = if ($Preference -eq 'Stop') { '' } else { 'AFTER NEXT END' }
            }
        }
        @{
            Why = 'What was read in a transaction that is rolled back is given to nobody.'
            For = { $cmdlet -in $transactions -and -not $expected.IsDone }
            Do = { $expected.Objects = '' }
        }
    )

    $runner = [runspacefactory]::CreateRunspace()
    $runner.Open()
    $shell = [powershell]::Create($runner)
    $null = $shell.AddScript('param($Modules, $Database) Import-Module $Modules; $global:database = $Database').AddArgument(
        @($env:PROCESSDEDUP_TEST_MODULE, (Join-Path $TestDrive 'Lines.psm1'))).AddArgument($database).Invoke()

    function Get-Observation {
        <# What the script that runs the block shows: in a pipeline of its own, as nothing around it catches an error. #>
        param([string] $Invoke, [string] $Block, [string] $Key, [string] $Preference, [bool] $Native, [string] $IsThere)
        $runner.SessionStateProxy.SetVariable('LASTEXITCODE', 7)
        $shell = [powershell]::Create($runner)
        $null = $shell.AddCommand((Join-Path $TestDrive 'called.ps1')).AddParameters(@{
                Invoke = [scriptblock]::Create($Invoke); Block = [scriptblock]::Create($Block); Key = $Key; Preference = $Preference; Native = $Native
            })
        $output = [Management.Automation.PSDataCollection[psobject]]::new()
        $failed = $false
        try { $shell.Invoke($null, $output) }
        catch { $failed = $true }
        $errors = @($shell.Streams.Error | Where-Object FullyQualifiedErrorId -NotLike 'NativeCommandError*')
        $printed = @($shell.Streams.Error | Where-Object FullyQualifiedErrorId -Like 'NativeCommandError*')
        $texts = $output.ForEach{ "$_" }
        $marks = 'AFTER', 'NEXT', 'END'
        $shell.Dispose()
        [pscustomobject]@{
            Objects = $texts.Where{ $_ -cnotin $marks } -join ' '
            Printed = $printed -join ' '
            Failed = $failed -or $errors.Count -gt 0
            Ends = $texts.Where{ $_ -cin $marks } -join ' '
            ExitCode = $runner.SessionStateProxy.GetVariable('LASTEXITCODE')
            IsDone = if ($IsThere) { & ([scriptblock]::Create($IsThere)) $Key } else { $null }
        }
    }
}

AfterAll {
    $runner.Dispose()
    Remove-Item $env:PROCESSDEDUP_HOME -Recurse -Force -ErrorAction Ignore
}

Describe 'A block that <Block>, where errors <Preference> and programs'' failures count: <Native>' -ForEach $rows -Skip:$IsWindows {
    It 'does in every cmdlet what it does by itself' {
        $plain = Get-Observation -Invoke { param($Block, $Key) & $Block } -Block $Text -Key plain -Preference $Preference -Native $Native
        foreach ($cmdlet in $cmdlets.Keys) {
            $way = $cmdlets[$cmdlet]
            $expected = $plain.PSObject.Copy()
            $expected.IsDone = -not $plain.Failed -or $Preference -ne 'Stop'
            foreach ($rule in $rules) {
                if (. $rule.For) {
                    . $rule.Do
                }
            }
            if (-not $way.IsThere) {
                $expected.IsDone = $null
            }
            $key = [guid]::NewGuid().ToString()
            $seen = Get-Observation -Invoke $way.Invoke -Block $Text -Key $key -Preference $Preference -Native $Native -IsThere $way.IsThere
            ($seen | ConvertTo-Json -Compress) | Should -Be ($expected | ConvertTo-Json -Compress) -Because "$cmdlet is so"
        }
    }
}

Describe 'Ctrl+C while the block of <Name> runs' -ForEach $sharing {
    It 'keeps what others wait for until the block has left, its finally included' {
        $key = "stopped by $Name"
        $isIn, $isLeaving, $mayLeave = 1..3 | ForEach-Object { [Threading.ManualResetEventSlim]::new() }
        # The same text in both: a build's key is made of it. What it must not do here is to run a second time.
        $text = 'if ($isIn.IsSet) { throw "It runs twice." }; try { $isIn.Set(); while ($true) { Start-Sleep -Milliseconds 20 } } finally { $isLeaving.Set(); $mayLeave.Wait() }'
        $block = [scriptblock]::Create($text)
        $shell = [powershell]::Create().AddScript("param(`$key, `$text, `$isIn, `$isLeaving, `$mayLeave) Import-Module '$env:PROCESSDEDUP_TEST_MODULE'; `$block = [scriptblock]::Create(`$text); $Call")
        $shell.AddParameters(@($key, $text, $isIn, $isLeaving, $mayLeave))
        try {
            $null = $shell.BeginInvoke()
            $isIn.Wait($script:PatienceMs) | Should -BeTrue
            $stop = $shell.BeginStop($null, $null)
            $isLeaving.Wait($script:PatienceMs) | Should -BeTrue
            { & ([scriptblock]::Create($Try)) } | Should -Throw -ErrorId 'LockBusy,*'
            $mayLeave.Set()
            $stop.AsyncWaitHandle.WaitOne($script:PatienceMs) | Should -BeTrue
            # Nothing was published, and the next one runs.
            $block = { param($out) if ($out) { Set-Content $out/x 1 }; 'next' }
            & ([scriptblock]::Create($Call)) | Should -Not -BeNullOrEmpty
        }
        finally {
            $mayLeave.Set()
            $shell.Dispose()
        }
    }
}

Describe 'A block in <Where>' -Skip:$IsWindows -ForEach @(
    @{ Where = 'ForEach-Object -Parallel'; Run = { param($Text) 1 | ForEach-Object -Parallel ([scriptblock]::Create($Text)) } }
    @{ Where = 'a thread job'; Run = { param($Text) Start-ThreadJob ([scriptblock]::Create($Text)) | Receive-Job -Wait -AutoRemoveJob } }
    @{
        Where = 'ConstrainedLanguage'
        Run = {
            param($Text)
            $space = [runspacefactory]::CreateRunspace()
            $space.Open()
            $shell = [powershell]::Create($space)
            $null = $shell.AddScript("Import-Module '$env:PROCESSDEDUP_TEST_MODULE'; `$ExecutionContext.SessionState.LanguageMode = 'ConstrainedLanguage'").Invoke()
            $shell.Commands.Clear()
            $shell.AddScript($Text).Invoke()
            $space.Dispose()
        }
    }
) {
    It 'runs, is not disturbed by a program that writes to standard error, and fails as elsewhere' {
        $text = @"
            Import-Module '$env:PROCESSDEDUP_TEST_MODULE'
            `$ErrorActionPreference = 'Stop'
            `$all = @{
                lock = { Invoke-WithFileLock '$Where' `$args[0] }
                retry = { Invoke-WithRetry `$args[0] -MaxAttempts 2 -InitialDelayMs 1 }
                once = { Invoke-Once '$Where' -TtlSec 0 `$args[0] }
                sqlite = { Invoke-SqliteRetry `$args[0] }
                transaction = { Invoke-SqliteRetry -Path '$database' `$args[0] }
            }
            foreach (`$name in 'lock', 'retry', 'once', 'sqlite', 'transaction') {
                & `$all[`$name] { sh -c 'echo note >&2'; "`$name ran" } 2>`$null
                try { & `$all[`$name] { 'before'; throw 'thrown' } | Out-Null } catch { "`$name failed" }
            }
            1..2 | Invoke-WithFileLock '$Where' { process { "item `$_" } }
            `$path = (Invoke-CachedBuild '$Where' { param(`$out) sh -c 'echo note >&2'; Set-Content "`$out/x" 'built' }).Path
            Get-Content "`$path/x"
            try { Invoke-CachedBuild '$Where' { param(`$out) Set-Content "`$out/x" 'half'; throw 'thrown' } | Out-Null } catch { 'build failed' }
            `$path = (Get-CachedFetch -Key '$Where' -ScriptBlock { param(`$out) sh -c 'echo note >&2'; Set-Content "`$out/x" 'fetched' }).Path
            Get-Content "`$path/x"
            try { Get-CachedFetch -Key '$Where not' -ScriptBlock { param(`$out) Set-Content "`$out/x" 'half'; throw 'thrown' } | Out-Null } catch { 'fetch failed' }
"@
        & $Run $text | Should -Be @(
            foreach ($name in 'lock', 'retry', 'once', 'sqlite', 'transaction') { "$name ran"; "$name failed" }
            'item 1', 'item 2', 'built', 'build failed', 'fetched', 'fetch failed')
    }
}

Describe 'Stop-Job of <Kind>' -Skip:$IsWindows -ForEach @(
    @{ Kind = 'a thread job'; Start = { param($Script) Start-ThreadJob $Script } }
    @{ Kind = 'a job in a process of its own'; Start = { param($Script) Start-Job $Script } }
) {
    It 'tries nothing again, publishes and commits nothing, and frees what the block held' {
        foreach ($cmdlet in $cmdlets.Keys) {
            $way = $cmdlets[$cmdlet]
            $key = [guid]::NewGuid().ToString()
            $log = Join-Path $TestDrive "$key.log"
            $job = & $Start ([scriptblock]::Create(@"
                Import-Module '$env:PROCESSDEDUP_TEST_MODULE'
                `$database = '$database'
                & { $($way.Invoke) } { Add-Content '$log' 'in'; try { while (`$true) { Start-Sleep -Milliseconds 20 } } finally { Add-Content '$log' 'left' } } '$key'
"@))
            try {
                Wait-Until { Test-Path $log } "the block of $cmdlet runs"
                Stop-Job $job
                $lines = Get-Content $log
                @($lines -eq 'in').Count | Should -Be 1 -Because "$cmdlet tries nothing again"
                # PowerShell may end the process of a job before its finally has run, without a cmdlet too.
                if ($Kind -eq 'a thread job') { $lines | Should -Be @('in', 'left') -Because $cmdlet }
                if ($way.IsThere) {
                    & $way.IsThere $key | Should -BeFalse -Because "$cmdlet was stopped"
                }
                # Whatever it held is free, and the next one runs.
                $given = & $way.Invoke { 'next' } $key
                if ($cmdlet -notin $sharing) { $given | Should -Be 'next' -Because $cmdlet }
            }
            finally {
                Remove-Job $job -Force
            }
        }
    }
}

Describe 'A transcript' {
    It 'has each line that a block writes to the host or as information once, as without a cmdlet' {
        $file = Join-Path $TestDrive 'transcript.txt'
        $streams = Join-Path $TestDrive 'streams.txt'
        $peer = Start-Peer -Script @"
            Remove-Item Env:NO_COLOR -ErrorAction Ignore
            `$calls = [ordered]@{
                plain = { & `$args[0] }
                lock = { Invoke-WithFileLock transcript `$args[0] }
                retry = { Invoke-WithRetry `$args[0] }
                once = { Invoke-Once ([guid]::NewGuid()) `$args[0] }
                sqlite = { Invoke-SqliteRetry `$args[0] }
                passthru = { Invoke-WithFileLock transcript `$args[0] -PassThru | Out-Null }
            }
            `$null = Start-Transcript '$file' -UseMinimalHeader
            foreach (`$name in `$calls.Keys) {
                & `$calls[`$name] { Write-Host "`$name host"; Write-Host "`$name red" -ForegroundColor Red; Write-Warning "`$name warning" }
                `$InformationPreference = 'Continue'
                & `$calls[`$name] { Write-Information "`$name information" }
                `$InformationPreference = 'SilentlyContinue'
                & `$calls[`$name] { Write-Host "`$name redirected" } 6>> '$streams'
            }
            `$null = Stop-Transcript
            Invoke-WithRetry { Write-Host kept } -InformationVariable kept
            [Console]::WriteLine("IN VARIABLE: `$kept")
"@
        $shown = Wait-PeerExit $peer
        $lines = Get-Content $file
        foreach ($name in 'plain', 'lock', 'retry', 'once', 'sqlite', 'passthru') {
            foreach ($line in "$name host", "$name red", "WARNING: $name warning", "$name information", "$name redirected") {
                "$line $(@($lines -eq $line).Count)" | Should -Be "$line 1"
            }
            # What is shown to people is the same as ever.
            foreach ($line in "$name host", "$name red", "$name information") {
                @($shown -split '\r?\n' -replace "$([char]27)\[[0-9;]*m").Where{ $_ -eq $line }.Count | Should -Be 1 -Because $line
            }
        }
        Get-Content $streams | Should -Be ('plain', 'lock', 'retry', 'once', 'sqlite', 'passthru').ForEach{ "$_ redirected" }
        $shown | Should -BeLike '*IN VARIABLE: kept*'
    }
}
