BeforeDiscovery {
    $manifest = Import-PowerShellDataFile $env:PROCESSDEDUP_TEST_MODULE
    $cmdlets = $manifest.CmdletsToExport
}

BeforeAll {
    . (Join-Path $PSScriptRoot 'Setup.ps1')
}

AfterAll {
    Remove-Item $env:PROCESSDEDUP_HOME -Recurse -Force -ErrorAction Ignore
}

Describe 'The module' {
    It 'exports exactly what its manifest says' {
        $manifest = Import-PowerShellDataFile $env:PROCESSDEDUP_TEST_MODULE
        (Get-Command -Module ProcessDedup).Name | Sort-Object | Should -Be ($manifest.CmdletsToExport | Sort-Object)
        foreach ($key in 'FunctionsToExport', 'VariablesToExport', 'AliasesToExport') {
            $manifest.ContainsKey($key) | Should -BeTrue
            $manifest[$key] | Should -BeNullOrEmpty
        }
    }

    It 'is a valid module of version <_>' -ForEach '0.1.0' {
        (Test-ModuleManifest $env:PROCESSDEDUP_TEST_MODULE).Version | Should -Be $_
    }

    It 'has every class with a Cmdlet attribute in the manifest' {
        $assembly = (Get-Command Invoke-WithFileLock).ImplementingType.Assembly
        $names = $assembly.GetTypes().ForEach{
            $attribute = $_.GetCustomAttributes([Management.Automation.CmdletAttribute], $false)
            if ($attribute) { "$($attribute.VerbName)-$($attribute.NounName)" }
        }
        $names | Sort-Object | Should -Be ((Import-PowerShellDataFile $env:PROCESSDEDUP_TEST_MODULE).CmdletsToExport | Sort-Object)
    }

    It 'loads Core outside the default load context' {
        $null = Get-FileLock
        $core = [AppDomain]::CurrentDomain.GetAssemblies() | Where-Object { $_.GetName().Name -eq 'ProcessDedup.Core' }
        @($core).Count | Should -Be 1
        [Runtime.Loader.AssemblyLoadContext]::GetLoadContext($core).Name | Should -Be 'ProcessDedup'
    }

    It 'costs next to nothing to import: the loader and the cmdlets, no native library, file or socket' {
        $empty = (New-Item -ItemType Directory (Join-Path $TestDrive Empty)).FullName
        Set-Content "$empty/Empty.psm1" ''
        Set-Content "$TestDrive/import.ps1" @'
param($Module, $Empty)
# What PowerShell itself needs for its first module is not ours.
Import-Module $Empty
function Get-Cost {
    $managed = [AppDomain]::CurrentDomain.GetAssemblies().Where{ -not $_.IsDynamic }
    @{
        Assemblies = $managed.ForEach{ $_.GetName().Name }
        Natives    = (Get-Process -Id $PID).Modules.FileName | Where-Object { $_ -notin $managed.Location -and -not ($IsWindows -and $_ -like "$env:windir*") }
        Sockets    = if ($IsLinux) { (Get-ChildItem /proc/self/fd -ErrorAction Ignore).Target -like 'socket:*' }
    }
}
$null = Get-Cost
$before = Get-Cost
# Of this thread: what others allocate meanwhile is not the module's.
$bytes = [GC]::GetAllocatedBytesForCurrentThread()
Import-Module $Module
$bytes = [GC]::GetAllocatedBytesForCurrentThread() - $bytes
$after = Get-Cost
@{
    Assemblies = @($after.Assemblies.Where{ $_ -notin $before.Assemblies })
    Natives    = @($after.Natives.Where{ $_ -notin $before.Natives })
    Sockets    = @($after.Sockets.Where{ $_ -notin $before.Sockets })
    Bytes      = $bytes
} | ConvertTo-Json
'@
        # What is counted is the same however busy the machine is, unlike a time.
        $before = $env:PROCESSDEDUP_HOME, $env:PROCESSDEDUP_COORDINATOR
        try {
            $env:PROCESSDEDUP_HOME = Join-Path $TestDrive 'not made'
            # Nobody is there: who asked would fail.
            $env:PROCESSDEDUP_COORDINATOR = 'Host=127.0.0.1;Port=1;Username=nobody'
            $cost = & (Get-PowerShellProgram) -NoProfile -NonInteractive -File "$TestDrive/import.ps1" $env:PROCESSDEDUP_TEST_MODULE "$empty/Empty.psm1" | ConvertFrom-Json
        }
        finally {
            $env:PROCESSDEDUP_HOME, $env:PROCESSDEDUP_COORDINATOR = $before
        }
        $cost.Assemblies | Sort-Object | Should -Be 'ProcessDedup', 'ProcessDedup.Loader'
        $cost.Natives | Should -BeNullOrEmpty
        $cost.Sockets | Should -BeNullOrEmpty
        Join-Path $TestDrive 'not made' | Should -Not -Exist
        # Some 3.3 MB, for the views and the manifest.
        $cost.Bytes | Should -BeLessThan 6MB
    }

    It 'can be imported again and in a second runspace' {
        Import-Module $env:PROCESSDEDUP_TEST_MODULE -Force
        $shell = [powershell]::Create()
        $null = $shell.AddScript("Import-Module '$env:PROCESSDEDUP_TEST_MODULE'; Invoke-WithFileLock second { 7 }")
        $shell.Invoke() | Should -Be 7
        $shell.Dispose()
    }
}

