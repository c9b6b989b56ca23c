<#
.SYNOPSIS
    Builds, tests, documents and packages ProcessDedup.
.DESCRIPTION
    Everything that needs no PowerShell is done by dotnet alone (dotnet build, dotnet test); this script adds the
    module. Build writes output/ProcessDedup exactly as it would be published, and Test imports that.
.PARAMETER Task
    Build    builds the solution and the module in output/ProcessDedup.
    Test     Build, then PSScriptAnalyzer (where installed) and the Pester suites in a new PowerShell.
    Help     Build, then brings docs/help up to the cmdlets: new ones, parameters, types, defaults. Texts stay as they are.
             Then makes module/en-US/ProcessDedup.dll-Help.xml from docs/help. Commit both: a build takes the help as it is.
             Needs PlatyPS (Install-PSResource Microsoft.PowerShell.PlatyPS); nothing else does.
    Docs     fails if a cmdlet or a command of procdedup is missing in the README.
    Package  Build, then the module as output/ProcessDedup.<version>.zip and .nupkg (Install-PSResource), and procdedup as a .NET tool package, ProcessDedup.Tool.<version>.nupkg.
    Native   procdedup compiled ahead of time for this machine, in output/native/<system>-<processor>.
.PARAMETER Configuration
    Release or Debug.
.PARAMETER NoBuild
    Test or package what output/ProcessDedup has already.
.EXAMPLE
    ./build.ps1 -Task Build
.EXAMPLE
    ./build.ps1 -Task Test
