# The help of the cmdlets: its markdown (this folder) and what Get-Help reads of it (en-US/ProcessDedup.dll-Help.xml).
# build.ps1 runs these functions in a process of their own, as they load the module and PlatyPS.

# No strict mode: New-CommandHelp runs in the caller's scope, and reads properties that are not there.
$ErrorActionPreference = 'Stop'

$placeholder = '{{ Fill in }}'
$fence = '(?ms)^```(?<language>\w+)\r?\n(?<code>.*?)\r?\n```\s*$'

function Import-HelpTool {
    param([string] $ModuleFolder)
    Import-Module Microsoft.PowerShell.PlatyPS -MinimumVersion 1.0
    Import-Module (Join-Path $ModuleFolder 'ProcessDedup.psd1')
}

function Get-HelpCommand {
    Get-Command -Module ProcessDedup -CommandType Cmdlet | Sort-Object Name
}

function Get-HelpFile {
    param([string] $Folder)
    Get-ChildItem $Folder -Filter *-*.md
}

function Get-ParameterDefault {
    <# What a parameter is when it is not given: as the cmdlet's own object has it, unless defaults.psd1 knows better. #>
    param([Management.Automation.CmdletInfo] $Command, [string] $Name, [Collections.IDictionary] $Known)
    if ($Known[$Command.Name] -and $Known[$Command.Name][$Name]) {
        return $Known[$Command.Name][$Name]
    }
    $type = $Command.Parameters[$Name].ParameterType
    if ($type -eq [switch]) {
        return 'False'
    }
    $cmdlet = [Activator]::CreateInstance($Command.ImplementingType)
    $value = if ($cmdlet.PSObject.Properties[$Name]) { $cmdlet.$Name }
    if ("$value") { "$value" } else { 'None' }
}

function New-HelpOfCommand {
    <# What the built module says of a cmdlet, with the texts of its markdown where there are any. #>
    [Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '')]
    param([Management.Automation.CmdletInfo] $Command, [string] $Folder)
    $known = Import-PowerShellDataFile (Join-Path $Folder 'defaults.psd1')
    $help = New-CommandHelp $Command
    # A date would make each build a change.
    $null = $help.Metadata.Remove('ms.date')
    $help.Aliases = ''
    $file = Join-Path $Folder "$($Command.Name).md"
    $old = if (Test-Path $file) { Import-MarkdownCommandHelp $file }
    foreach ($text in 'Synopsis', 'Description') {
        $help.$text = if ($old) { $old.$text } else { $placeholder }
    }
    $help.Notes = if ($old) { $old.Notes } else { '' }
    $help.Examples.Clear()
    $help.RelatedLinks.Clear()
    if ($old) {
        $help.Examples.AddRange($old.Examples)
        $help.RelatedLinks.AddRange($old.RelatedLinks)
    }
    else {
        foreach ($number in 1..3) {
            $help.Examples.Add([Microsoft.PowerShell.PlatyPS.Model.Example]::new("Example ${number}: $placeholder", "``````powershell`n$($Command.Name)`n``````"))
        }
        $help.RelatedLinks.Add([Microsoft.PowerShell.PlatyPS.Model.Links]::new('', 'about_ProcessDedup'))
    }
    foreach ($parameter in $help.Parameters) {
        $before = if ($old) { $old.Parameters | Where-Object Name -EQ $parameter.Name }
        $parameter.Description = if ($before) { $before.Description } else { $placeholder }
        $parameter.DefaultValue = Get-ParameterDefault -Command $Command -Name $parameter.Name -Known $known
        $type = $Command.Parameters[$parameter.Name].ParameterType
        $parameter.AcceptedValues.Clear()
        if ($type.IsEnum) {
            [enum]::GetNames($type).ForEach{ $parameter.AcceptedValues.Add($_) }
        }
    }
    foreach ($list in 'Inputs', 'Outputs') {
        foreach ($type in $help.$list) {
            $before = if ($old) { $old.$list | Where-Object Typename -EQ $type.Typename }
            $type.Description = if ($before) { @($before)[0].Description } else { $placeholder }
        }
    }
    $help
}

