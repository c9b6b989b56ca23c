# The files that are published. Dot-sourced by build.ps1.

$script:repository = Split-Path $PSScriptRoot

function Get-ModuleVersion {
    (Import-PowerShellDataFile (Join-Path $moduleFolder 'ProcessDedup.psd1')).ModuleVersion
}

function Write-ModuleSpecification {
    <# The .nuspec that Publish-PSResource would write: Install-PSResource and Find-PSResource go by its tags. #>
    param([string] $Path)
    $manifest = Import-PowerShellDataFile (Join-Path $moduleFolder 'ProcessDedup.psd1')
    $tags = @($manifest.PrivateData.PSData.Tags) + 'PSModule' + ($manifest.CompatiblePSEditions -replace '^', 'PSEdition_') +
        'PSIncludes_Cmdlet' + ($manifest.CmdletsToExport -replace '^', 'PSCmdlet_') + ($manifest.CmdletsToExport -replace '^', 'PSCommand_')
    $settings = [Xml.XmlWriterSettings]@{ Indent = $true }
    $xml = [Xml.XmlWriter]::Create($Path, $settings)
    try {
        $xml.WriteStartElement('package', 'http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd')
        $xml.WriteStartElement('metadata')
        $xml.WriteElementString('id', 'ProcessDedup')
        $xml.WriteElementString('version', $manifest.ModuleVersion)
        $xml.WriteElementString('authors', $manifest.Author)
        $xml.WriteElementString('requireLicenseAcceptance', 'false')
        $xml.WriteStartElement('license')
        $xml.WriteAttributeString('type', 'expression')
        $xml.WriteString('MIT')
        $xml.WriteEndElement()
        $xml.WriteElementString('description', $manifest.Description)
        $xml.WriteElementString('copyright', $manifest.Copyright)
        $xml.WriteElementString('tags', $tags -join ' ')
        $xml.WriteEndElement()
        $xml.WriteStartElement('files')
        $xml.WriteStartElement('file')
        $xml.WriteAttributeString('src', '**')
        $xml.WriteAttributeString('target', '')
        $xml.WriteEndElement()
        $xml.WriteEndElement()
        $xml.WriteEndElement()
    }
    finally {
        $xml.Dispose()
    }
}

function Compress-Module {
    <# The built module as a zip and as the package that Install-PSResource takes. #>
    $version = Get-ModuleVersion
    foreach ($old in "ProcessDedup.$version.zip", "ProcessDedup.$version.nupkg") {
        Remove-Item (Join-Path $output $old) -ErrorAction Ignore
    }
    Compress-Archive -Path $moduleFolder -DestinationPath (Join-Path $output "ProcessDedup.$version.zip")
    $specification = Join-Path $output 'ProcessDedup.nuspec'
    Write-ModuleSpecification $specification
    try {
        Invoke-Native dotnet @(
            'pack', (Join-Path $repository 'build/ModulePackage.csproj'), '--output', $output, '--nologo', '--verbosity', 'quiet',
            "-p:NuspecFile=$specification", "-p:NuspecBasePath=$moduleFolder")
    }
    finally {
        Remove-Item $specification
    }
}

function Compress-Tool {
    <# procdedup for `dotnet tool install`. #>
    Invoke-Native dotnet @(
        'pack', (Join-Path $repository 'src/Cli'), '--configuration', $Configuration, '--output', $output, '--nologo', '--verbosity', 'quiet',
        "-p:NoticesFile=$(Join-Path $moduleFolder 'THIRD-PARTY-NOTICES.txt')")
}

function Get-NativeTarget {
    <# This machine's, as .NET calls it. #>
    $system = $IsWindows ? 'win' : $IsMacOS ? 'osx' : 'linux'
    if ($system -eq 'linux' -and (Test-Path '/lib/ld-musl-*')) {
        $system = 'linux-musl'
    }
    "$system-$([Runtime.InteropServices.RuntimeInformation]::OSArchitecture.ToString().ToLowerInvariant())"
}

function Build-NativeProgram {
    <# procdedup compiled ahead of time for this machine: needs its C compiler's linker (Debian: clang, zlib1g-dev). #>
    $target = Get-NativeTarget
    $folder = Join-Path $output "native/$target"
    # The compiler says what it warns of only when it runs.
    foreach ($old in $folder, (Join-Path $repository "src/Cli/obj/Release/net10.0/$target/native")) {
        if (Test-Path $old) {
            Remove-Item $old -Recurse
        }
    }
    $lines = & dotnet publish (Join-Path $repository 'src/Cli') --configuration Release --runtime $target --output $folder --nologo --verbosity quiet -p:AheadOfTime=true 2>&1
    $lines | Out-Host
    if ($LASTEXITCODE -ne 0) {
        throw "dotnet publish ended with exit code $LASTEXITCODE."
    }
    # The compiler for .NET 8 has no option that makes them errors.
    if ($lines -match 'warning IL\d+') {
        throw 'The native compiler warned: correct that, or suppress it where it arises, with the reason.'
    }
    # A .dSYM is a directory.
    Get-ChildItem $folder | Where-Object { $_.Extension -in '.pdb', '.dbg', '.xml', '.dSYM' } | Remove-Item -Recurse
    Copy-Item (Join-Path $repository 'LICENSE') $folder
    Write-ThirdPartyNotice (Join-Path $repository 'src/Cli/bin/Release/net10.0/procdedup.deps.json') (Join-Path $folder 'THIRD-PARTY-NOTICES.txt')
    Write-Information "Native program: $folder" -InformationAction Continue
}
