# The help says what the built module does, of everything and of nothing else.
BeforeDiscovery {
    $manifest = Import-PowerShellDataFile $env:PROCESSDEDUP_TEST_MODULE
    $cmdlets = $manifest.CmdletsToExport
    $hasTool = [bool](Get-Module Microsoft.PowerShell.PlatyPS -ListAvailable | Where-Object Version -GE '1.0')
    $topics = 'about_ProcessDedup', 'about_ProcessDedup_Locks', 'about_ProcessDedup_Fetch', 'about_ProcessDedup_Sqlite', 'about_ProcessDedup_Fleet', 'about_ProcessDedup_CI', 'about_ProcessDedup_Troubleshooting'
}

BeforeAll {
    . (Join-Path $PSScriptRoot 'Setup.ps1')
    $root = (Resolve-Path (Join-Path $PSScriptRoot '../..')).Path
    $defaults = Import-PowerShellDataFile (Join-Path $root 'docs/help/defaults.psd1')
    $common = [Management.Automation.Cmdlet]::CommonParameters
}

AfterAll {
    Remove-Item $env:PROCESSDEDUP_HOME -Recurse -Force -ErrorAction Ignore
}

Describe 'The sources of the help' -Skip:(-not $hasTool) {
    # In a process of its own, as build.ps1 does it: PlatyPS and its libraries stay out of the tests.
    It 'are those of the built module, and its help is made from them; else run build.ps1 -Task Help' {
        $folder = Split-Path $env:PROCESSDEDUP_TEST_MODULE
        $drift = & (Get-PowerShellProgram) -NoProfile -NonInteractive -Command "Import-Module '$(Join-Path $root 'docs/help/Help.psm1')'; Find-HelpDrift -ModuleFolder '$folder'" 2>&1
        $LASTEXITCODE | Should -Be 0 -Because "$drift"
        $drift | Should -BeNullOrEmpty
    }
}