function ConvertTo-HelpMarkdown {
    <# The text of the markdown, the same on every system. #>
    param($Help)
    $folder = Join-Path ([IO.Path]::GetTempPath()) "procdedup-help-$([guid]::NewGuid().ToString('N'))"
    try {
        $file = $Help | Export-MarkdownCommandHelp -OutputFolder $folder -Force
        $text = (Get-Content $file.FullName -Raw) -replace '\r\n', "`n"
        # No cmdlet has an alias; PlatyPS has a placeholder for them, and one for links that are none.
        $text = $text -replace '(?s)## ALIASES\n.*?(?=## DESCRIPTION)', ''
        $text -replace '(?m)^- \[([\w-]+)\]\(\)$', '- [$1]($1.md)' -replace '\(about_(\w+)\.md\)', '(../../module/en-US/about_$1.help.txt)'
    }
    finally {
        Remove-Item $folder -Recurse -ErrorAction Ignore
    }
}

function Update-HelpMarkdown {
    <#
    .SYNOPSIS
        Brings the markdown up to the built module: new cmdlets and parameters, types, defaults. Texts stay as they are.
    #>
    [Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '')]
    param([string] $ModuleFolder, [string] $Folder = $PSScriptRoot)
    Import-HelpTool $ModuleFolder
    foreach ($command in Get-HelpCommand) {
        $file = Join-Path $Folder "$($command.Name).md"
        $text = ConvertTo-HelpMarkdown (New-HelpOfCommand $command $Folder)
        if (-not (Test-Path $file) -or (Get-Content $file -Raw) -cne $text) {
            [IO.File]::WriteAllText($file, $text)
            Write-Information "Updated: $file" -InformationAction Continue
        }
        if ($text.Contains('{{')) {
            Write-Warning "To write: $file has $([regex]::Matches($text, '\{\{').Count) place(s) marked '{{ Fill in }}'."
        }
    }
    Get-HelpFile $Folder | Where-Object BaseName -NotIn (Get-HelpCommand).Name | ForEach-Object {
        Write-Warning "There is no cmdlet $($_.BaseName) any more: remove $($_.FullName)."
    }
}

function Find-HelpDrift {
    <#
    .SYNOPSIS
        One line for each difference between the markdown and the built module, its help included; nothing if they agree.
    #>
    param([string] $ModuleFolder, [string] $Folder = $PSScriptRoot)
    Import-HelpTool $ModuleFolder
    foreach ($command in Get-HelpCommand) {
        $file = Join-Path $Folder "$($command.Name).md"
        if (-not (Test-Path $file)) {
            "$($command.Name) has no help."
            continue
        }
        $text = (Get-Content $file -Raw) -replace '\r\n', "`n"
        $now = ConvertTo-HelpMarkdown (New-HelpOfCommand $command $Folder)
        if ($text.Contains('{{')) {
            "$($command.Name): something is not written yet ('{{ ... }}')."
        }
        if ($text -cne $now) {
            $first = Compare-Object ($text -split "`n") ($now -split "`n") | Select-Object -First 1
            "$($command.Name): the help is not that of the built module, first at '$($first.InputObject.Trim())'."
        }
    }
    Get-HelpFile $Folder | Where-Object BaseName -NotIn (Get-HelpCommand).Name | ForEach-Object { "$($_.BaseName) is no cmdlet." }
    $made = Join-Path ([IO.Path]::GetTempPath()) "procdedup-help-$([guid]::NewGuid().ToString('N'))"
    try {
        Export-HelpXml -ModuleFolder $made -Folder $Folder
        # A checkout on Windows may have other line ends.
        $now, $there = foreach ($root in $made, $ModuleFolder) {
            (Get-Content (Join-Path $root 'en-US/ProcessDedup.dll-Help.xml') -Raw) -replace '\r\n', "`n"
        }
        if ($now -cne $there) {
            $first = Compare-Object ($there -split "`n") ($now -split "`n") | Select-Object -First 1
            "en-US/ProcessDedup.dll-Help.xml is not what the markdown makes, first at '$($first.InputObject.Trim())'."
        }
    }
    finally {
        Remove-Item $made -Recurse -ErrorAction Ignore
    }
}

