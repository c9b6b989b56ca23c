# What NuGet has unpacked on this machine. Dot-sourced by build.ps1 and the tests.

function Get-PackageFolder {
    <# The folder with all packages: the settings of NuGet may have moved it. #>
    if ($env:NUGET_PACKAGES) {
        return $env:NUGET_PACKAGES
    }
    $line = dotnet nuget locals global-packages --list
    if ($LASTEXITCODE -ne 0) {
        throw "dotnet does not tell where its packages are: $line"
    }
    "$line" -replace '^.*?global-packages: *'
}

function Get-PesterManifest {
    <# The Pester that tests/Run names as a package; the package is also the module. #>
    $project = Join-Path $PSScriptRoot '../tests/Run/ProcessDedup.Tests.Run.csproj'
    $reference = ([xml](Get-Content $project -Raw)).SelectSingleNode('//PackageDownload[@Include="Pester"]')
    $manifest = Join-Path (Get-PackageFolder) "pester/$($reference.Version.Trim('[', ']'))/tools/Pester.psd1"
    if (-not (Test-Path $manifest)) {
        $null = dotnet restore $project --verbosity quiet
    }
    if (-not (Test-Path $manifest)) {
        throw "Pester is not there after 'dotnet restore $project': $manifest"
    }
    $manifest
}
