BeforeDiscovery {
    $hasGet = [bool](Get-Module Microsoft.PowerShell.PSResourceGet -ListAvailable)
}

BeforeAll {
    . (Join-Path $PSScriptRoot 'Setup.ps1')
    $repository = (Resolve-Path (Join-Path $PSScriptRoot '../..')).Path
    $output = Join-Path $repository 'output'
    $version = (Import-PowerShellDataFile $env:PROCESSDEDUP_TEST_MODULE).ModuleVersion
    $pwsh = Get-PowerShellProgram
    & $pwsh -NoProfile -NonInteractive -File (Join-Path $repository 'build.ps1') -Task Package -NoBuild
    if ($LASTEXITCODE -ne 0) {
        throw 'The packages could not be made.'
    }
    $files = @{
        Zip    = Join-Path $output "ProcessDedup.$version.zip"
        Module = Join-Path $output "ProcessDedup.$version.nupkg"
        Tool   = Join-Path $output "ProcessDedup.Tool.$version.nupkg"
    }
    $folders = @{}
    foreach ($name in $files.Keys) {
        $folders[$name] = Join-Path $TestDrive $name
        [IO.Compression.ZipFile]::ExtractToDirectory($files[$name], $folders[$name])
    }

    function Get-RelativeFile {
        param([string] $Folder)
        (Get-ChildItem $Folder -Recurse -File -Force).ForEach{ [IO.Path]::GetRelativePath($Folder, $_.FullName).Replace('\', '/') } | Sort-Object
    }

    function Invoke-WithModulePath {
        <# Lines of a script in a new PowerShell that finds this folder's modules. #>
        param([string] $Folder, [string] $Script)
        $saved = $env:PSModulePath
        $env:PSModulePath = $Folder
        try {
            $encoded = [Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes("`$ErrorActionPreference = 'Stop'; $Script"))
            & $pwsh -NoProfile -NonInteractive -EncodedCommand $encoded
        }
        finally {
            $env:PSModulePath = $saved
        }
    }
}

AfterAll {
    Remove-Item $env:PROCESSDEDUP_HOME -Recurse -Force -ErrorAction Ignore
}

Describe 'What <_> holds' -ForEach 'Zip', 'Module', 'Tool' {
    It 'is nothing for debuggers or compilers' {
        Get-RelativeFile $folders[$_] | Where-Object { $_ -match '\.(pdb|dbg|xml|cs|ps1|user)$|/(obj|Debug|ref)/' -and $_ -notmatch '^\[Content_Types\]\.xml$|DotnetToolSettings\.xml$|en-US/.*-Help\.xml$' } |
            Should -BeNullOrEmpty
    }

    It 'is built for release and does not tell where' {
        $own = Get-ChildItem $folders[$_] -Recurse -Include ProcessDedup*.dll, procdedup*.dll
        $own.Count | Should -BeGreaterThan 2
        foreach ($file in $own) {
            $bytes = [IO.File]::ReadAllBytes($file)
            foreach ($encoding in [Text.Encoding]::Latin1, [Text.Encoding]::Unicode) {
                $text = $encoding.GetString($bytes)
                $text.Contains($repository) | Should -BeFalse -Because "$($file.Name) is for everybody"
                $text -match "$([regex]::Escape([Environment]::UserName))[\\/]\.nuget" | Should -BeFalse
            }
            $attribute = [Diagnostics.FileVersionInfo]::GetVersionInfo($file)
            $attribute.IsDebug | Should -BeFalse
            $attribute.ProductVersion | Should -Be $version
        }
    }

    It 'comes with the licence, and with the notice of every file of others: package, version, licence' {
        $folder = $folders[$_]
        $notices = Get-ChildItem $folder -Recurse -Filter THIRD-PARTY-NOTICES.txt
        Get-ChildItem $folder -Recurse -Filter LICENSE | Should -HaveCount 1
        $notices | Should -HaveCount 1
        $blocks = (Get-Content $notices -Raw) -split '\n\s*\n'
        $others = @(Get-ChildItem $folder -Recurse -Include *.dll, *.so, *.dylib | Where-Object Name -NotMatch '^(ProcessDedup(\..*)?|procdedup)\.dll$')
        $others.Count | Should -BeGreaterThan 8
        foreach ($name in $others.Name | Sort-Object -Unique) {
            # The module (.NET 8) and the tool (.NET 10) may have another version of the same file.
            $ofFile = @($blocks -match "Files:(.*,)? $([regex]::Escape($name))(,|\n|$)")
            $ofFile | Should -Not -BeNullOrEmpty -Because $name
            @($ofFile -replace '(?s) .*' | Select-Object -Unique) | Should -HaveCount 1 -Because "$name is of one package"
            foreach ($block in $ofFile) {
                $block | Should -Match '^\S+ \d+\.\d+\.\d+(\.\d+)? - licence: (MIT|Apache-2\.0|PostgreSQL|Public-Domain)\n'
                $blocks | Should -Contain "$('=' * 80)`nThe licence $([regex]::Match($block, 'licence: (\S+)').Groups[1].Value)"
            }
        }
    }
}

Describe 'The package of the module' {
    It 'has the same files as the zip and the build' {
        $there = Get-RelativeFile $folders.Module | Where-Object { $_ -notmatch '^(\[Content_Types\]\.xml|_rels/.*|package/.*|ProcessDedup\.nuspec)$' }
        $there | Should -Be (Get-RelativeFile (Join-Path $folders.Zip 'ProcessDedup'))
        $there | Should -Be (Get-RelativeFile (Split-Path $env:PROCESSDEDUP_TEST_MODULE))
    }

    It 'is described for Find-PSResource and Install-PSResource' {
        $manifest = Import-PowerShellDataFile $env:PROCESSDEDUP_TEST_MODULE
        $data = ([xml](Get-Content (Join-Path $folders.Module 'ProcessDedup.nuspec') -Raw)).package.metadata
        $data.id | Should -Be 'ProcessDedup'
        $data.version | Should -Be $version
        $tags = $data.tags -split ' '
        $tags | Should -Contain 'PSModule'
        $tags | Should -Contain 'PSEdition_Core'
        ($tags -match '^PSCmdlet_').ForEach{ $_ -replace '^PSCmdlet_' } | Sort-Object | Should -Be ($manifest.CmdletsToExport | Sort-Object)
    }

    It 'claims Windows PowerShell only once it has been run there' {
        $manifest = Import-PowerShellDataFile $env:PROCESSDEDUP_TEST_MODULE
        $manifest.CompatiblePSEditions | Should -Be 'Core'
        $manifest.PowerShellVersion | Should -Be '7.4'
    }

    # As Install-PSResource does it: unpacked into <module>/<version>, without what only NuGet reads.
    It 'works in a clean module path, found by the name of a command' {
        $path = Join-Path $TestDrive 'Modules'
        $place = Join-Path $path "ProcessDedup/$version"
        $null = New-Item $place -ItemType Directory
        Copy-Item "$($folders.Module)/*" $place -Recurse -Exclude '_rels', 'package', '*.nuspec', '*Content_Types*'
        Set-Content (Join-Path $TestDrive 'source.txt') 'fetched' -NoNewline
        $lines = Invoke-WithModulePath $path @"
Invoke-WithFileLock tour { 'locked' }
(Get-Module ProcessDedup).ModuleBase
Get-Content (Get-CachedFetch '$([uri]::new((Join-Path $TestDrive 'source.txt')).AbsoluteUri)').Path
Invoke-SqliteRetry -Path '$(Join-Path $TestDrive 'tour.db')' 'CREATE TABLE t(a)'
Invoke-SqliteRetry -Path '$(Join-Path $TestDrive 'tour.db')' 'INSERT INTO t VALUES(3)'
(Invoke-SqliteRetry -Path '$(Join-Path $TestDrive 'tour.db')' 'SELECT a FROM t').a
"@
        $lines | Should -Be 'locked', $place, 'fetched', '3'
    }

    It 'is saved by PSResourceGet into a folder, and works there' -Skip:(-not $hasGet) {
        $path = Join-Path $TestDrive 'Saved'
        $null = New-Item $path -ItemType Directory
        $name = "procdedup-$PID"
        Register-PSResourceRepository -Name $name -Uri $output -Trusted
        try {
            Save-PSResource ProcessDedup -Repository $name -Path $path
        }
        finally {
            Unregister-PSResourceRepository -Name $name
        }
        Invoke-WithModulePath $path 'Invoke-WithFileLock tour { 5 }' | Should -Be 5
    }

    # On Windows nothing but the system says where a user's modules are: it would be the folder of the user that tests.
    It 'is found, installed for a user, run and uninstalled by PSResourceGet' -Skip:(-not $hasGet -or $IsWindows) {
        $user = Join-Path $TestDrive 'user'
        $null = New-Item $user -ItemType Directory
        $variables = @{ HOME = $user; XDG_DATA_HOME = $null; XDG_CONFIG_HOME = $null; XDG_CACHE_HOME = $null }
        $saved = @{}
        foreach ($name in $variables.Keys) {
            $saved[$name] = [Environment]::GetEnvironmentVariable($name)
            [Environment]::SetEnvironmentVariable($name, $variables[$name])
        }
        try {
            $lines = Invoke-WithModulePath $null @"
`$WarningPreference = `$ProgressPreference = 'SilentlyContinue'
(Get-Module ProcessDedup -ListAvailable).Count
Register-PSResourceRepository -Name built -Uri '$output' -Trusted
Find-PSResource ProcessDedup -Repository built | ForEach-Object { "`$(`$_.Name) `$(`$_.Version) `$(`$_.Type)" }
Install-PSResource ProcessDedup -Repository built
Invoke-WithFileLock tour { 5 }
(Get-Command Invoke-WithFileLock).Version.ToString()
(Get-Help Invoke-WithFileLock).Synopsis
(Get-InstalledPSResource ProcessDedup).InstalledLocation -eq (Split-Path (Split-Path (Get-Module ProcessDedup).ModuleBase))
Uninstall-PSResource ProcessDedup
(Get-Module ProcessDedup -ListAvailable).Count
"@
        }
        finally {
            foreach ($name in $saved.Keys) {
                [Environment]::SetEnvironmentVariable($name, $saved[$name])
            }
        }
        $lines | Should -Be '0', "ProcessDedup $version Module", '5', $version, (Get-Help Invoke-WithFileLock).Synopsis, 'True', '0'
        Get-ChildItem $user -Recurse -Filter ProcessDedup* | Should -BeNullOrEmpty
    }
}

Describe 'The tool' {
    It 'is installed by dotnet, runs on the newest runtime and finds that locks and SQLite work' {
        $config = Join-Path $TestDrive 'nuget.config'
        Set-Content $config "<configuration><packageSources><clear/><add key='local' value='$output'/></packageSources></configuration>"
        $tools = Join-Path $TestDrive 'tools'
        $saved = $env:NUGET_PACKAGES
        # What an earlier build of the same version has left in the user's cache must not be taken.
        $env:NUGET_PACKAGES = Join-Path $TestDrive 'nuget'
        try {
            $said = dotnet tool install ProcessDedup.Tool --version $version --tool-path $tools --configfile $config 2>&1
        }
        finally {
            $env:NUGET_PACKAGES = $saved
        }
        $LASTEXITCODE | Should -Be 0 -Because ($said -join "`n")
        $program = Join-Path $tools ($IsWindows ? 'procdedup.exe' : 'procdedup')
        & $program --version | Should -Be $version
        $lines = & $program doctor
        $LASTEXITCODE | Should -Be 0
        $lines -match 'SQLite can be loaded' | Should -HaveCount 1
        $settings = Get-ChildItem $folders.Tool -Recurse -Filter procdedup.runtimeconfig.json | Get-Content -Raw | ConvertFrom-Json
        $settings.runtimeOptions.rollForward | Should -Be 'Major'
    }
}
