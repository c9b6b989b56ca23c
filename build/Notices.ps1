# What of others is in the packages, under which licence. Dot-sourced by build.ps1.

# What the packages' own descriptions leave out.
$script:missingLicences = @{
    'https://github.com/dotnet/corefx/blob/master/LICENSE.TXT' = 'MIT'
    'SourceGear.sqlite3'                                       = 'Public-Domain'
}
$script:missingCopyrights = @{
    'AWSSDK.' = 'AWS SDK for .NET. Copyright Amazon.com, Inc. or its affiliates. All Rights Reserved.'
    'Npgsql'  = 'Copyright (c) 2002-2024, Npgsql'
}

function Get-ThirdPartyPackage {
    <# The packages that a *.deps.json names with files: Name, Version, Licence, Copyright, Project, Files. #>
    param([Parameter(Mandatory)] [string[]] $DepsFile)
    $folder = Get-PackageFolder
    $found = @{}
    foreach ($file in $DepsFile) {
        $deps = Get-Content $file -Raw | ConvertFrom-Json -AsHashtable
        foreach ($target in $deps.targets.Values) {
            foreach ($id in $target.Keys | Where-Object { $deps.libraries[$_].type -eq 'package' }) {
                $files = foreach ($kind in 'runtime', 'native', 'runtimeTargets') {
                    if ($target[$id].ContainsKey($kind)) { $target[$id][$kind].Keys | Split-Path -Leaf }
                }
                if ($files) {
                    $found[$id] = @($found[$id]; $files) | Where-Object { $_ } | Sort-Object -Unique
                }
            }
        }
    }
    foreach ($id in $found.Keys | Sort-Object) {
        $name, $version = $id -split '/'
        $nuspec = [xml](Get-Content (Join-Path $folder "$id/$name.nuspec".ToLowerInvariant()) -Raw)
        $data = $nuspec.package.metadata
        $url = "$($data.SelectSingleNode('*[local-name()="licenseUrl"]')?.InnerText)"
        $expression = $data.SelectSingleNode('*[local-name()="license" and @type="expression"]')?.InnerText
        $licence = $expression ? $expression : $missingLicences[$url] ?? $missingLicences[$name]
        if (-not $licence) {
            throw "The licence of $id is not known ('$url'): add it to build/Notices.ps1."
        }
        $copyright = $missingCopyrights.Keys.Where{ $name.StartsWith($_, 'Ordinal') }.ForEach{ $missingCopyrights[$_] }
        [pscustomobject]@{
            Name      = $name
            Version   = $version
            Licence   = $licence
            Copyright = $copyright ? $copyright[0] : "$($data.SelectSingleNode('*[local-name()="copyright"]')?.InnerText)".Trim()
            Project   = "$($data.SelectSingleNode('*[local-name()="projectUrl"]')?.InnerText)"
            Files     = $found[$id]
        }
    }
}

function Write-ThirdPartyNotice {
    <# One text for the module, the tool and the native program. #>
    param([Parameter(Mandatory)] [string[]] $DepsFile, [Parameter(Mandatory)] [string] $Path)
    $packages = @(Get-ThirdPartyPackage $DepsFile)
    $text = [Text.StringBuilder]::new()
    $null = $text.AppendLine('THIRD-PARTY NOTICES').AppendLine()
    $null = $text.AppendLine('ProcessDedup comes with these files of others, unchanged. Not every package of ProcessDedup has all of them; in the')
    $null = $text.AppendLine('native procdedup they, and the .NET runtime (MIT, (c) Microsoft Corporation and the .NET Foundation), are compiled in.').AppendLine()
    foreach ($package in $packages) {
        $null = $text.AppendLine("$($package.Name) $($package.Version) - licence: $($package.Licence)")
        foreach ($line in @($package.Copyright; $package.Project; "Files: $($package.Files -join ', ')") | Where-Object { $_ }) {
            $null = $text.AppendLine("    $line")
        }
        $null = $text.AppendLine()
    }
    foreach ($licence in $packages.Licence | Sort-Object -Unique) {
        $source = Join-Path $PSScriptRoot "licenses/$licence.txt"
        if (-not (Test-Path $source)) {
            throw "The text of the licence $licence is missing: $source"
        }
        $null = $text.AppendLine('=' * 80).AppendLine("The licence $licence").AppendLine().AppendLine((Get-Content $source -Raw))
    }
    [IO.File]::WriteAllText($Path, $text.ToString().Replace("`r`n", "`n"))
}