function Export-HelpXml {
    <#
    .SYNOPSIS
        Makes en-US/ProcessDedup.dll-Help.xml in a folder from the markdown.
    #>
    param([string] $ModuleFolder, [string] $Folder = $PSScriptRoot)
    Import-Module Microsoft.PowerShell.PlatyPS -MinimumVersion 1.0
    $work = Join-Path ([IO.Path]::GetTempPath()) "procdedup-help-$([guid]::NewGuid().ToString('N'))"
    try {
        $help = Get-HelpFile $Folder | Import-MarkdownCommandHelp
        $made = $help | Export-MamlCommandHelp -OutputFolder $work -Force
        $xml = [xml]::new()
        $xml.PreserveWhitespace = $true
        $xml.Load($made.FullName)
        $names = [Xml.XmlNamespaceManager]::new($xml.NameTable)
        foreach ($prefix in 'maml', 'command', 'dev') {
            $names.AddNamespace($prefix, $xml.DocumentElement.GetNamespaceOfPrefix($prefix))
        }
        foreach ($command in $xml.SelectNodes('//command:command', $names)) {
            $name = $command.SelectSingleNode('command:details/command:name', $names).InnerText
            Add-ParameterDefault -Command $command -Help ($help | Where-Object Title -EQ $name) -Names $names
        }
        foreach ($example in $xml.SelectNodes('//command:example', $names)) {
            Split-ExampleCode $example $names
        }
        foreach ($type in $xml.SelectNodes('//command:parameterValue | //dev:type/maml:name', $names)) {
            $type.InnerText = $type.InnerText -replace '^System\.Nullable`1\[(.+)\]$', '$1'
        }
        # The first link is taken for the help on the web, which there is none of.
        foreach ($link in $xml.SelectNodes("//maml:navigationLink[maml:linkText='Online Version' and not(string(maml:uri))]", $names)) {
            $null = $link.ParentNode.RemoveChild($link)
        }
        foreach ($uri in $xml.SelectNodes('//maml:navigationLink/maml:uri', $names)) {
            $uri.InnerText = ''
        }
        $null = New-Item (Join-Path $ModuleFolder 'en-US') -ItemType Directory -Force
        $xml.Save((Join-Path $ModuleFolder 'en-US/ProcessDedup.dll-Help.xml'))
    }
    finally {
        Remove-Item $work -Recurse -ErrorAction Ignore
    }
}

function Add-ParameterDefault {
    <# PlatyPS leaves the defaults out. #>
    param([Xml.XmlElement] $Command, $Help, [Xml.XmlNamespaceManager] $Names)
    foreach ($parameter in $Command.SelectNodes('command:parameters/command:parameter', $Names)) {
        $name = $parameter.SelectSingleNode('maml:name', $Names).InnerText
        $default = $Command.OwnerDocument.CreateElement('dev', 'defaultValue', $Names.LookupNamespace('dev'))
        $default.InnerText = ($Help.Parameters | Where-Object Name -EQ $name).DefaultValue
        $null = $parameter.AppendChild($default)
    }
}

function Split-ExampleCode {
    <# Get-Help shows the code of an example apart from what is said about it; PlatyPS leaves both in one text with fences. #>
    param([Xml.XmlElement] $Example, [Xml.XmlNamespaceManager] $Names)
    # PlatyPS separates paragraphs by one with the control character 0x80, which terminals may not like.
    $text = ($Example.SelectNodes('.//maml:para', $Names) | ForEach-Object { $_.InnerText.Trim([char]0x80) }) -join "`n`n"
    $blocks = [regex]::Matches($text, $fence)
    $code = ($blocks | Where-Object { $_.Groups['language'].Value -eq 'powershell' } | ForEach-Object { $_.Groups['code'].Value }) -join "`n`n"
    $shown = ($blocks | Where-Object { $_.Groups['language'].Value -eq 'Output' } | ForEach-Object { $_.Groups['code'].Value }) -join "`n`n"
    $said = ([regex]::Replace($text, $fence, '') -replace '(\r?\n){3,}', "`n`n").Trim()
    $paragraphs = @(if ($shown) { $shown; '' }; if ($said) { $said; '' })
    $Example.SelectSingleNode('dev:code', $Names).InnerText = $code
    $remarks = $Example.SelectSingleNode('dev:remarks', $Names)
    $remarks.RemoveAll()
    foreach ($paragraph in $paragraphs) {
        $element = $Example.OwnerDocument.CreateElement('maml', 'para', $Names.LookupNamespace('maml'))
        $element.InnerText = $paragraph
        $null = $remarks.AppendChild($element)
    }
    # What stood before the code in the introduction is said after it.
    $Example.SelectNodes('maml:introduction', $Names) | ForEach-Object { $_.RemoveAll() }
}

Export-ModuleMember -Function Update-HelpMarkdown, Find-HelpDrift, Export-HelpXml
