# Dot-sourced: finds the examples of the help, the README and procdedup, and translates their names into the test's world.

function Get-MarkdownExample {
    <# The blocks powershell and sh of a file. What a block Output right after says is the output's shape. #>
    param([string] $Path)
    $name = [IO.Path]::GetFileName($Path)
    $heading, $number, $last = '', 0, $null
    foreach ($block in [regex]::Matches((Get-Content $Path -Raw), '(?ms)^(?:(?<fence>```)(?<language>\w*)\r?\n(?<code>.*?)^```[ \t]*$|#+ (?<heading>[^\r\n]+))')) {
        if ($block.Groups['heading'].Success) {
            # A cmdlet's examples have headings of their own; so they are known by those of the README.
            $heading, $number, $last = $block.Groups['heading'].Value, 0, $null
            continue
        }
        $language = $block.Groups['language'].Value
        if ($language -eq 'Output' -and $last) {
            $last.Shows = $block.Groups['code'].Value.TrimEnd()
        }
        elseif ($language -in 'powershell', 'sh') {
            $number++
            $last = @{
                Id = "${name}: $heading$(if ($number -gt 1) { " ($number)" })"; Language = $language
                Code = $block.Groups['code'].Value.TrimEnd(); Shows = ''
            }
            $last
        }
    }
}

function Get-TopicExample {
    <# What is indented by eight spaces after an empty line of an about topic; "$ " begins the lines of sh. #>
    param([string] $Path)
    $heading, $number = '', 0
    foreach ($block in [regex]::Matches((Get-Content $Path -Raw), '(?m)^ {2}(?<heading>\w[^\r\n]*)|(?<=\n\r?\n)(?<code> {8}\S[^\n]*\n((?: {8}[^\n]*|\r?)\n)*)')) {
        if ($block.Groups['heading'].Success) {
            $heading, $number = $block.Groups['heading'].Value, 0
            continue
        }
        $code = ($block.Groups['code'].Value -replace '(?m)^ {8}').TrimEnd()
        $number++
        @{
            Id = "$([IO.Path]::GetFileNameWithoutExtension($Path)): $heading ($number)"; Shows = ''
            Language = if ($code.StartsWith('$ ')) { 'sh' } else { 'powershell' }; Code = $code -replace '(?m)^\$ '
        }
    }
}

function Get-CommandHelp {
    <# Every command of procdedup that does something, as its help lists them, with its help. #>
    param([string] $Procdedup, [string[]] $Path = @())
    $help = @(& dotnet $Procdedup @Path --help)
    $commands = @($help).Where({ $_ -eq 'Commands:' }, 'SkipUntil').Where({ $_ -eq '' }, 'Until') -match '^  \S' -replace '^  (\S+).*', '$1'
    if (-not $commands) {
        return @{ Command = $Path -join ' '; Help = $help }
    }
    foreach ($command in $commands) {
        Get-CommandHelp $Procdedup ($Path + $command)
    }
}

function Get-CommandExample {
    <# The lines below "Examples:" in the help of a command of procdedup; # begins what is said about the next one. #>
    param([string] $Command, [string[]] $Help)
    $lines = @($Help).Where({ $_ -eq 'Examples:' }, 'SkipUntil').Where({ $_.Trim() -eq '' }, 'Until') | Select-Object -Skip 1
    foreach ($line in @($lines).Where{ $_ -and -not $_.TrimStart().StartsWith('#') }) {
        @{ Id = "$Command --help: $($line.Trim())"; Language = 'sh'; Code = $line.Trim(); Shows = '' }
    }
}

function ConvertTo-RunnableExample {
    <# The example as it is run: names replaced, with what has to be there before it. #>
    param([Collections.IDictionary] $Example, [Collections.IDictionary] $World, [Collections.IDictionary] $Values)
    $code = $Example.Code
    foreach ($rule in $World.Replace) {
        $with = $rule.With -replace '\{(\w+)\}', { $Values[$_.Groups[1].Value] }
        $code = $code -replace $rule.Pattern, $with.Replace('$', '$$')
    }
    $before = $World.Before.Where({ ($Example.Language -eq 'sh') -eq ($_.Code -match 'procdedup|^npm ci$') -and $Example.Code -match $_.Pattern }, 'First')
    @{
        Id = $Example.Id; Language = $Example.Language; Code = $code
        Before = if ($before) { $before[0].Code } else { '' }
    }
}

function Compare-Shape {
    <#
        Nothing if what came looks as the example shows it; else what is missing. Of a table its first line counts: the
        headings, in their order. Else each line, figures by their place, … as any text.
    #>
    param([string] $Shown, [string] $Came)
    $lines = @($Shown -split '\r?\n' | Where-Object { $_.Trim() })
    $isTable = $lines.Count -gt 1 -and $lines[1] -match '^[- ]+$'
    $found = @($Came -split '\r?\n' | ForEach-Object { $_.Trim() -replace '\s+', ' ' })
    foreach ($line in $(if ($isTable) { $lines[0] } else { $lines })) {
        $pattern = '^' + ([regex]::Escape(($line.Trim() -replace '\s+', ' ')) -replace '\d+(\\?\.\d+)?', '\d+(\.\d+)?' -replace '…', '.*') + '$'
        if (-not ($found -match $pattern)) {
            "There is no line like '$line'."
        }
    }
    if ($isTable -and @($found.Where{ $_ }).Count -lt 3) {
        'There is no line below the headings.'
    }
}