#>
[CmdletBinding()]
param(
    [ValidateSet('Build', 'Test', 'Help', 'Docs', 'Package', 'Native')]
    [string[]] $Task = 'Build',

    [ValidateSet('Release', 'Debug')]
    [string] $Configuration = 'Release',

    [switch] $NoBuild
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

$output = Join-Path $PSScriptRoot 'output'
$moduleFolder = Join-Path $output 'ProcessDedup'
. (Join-Path $PSScriptRoot 'build/NuGet.ps1')
. (Join-Path $PSScriptRoot 'build/Notices.ps1')
. (Join-Path $PSScriptRoot 'build/Package.ps1')
. (Join-Path $PSScriptRoot 'build/PowerShell.ps1')

function Invoke-Native {
    param([string] $Program, [string[]] $Arguments)
    & $Program @Arguments
    if ($LASTEXITCODE -ne 0) {
        throw "$Program $($Arguments -join ' ') ended with exit code $LASTEXITCODE."
    }
}

function Get-BuildFolder {
    param([string] $Project, [string] $Framework)
    Join-Path $PSScriptRoot "src/$Project/bin/$Configuration/$Framework"
}

function Build-Module {
    Invoke-Native dotnet @('build', $PSScriptRoot, '--configuration', $Configuration, '--nologo', '--verbosity', 'quiet')
    if (Test-Path $moduleFolder) {
        Remove-Item $moduleFolder -Recurse
    }
    $null = New-Item $moduleFolder -ItemType Directory
    Copy-Item (Join-Path $PSScriptRoot 'module/*') $moduleFolder -Recurse
    Copy-Item (Join-Path $PSScriptRoot 'LICENSE'), (Join-Path $PSScriptRoot 'CHANGELOG.md') $moduleFolder
    Copy-Item (Join-Path (Get-BuildFolder Loader net8.0) 'ProcessDedup.Loader.dll') $moduleFolder
    # What Core and PostgreSQL need besides the framework is not beside their own build output: publish collects it.
    $lib = Join-Path $moduleFolder 'lib'
    Invoke-Native dotnet @(
        'publish', (Join-Path $PSScriptRoot 'src/Postgres'), '--configuration', $Configuration, '--output', $lib, '--nologo', '--verbosity', 'quiet')
    Copy-Item (Join-Path (Get-BuildFolder Cmdlets net8.0) 'ProcessDedup.dll') $lib
    # SQLite for the systems that PowerShell 7.4 runs on; the package has it for twenty more.
    Get-ChildItem (Join-Path $lib 'runtimes') | Where-Object Name -NotIn @(
        'win-x64', 'win-arm64', 'linux-x64', 'linux-arm64', 'linux-musl-x64', 'linux-musl-arm64', 'osx-x64', 'osx-arm64') | Remove-Item -Recurse
    $deps = (Join-Path $lib 'ProcessDedup.Postgres.deps.json'), (Join-Path (Get-BuildFolder Cli net10.0) 'procdedup.deps.json')
    Write-ThirdPartyNotice $deps (Join-Path $moduleFolder 'THIRD-PARTY-NOTICES.txt')
    Get-ChildItem $lib -Recurse -Include *.pdb, *.xml, *.deps.json | Remove-Item
    Write-Host "Module: $moduleFolder"
}

function Test-HelpTool {
    [bool](Get-Module Microsoft.PowerShell.PlatyPS -ListAvailable | Where-Object Version -GE '1.0')
}

function Invoke-HelpTool {
    <# A function of docs/help/Help.psm1, in a process of its own: the module's assemblies could not be replaced while this one has them. #>
    param([string] $Function)
    $pwsh = Get-PowerShellProgram
    $command = "Import-Module '$(Join-Path $PSScriptRoot 'docs/help/Help.psm1')'; $Function -ModuleFolder '$moduleFolder'"
    Invoke-Native $pwsh @('-NoProfile', '-NonInteractive', '-Command', $command)
}

function Test-Module {
    if (Get-Module PSScriptAnalyzer -ListAvailable) {
        $settings = 'PSScriptAnalyzerSettings.psd1'
        $suites = Join-Path $PSScriptRoot 'tests/Pester'
        $findings = @(
            Invoke-ScriptAnalyzer -Path $suites -Recurse -Settings (Join-Path $suites $settings)
            foreach ($path in 'build.ps1', 'build', 'module', 'docs', 'bench', 'examples') {
                Invoke-ScriptAnalyzer -Path (Join-Path $PSScriptRoot $path) -Recurse -Settings (Join-Path $PSScriptRoot $settings)
            }
        )
        if ($findings) {
            $findings | Format-Table RuleName, ScriptName, Line, Message -AutoSize | Out-String | Write-Host
            throw "PSScriptAnalyzer has $($findings.Count) finding(s)."
        }
    }
    else {
        Write-Host 'PSScriptAnalyzer is not installed: the scripts were not analysed.'
    }
    # A process of its own: assemblies cannot be unloaded, and the tests import the built module.
    $pwsh = Get-PowerShellProgram
    Invoke-Native $pwsh @('-NoProfile', '-NonInteractive', '-File', (Join-Path $PSScriptRoot 'tests/Pester/Invoke-Suite.ps1'))
}

function Test-Documentation {
    $readme = Get-Content (Join-Path $PSScriptRoot 'README.md') -Raw
    $manifest = Import-PowerShellDataFile (Join-Path $PSScriptRoot 'module/ProcessDedup.psd1')
    $names = @($manifest.CmdletsToExport) + (
        'lock', 'locks', 'stop-holder', 'clear-stale', 'doctor', 'completion', 'fetch', 'cache list', 'cache verify', 'cache prune', 'cache stats', 'report', 'once', 'build', 'artifact save', 'artifact restore', 'artifact publish', 'artifact list', 'sqlite', 'sqlite-locks' | ForEach-Object { "procdedup $_" })
    $missing = $names | Where-Object { -not $readme.Contains($_) }
    if ($missing) {
        throw "README.md does not mention: $($missing -join ', ')."
    }
    Write-Host 'README.md mentions every command.'
}

foreach ($name in $Task) {
    switch ($name) {
        'Build' { Build-Module }
        'Test' {
            if (-not $NoBuild) {
                Build-Module
            }
            Test-Module
        }
        'Help' {
            if (-not (Test-HelpTool)) {
                throw 'Microsoft.PowerShell.PlatyPS is not installed (Install-PSResource Microsoft.PowerShell.PlatyPS).'
            }
            Build-Module
            Invoke-HelpTool Update-HelpMarkdown
            Invoke-HelpTool Export-HelpXml
            Copy-Item (Join-Path $moduleFolder 'en-US/ProcessDedup.dll-Help.xml') (Join-Path $PSScriptRoot 'module/en-US')
        }
        'Docs' { Test-Documentation }
        'Package' {
            if (-not $NoBuild) {
                Build-Module
            }
            Compress-Module
            Compress-Tool
            Get-ChildItem $output -File | ForEach-Object { Write-Host "Package: $($_.FullName)" }
        }
        'Native' { Build-NativeProgram }
    }
}
