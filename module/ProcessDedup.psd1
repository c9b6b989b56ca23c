@{
    # The first makes the second loadable by name: lib/ProcessDedup.dll, in a load context of the module's own.
    NestedModules        = @('ProcessDedup.Loader.dll', 'ProcessDedup.dll')
    ModuleVersion        = '0.1.0'
    GUID                 = '5b0f6c0e-7b1c-4f0e-9a77-3c1f2f0d8d5e'
    Author               = 'The ProcessDedup authors'
    CompanyName          = ''
    Copyright            = '(c) The ProcessDedup authors. MIT license.'
    Description          = 'When many processes want the same thing at the same moment, one does it and the others wait and reuse it: kernel-owned locks, downloads and builds shared through a cache, commands run once, claims, SQLite transactions that are retried. For scripts and CI agents. Needs PowerShell 7.4 or later; from Windows PowerShell 5.1 and every other shell, use the command procdedup (procdedup.exe), which does the same.'
    PowerShellVersion    = '7.4'
    CompatiblePSEditions = @('Core')
    FunctionsToExport    = @()
    CmdletsToExport      = @(
        'Add-Claim'
        'Backup-SqliteDatabase'
        'Clear-FetchCache'
        'Clear-StaleLock'
        'Enter-FileLock'
        'Exit-FileLock'
        'Export-DedupReport'
        'Get-CachedArtifact'
        'Get-CachedFetch'
        'Get-Claim'
        'Get-DedupReport'
        'Get-DedupStatistic'
        'Get-FetchCache'
        'Get-FileLock'
        'Get-LockName'
        'Get-SqliteLock'
        'Invoke-CachedBuild'
        'Invoke-Once'
        'Invoke-SqliteRetry'
        'Invoke-WithFileLock'
        'Invoke-WithRetry'
        'Publish-CachedArtifact'
        'Register-LockName'
        'Remove-Claim'
        'Restore-CachedArtifact'
        'Save-CachedArtifact'
        'Set-LockRoot'
        'Stop-FileLockHolder'
        'Test-DedupEnvironment'
        'Test-FetchCache'
        'Test-FileLock'
        'Unregister-LockName'
        'Wait-FileLock'
    )
    VariablesToExport    = @()
    AliasesToExport      = @()
    FormatsToProcess     = @('ProcessDedup.Format.ps1xml')
    PrivateData          = @{
        PSData = @{
            Tags       = @('lock', 'flock', 'mutex', 'ci', 'concurrency', 'cache', 'download', 'retry', 'sqlite', 'Linux', 'Windows', 'MacOS')
            LicenseUri = 'https://opensource.org/license/mit'
        }
    }
}
