# procdedup --help of each command: what it does, what each option means, its unit and default, and examples.
BeforeDiscovery {
    . (Join-Path $PSScriptRoot 'World/Examples.ps1')
    $procdedup = Get-ChildItem (Join-Path $PSScriptRoot '../../src/Cli/bin/*/net10.0/procdedup.dll') | Sort-Object LastWriteTime | Select-Object -Last 1
    $commands = @(Get-CommandHelp $procdedup.FullName)
}

Describe 'procdedup' {
    It 'has at least the commands that are documented' -ForEach @{ Names = $commands.Command } {
        foreach ($name in 'lock', 'locks', 'stop-holder', 'clear-stale', 'doctor', 'completion', 'fetch', 'cache list', 'cache verify', 'cache prune', 'cache stats', 'report', 'once', 'build', 'artifact save', 'artifact restore', 'artifact publish', 'artifact list', 'sqlite', 'sqlite-locks') {
            $Names | Should -Contain $name
        }
    }
}

Describe 'procdedup<_> --help' -ForEach '', ' cache', ' artifact' {
    It 'has a sentence for each command in its list, and no more' {
        $procdedup = Get-ChildItem (Join-Path $PSScriptRoot '../../src/Cli/bin/*/net10.0/procdedup.dll') | Sort-Object LastWriteTime | Select-Object -Last 1
        $help = & dotnet $procdedup.FullName @($_ -split ' ' -ne '') --help
        $list = @($help).Where({ $_ -eq 'Commands:' }, 'SkipUntil').Where({ $_ -eq '' }, 'Until') | Select-Object -Skip 1
        # Each begins in the second column; what does not fit goes on below the text.
        $commands = [regex]::Matches(($list -join "`n"), '(?m)^  (?<name>[a-z-]+)(?<more> <\S.*?>\S*)*? +(?<text>.*(?:\n {5,}.*)*)')
        $commands.Count | Should -Be @($list -match '^  \S').Count
        foreach ($command in $commands) {
            $text = $command.Groups['text'].Value -replace '\s+', ' '
            $text.TrimEnd() | Should -Match '\.$'
            $text | Should -Not -Match '\. \S|Usage:'
        }
    }
}

Describe 'procdedup <Command> --help' -ForEach $commands {
    BeforeAll {
        . (Join-Path $PSScriptRoot 'World/Examples.ps1')
        # "  --option <N>   text": what it is called, what it takes, what is said.
        $entries = foreach ($match in [regex]::Matches(($Help -join "`n"), '(?m)^  (?<name>--?[^\s,]+(, \S+)*)(?: <(?<takes>[^>]+)>)?(?: \(REQUIRED\))?(?: {2,}(?<text>\S.*))?$')) {
            @{ Name = $match.Groups['name'].Value; Takes = $match.Groups['takes'].Value; Text = $match.Groups['text'].Value }
        }
    }

    It 'says what the command does' {
        $text = @($Help).Where({ $_ -eq 'Description:' }, 'SkipUntil').Where({ $_ -eq '' }, 'Until') -join ' '
        $text.Length | Should -BeGreaterThan 40
    }

    It 'says what each option and argument means' {
        $entries.Count | Should -BeGreaterThan 0
        foreach ($entry in $entries) {
            $entry.Text | Should -Not -BeNullOrEmpty -Because $entry.Name
        }
        foreach ($line in @($Help).Where({ $_ -eq 'Arguments:' }, 'SkipUntil').Where({ $_ -eq '' }, 'Until') -match '^  <') {
            $line | Should -Match '^  <[^>]+> +\S'
        }
    }

    It 'says the unit and the default of what is a number' {
        foreach ($entry in $entries.Where{ $_.Takes -in 'N', 'BYTES' }) {
            $unit = switch -Regex ($entry.Name) { '-sec$' { 'second' } '-hours$' { 'hour' } '-size$|-bytes$' { 'powers of 1000' } default { 'holders|attempt|tried|tries|parts|how |[Ee]xit code' } }
            $entry.Text | Should -Match $unit -Because $entry.Name
            $entry.Text | Should -Match '\[default: |[Ww]ithout it' -Because "$($entry.Name) has a default"
        }
    }

    It 'has two examples' {
        @(Get-CommandExample "procdedup $Command" $Help).Count | Should -BeGreaterOrEqual 2
    }
}
