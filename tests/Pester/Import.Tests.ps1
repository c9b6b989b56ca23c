# Every way in which people import a module: the cmdlets' assembly comes into a load context of its own in all of them.
BeforeAll {
    . (Join-Path $PSScriptRoot 'Setup.ps1')
    $module = $env:PROCESSDEDUP_TEST_MODULE

    function Invoke-Alone {
        <# Lines of a script in a new PowerShell that has imported nothing. #>
        param([string] $Script, [string] $ModulePath = $env:PSModulePath)
        $encoded = [Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes("`$ErrorActionPreference = 'Stop'; $Script"))
        $saved = $env:PSModulePath
        $env:PSModulePath = $ModulePath
        try {
            $peer = Start-Peer -Arguments '-NoProfile', '-NonInteractive', '-EncodedCommand', $encoded
        }
        finally {
            $env:PSModulePath = $saved
        }
        try {
            $text = $peer.StandardOutput.ReadToEndAsync()
            if (-not $text.Wait(120000)) {
                throw 'The script did not end in time.'
            }
            if (-not $peer.WaitForExit(120000) -or $peer.ExitCode -ne 0) {
                throw "The script failed: $($peer.Errors.Result)"
            }
            $text.Result.Trim() -split '\r?\n'
        }
        finally {
            Stop-Peer $peer
        }
    }

    $contexts = "`$cmdlets = [Runtime.Loader.AssemblyLoadContext]::All.Where{ `$_.Assemblies.Where{ `$_.GetName().Name -eq 'ProcessDedup' } }; `$cmdlets.Name"
}

AfterAll {
    Remove-Item $env:PROCESSDEDUP_HOME -Recurse -Force -ErrorAction Ignore
}

Describe 'The module is imported' {
    It 'with -Force twice: the same commands from the same assembly, and what was entered is still held' {
        $lines = Invoke-Alone @"
Import-Module '$module'
`$before = (Get-Command Enter-FileLock).ImplementingType
Enter-FileLock kept | Out-Null
foreach (`$round in 1, 2) {
    Import-Module '$module' -Force
    (Get-Command -Module ProcessDedup).Count
    (Get-Command Enter-FileLock).ImplementingType -eq `$before
    (Get-FileLock kept).Holders.Count
}
Exit-FileLock kept
$contexts
"@
        $count = (Import-PowerShellDataFile $module).CmdletsToExport.Count
        $lines | Should -Be $count, 'True', '1', $count, 'True', '1', 'ProcessDedup'
    }

    It 'and a listener of the same process hears its metrics' {
        # A runtime that is older than the module's dependencies want has them in the module's own context (PowerShell 7.4).
        $module7 = [Reflection.AssemblyName]::GetAssemblyName((Join-Path (Split-Path $module) 'lib/System.Diagnostics.DiagnosticSource.dll')).Version
        $isNewEnough = [Diagnostics.Metrics.Meter].Assembly.GetName().Version -ge $module7
        $lines = Invoke-Alone @"
Import-Module '$module'
`$global:heard = @()
Invoke-WithFileLock heard { }
`$listener = [Diagnostics.Metrics.MeterListener]::new()
`$listener.InstrumentPublished = { param(`$instrument) `$global:heard += `$instrument.Meter.Name }
`$listener.Start()
[bool](`$global:heard -like 'ProcessDedup*')
"@
        $lines | Should -Be ([string]$isNewEnough)
    }

    It 'in ConstrainedLanguage, twice' {
        $lines = Invoke-Alone @"
`$state = [initialsessionstate]::CreateDefault2()
`$state.LanguageMode = 'ConstrainedLanguage'
`$shell = [powershell]::Create(`$state)
`$null = `$shell.AddScript({
    param(`$Module)
    Import-Module `$Module
    Import-Module `$Module -Force
    "`$(`$ExecutionContext.SessionState.LanguageMode)"
    (Get-Command -Module ProcessDedup).Count
    Enter-FileLock shown | Out-Null
    (Get-FileLock shown).Holders.Count
    Exit-FileLock shown
}).AddArgument('$module')
`$shell.Invoke()
`$shell.Streams.Error
$contexts
"@
        $lines | Should -Be 'ConstrainedLanguage', (Import-PowerShellDataFile $module).CmdletsToExport.Count, '1', 'ProcessDedup'
    }

    It 'by many new runspaces at the same moment' {
        $lines = Invoke-Alone @"
`$ready = [Threading.Barrier]::new(8)
1..8 | ForEach-Object -ThrottleLimit 8 -Parallel {
    if (-not (`$using:ready).SignalAndWait(100000)) { throw 'The others did not come.' }
    Import-Module '$module'
    Invoke-WithFileLock "runspace `$_" { 'ran' }
}
$contexts
"@
        $lines | Should -Be (@('ran') * 8 + 'ProcessDedup')
    }

    It 'by the first use of a command (autoload), by name, and as it is listed' {
        $path = Split-Path (Split-Path $module)
        $lines = Invoke-Alone -ModulePath $path @"
Invoke-WithFileLock auto { 'ran' }
(Get-Module ProcessDedup).ModuleBase
(Get-Module ProcessDedup -ListAvailable).ExportedCmdlets.Count
"@
        $lines | Should -Be 'ran', (Split-Path $module), (Import-PowerShellDataFile $module).CmdletsToExport.Count
    }

    It 'by "using module" and by a host''s initial session state' {
        Set-Content (Join-Path $TestDrive 'using.ps1') "using module '$module'`nInvoke-WithFileLock used { 'used' }"
        $lines = Invoke-Alone @"
& '$TestDrive/using.ps1'
Remove-Module ProcessDedup
`$state = [initialsessionstate]::CreateDefault2()
`$state.ImportPSModule('$module')
`$shell = [powershell]::Create(`$state)
`$shell.AddScript("Invoke-WithFileLock hosted { 'hosted' }").Invoke()
(Get-Command Invoke-WithFileLock -ErrorAction Ignore) -eq `$null
"@
        $lines | Should -Be 'used', 'hosted', 'True'
    }
}