Describe '<_>' -ForEach $cmdlets {
    It 'has an approved verb' {
        (Get-Verb).Verb | Should -Contain ($_ -split '-')[0]
    }

    It 'declares what it returns' {
        $command = Get-Command $_
        if ($_ -notin 'Exit-FileLock', 'Wait-FileLock') {
            $command.OutputType.Count | Should -BeGreaterThan 0
        }
    }

    # A range of whole numbers takes -0.4 for 0, and NaN for whatever comes.
    It 'has ranges of fractions for parameters that are fractions' {
        foreach ($parameter in (Get-Command $_).Parameters.Values | Where-Object { $_.ParameterType -in [double], [Nullable[double]] }) {
            $range = $parameter.Attributes | Where-Object { $_ -is [Management.Automation.ValidateRangeAttribute] }
            @($range.MinRange, $range.MaxRange).Where{ $_ -is [double] }.Count -gt 0 | Should -BeTrue -Because "-$($parameter.Name) takes fractions"
        }
    }

    It 'takes a TimeSpan for each duration' {
        foreach ($parameter in (Get-Command $_).Parameters.Values | Where-Object Name -Match '(Sec|Ms|Hours)$') {
            $parameter.Attributes.TypeId.Name | Should -Contain 'DurationAttribute' -Because "-$($parameter.Name) is one"
        }
    }

    # Test-FetchCache does not ask: what it finds broken is kept in quarantine, and to leave it in use would be the harm.
    It 'supports ShouldProcess exactly if it changes something that stays: removes, stores, claims, writes, ends or publishes it, or binds others' {
        (Get-Command $_).Parameters.ContainsKey('WhatIf') | Should -Be ($_ -in 'Clear-StaleLock', 'Stop-FileLockHolder', 'Clear-FetchCache', 'Remove-Claim', 'Unregister-LockName', 'Set-LockRoot', 'Save-CachedArtifact', 'Publish-CachedArtifact', 'Restore-CachedArtifact', 'Add-Claim', 'Backup-SqliteDatabase', 'Register-LockName', 'Export-DedupReport', 'Get-CachedFetch', 'Invoke-CachedBuild', 'Invoke-Once', 'Invoke-SqliteRetry')
    }
}

Describe 'Locks of <_>' -ForEach ($cmdlets | Where-Object { $_ -match 'FileLock|StaleLock|DedupEnvironment' }) {
    It 'are given by literal path with the usual aliases: PSPath where the pipeline binds it' {
        $parameter = (Get-Command $_).Parameters['LiteralPath']
        $parameter.Aliases | Should -Contain 'LP'
        $isPiped = $parameter.ParameterSets.Values.ValueFromPipelineByPropertyName -contains $true -or $_ -eq 'Stop-FileLockHolder'
        $parameter.Aliases -contains 'PSPath' | Should -Be $isPiped
    }
}