Describe 'The help of <_>' -ForEach $cmdlets {
    BeforeAll {
        $command = Get-Command $_
        $help = Get-Help $_ -Full
    }

    It 'has texts, three examples and links' {
        $help.Synopsis.Trim() | Should -Match '\.$'
        $help.Synopsis | Should -Not -Match '^\s*\[|\n' -Because 'without help there is the syntax'
        "$($help.description.Text)".Length | Should -BeGreaterThan 60
        @($help.examples.example).Count | Should -BeGreaterOrEqual 3
        foreach ($example in $help.examples.example) {
            $example.code | Should -Not -BeNullOrEmpty
            $example.code | Should -Not -Match '```'
        }
        @($help.relatedLinks.navigationLink).Count | Should -BeGreaterOrEqual 2
        foreach ($link in $help.relatedLinks.navigationLink.linkText) {
            if ($link -like 'about_*') {
                Join-Path (Split-Path $env:PROCESSDEDUP_TEST_MODULE) "en-US/$link.help.txt" | Should -Exist
            }
            else {
                Get-Command $link -Module ProcessDedup | Should -Not -BeNullOrEmpty
            }
        }
        # '{{ … }}' is what PlatyPS leaves to be written.
        $help | Out-String -Width 200 | Should -Not -Match '\{\{'
    }

    It 'has every parameter with its type, names, place, default and whether it is needed, and no other' {
        $names = $command.Parameters.Keys.Where{ $_ -notin $common }
        $help.parameters.parameter.name | Sort-Object | Should -Be ($names | Sort-Object)
        $cmdlet = [Activator]::CreateInstance($command.ImplementingType)
        foreach ($parameter in $help.parameters.parameter) {
            $name = $parameter.name
            $metadata = $command.Parameters[$name]
            $text = "$($parameter.description.Text)"
            $text | Should -Match '\S.*[.)]$' -Because "-$name means something"
            $type = [Nullable]::GetUnderlyingType($metadata.ParameterType) ?? $metadata.ParameterType
            $parameter.type.name | Should -Be $type.FullName -Because "of -$name"
            $isMandatory = @($metadata.ParameterSets.Values).Where{ $_.IsMandatory }.Count -gt 0
            $parameter.required | Should -Be "$isMandatory" -Because "of -$name"
            $attributes = @($metadata.Attributes).Where{ $_ -is [Management.Automation.ParameterAttribute] }
            $places = @(@($attributes.Position).Where{ $_ -ge 0 })
            $parameter.position | Should -Be ($places.Count ? "$($places[0])" : 'Named') -Because "of -$name"
            $aliases = $metadata.Aliases ? $metadata.Aliases -join ', ' : 'none'
            $parameter.aliases | Should -Be $aliases -Because "of -$name"
            $ways = @(
                if ($attributes.ValueFromPipeline -contains $true) { 'ByValue' }
                if ($attributes.ValueFromPipelineByPropertyName -contains $true) { 'ByPropertyName' }
            )
            $parameter.pipelineInput | Should -Be ($ways ? "True ($($ways -join ', '))" : 'False') -Because "of -$name"
            $known = $defaults[$command.Name] ? $defaults[$command.Name][$name] : $null
            $value = if ($cmdlet.PSObject.Properties[$name]) { $cmdlet.$name }
            $default = $known ?? ("$value" ? "$value" : ($type -eq [switch] ? 'False' : 'None'))
            $parameter.defaultValue | Should -Be $default -Because "of -$name"
            if ($type.IsEnum) {
                foreach ($choice in [enum]::GetNames($type)) {
                    $text | Should -Match $choice -Because "-$name can be that"
                }
            }
        }
    }

    It 'says the unit of each parameter that is a number' {
        foreach ($name in $command.Parameters.Keys) {
            $unit = switch -Regex ($name) {
                'Sec$' { 'second' }
                'Ms$' { 'millisecond' }
                'Hours$' { 'hour' }
                'Bytes$' { 'byte' }
            }
            if ($unit) {
                (Get-Help $command.Name -Parameter $name).description.Text | Should -Match $unit -Because "-$name"
            }
        }
    }

    It 'answers to -Examples, -Parameter and -Full' {
        Get-Help $_ -Examples | Out-String | Should -Match 'Example 3'
        Get-Help $_ -Parameter * | Should -Not -BeNullOrEmpty
        Get-Help $_ -Full | Out-String | Should -Match 'OUTPUTS'
    }
}

Describe 'The topic <_>' -ForEach $topics {
    BeforeAll {
        $file = Join-Path (Split-Path $env:PROCESSDEDUP_TEST_MODULE) "en-US/$_.help.txt"
        $text = Get-Content $file -Raw
    }

    It 'is found by Get-Help, has the usual parts and no long lines' {
        Get-Help $_ | Out-String | Should -Match "(?m)^SHORT DESCRIPTION"
        foreach ($part in 'TOPIC', 'SHORT DESCRIPTION', 'LONG DESCRIPTION', 'SEE ALSO') {
            $text | Should -MatchExactly "(?m)^$part\r?$"
        }
        @($text -split '\r?\n').Where{ $_.Length -gt 80 } | Should -BeNullOrEmpty
        $text | Should -Not -Match '\t|\{\{'
    }

    It 'names only what there is' {
        foreach ($match in [regex]::Matches($text, '\b(Add|Clear|Enter|Exit|Get|Invoke|Publish|Register|Remove|Restore|Save|Set|Stop|Test|Unregister|Wait)-\w+')) {
            Get-Command $match.Value -ErrorAction Ignore | Should -Not -BeNullOrEmpty -Because $match.Value
        }
        foreach ($match in [regex]::Matches($text, 'about_ProcessDedup\w*')) {
            Join-Path (Split-Path $file) "$($match.Value).help.txt" | Should -Exist
        }
    }
}