Describe 'The imported module' {
    It 'is the module of each command, and only the loader is in the default load context' {
        $lines = Invoke-Alone @"
Import-Module '$module'
(Get-Command -Module ProcessDedup).ModuleName | Sort-Object -Unique
(Get-Command Invoke-Once).Source
(Get-Command ProcessDedup\Invoke-Once).Version.ToString()
[Runtime.Loader.AssemblyLoadContext]::Default.Assemblies.Where{ `$_.GetName().Name -like 'ProcessDedup*' }.ForEach{ `$_.GetName().Name }
Remove-Module ProcessDedup
@(Get-Command -Module ProcessDedup).Count
"@
        $lines | Should -Be 'ProcessDedup', 'ProcessDedup', '0.1.0', 'ProcessDedup.Loader', '0'
    }

    It 'has help, completion and views' {
        $lines = Invoke-Alone @"
Import-Module '$module'
(Get-Help Invoke-WithFileLock -Full).parameters.parameter.Count -gt 5
(Get-Help Invoke-WithFileLock).Synopsis
Enter-FileLock completed | Out-Null
(TabExpansion2 'Get-FileLock compl' 18).CompletionMatches.CompletionText
`$PSStyle.OutputRendering = 'PlainText'
(Get-FileLock completed | Out-String).Trim() -split '\r?\n' -replace ' .*'
"@
        $lines | Should -Be 'True', (Get-Help Invoke-WithFileLock).Synopsis, 'completed', 'Name', '----', 'completed'
    }

    It 'has errors that a script can catch by their type' {
        $peer = Start-Peer "Invoke-WithFileLock taken { [Console]::WriteLine('HELD'); `$null = [Console]::ReadLine() }"
        try {
            Wait-PeerLine $peer HELD
            $lines = Invoke-Alone @"
Import-Module '$module'
try { Invoke-WithFileLock taken -NoWait { } } catch [ProcessDedup.Locks.LockTimeoutException] { 'timeout' }
try { Invoke-WithFileLock taken -NoWait { } } catch [ProcessDedup.DedupException] { `$_.Exception.Target }
try { Get-CachedFetch 'file:///no/such/file' } catch [ProcessDedup.Fetch.FetchException] { 'fetch' }
try { Invoke-SqliteRetry -Path '' 'SELECT 1' } catch [ProcessDedup.Sqlite.SqliteException] { 'sqlite' }
"@
            $lines | Should -Be 'timeout', 'taken', 'fetch', 'sqlite'
        }
        finally {
            Stop-Peer $peer
        }
    }

    It 'has a manifest that PowerShell finds nothing wrong with' {
        $null = Test-ModuleManifest $module -ErrorAction Stop -WarningVariable warned
        $warned | Should -BeNullOrEmpty
        (Import-PowerShellDataFile $module).Description | Should -Match 'PowerShell 7\.4.*procdedup\.exe'
    }
}
