# procdedup completion SHELL, in the shell itself where it is installed.
BeforeDiscovery {
    $shells = @('bash', 'zsh', 'fish').Where{ Get-Command $_ -CommandType Application -ErrorAction Ignore }
}

BeforeAll {
    . (Join-Path $PSScriptRoot 'Setup.ps1')
    $command = Get-ChildItem (Join-Path $PSScriptRoot '../../src/Cli/bin/*/net10.0/procdedup.dll') | Sort-Object LastWriteTime | Select-Object -Last 1
    $folder = New-Item (Join-Path $TestDrive bin) -ItemType Directory
    if (-not $IsWindows) {
        Set-Content (Join-Path $folder procdedup) "#!/bin/sh`nexec dotnet '$($command.FullName)' ""`$@"""
        chmod +x (Join-Path $folder procdedup)
    }
    $path = $env:PATH
    $env:PATH = "$folder$([IO.Path]::PathSeparator)$path"
    # A name is text of another process, and must not be run by the shell that completes it.
    $evil = 'job$(touch pwned)'
    foreach ($name in 'restore', $evil) { Invoke-WithFileLock $name { } }
    $asks = @{
        bash = @'
source <(procdedup completion bash)
COMP_LINE="$1" COMP_POINT=${#1}
read -ra COMP_WORDS <<<"$1"
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_procdedup
printf '%s\n' "${COMPREPLY[@]}"
'@
        zsh = @'
compdef() { : }
compadd() { shift; print -rl -- "${(@M)${(@P)1}:#$words[-1]*}" }
source <(procdedup completion zsh)
words=(${=1}) LBUFFER=$1
_procdedup
'@
        fish = 'procdedup completion fish | source; complete -C $argv[1]'
    }
    function Get-Suggestion {
        param([string] $Shell, [string] $Line)
        $script = Join-Path $TestDrive "ask.$Shell"
        Set-Content $script $asks[$Shell]
        Push-Location $folder
        try {
            $options = @{ bash = '--norc'; zsh = '-f'; fish = '--no-config' }[$Shell]
            (& $Shell $options $script $Line) -replace '\\(.)', '$1'
        }
        finally {
            Pop-Location
        }
    }
}

AfterAll {
    $env:PATH = $path
    Remove-Item $env:PROCESSDEDUP_HOME -Recurse -Force -ErrorAction Ignore
}

Describe 'procdedup completes in <_>' -ForEach $shells -Skip:$IsWindows {
    It 'commands, options, values and locks' {
        Get-Suggestion $_ 'procdedup lo' | Should -Be 'lock', 'locks'
        Get-Suggestion $_ 'procdedup lock --no' | Should -Be '--no-wait'
        Get-Suggestion $_ 'procdedup lock x --on-timeout sk' | Should -Be 'skip'
        Get-Suggestion $_ 'procdedup lock rest' | Should -Be 'restore'
        Get-Suggestion $_ 'procdedup stop-holder job' | Should -Be $evil
        Join-Path $folder pwned | Should -Not -Exist
    }
}

Describe 'procdedup completes in pwsh' -Skip:$IsWindows {
    It 'commands, options, values and locks' {
        . ([scriptblock]::Create((procdedup completion pwsh | Out-String)))
        (TabExpansion2 'procdedup lo').CompletionMatches.CompletionText | Should -Be 'lock', 'locks'
        (TabExpansion2 'procdedup lock --no').CompletionMatches.CompletionText | Should -Be '--no-wait'
        (TabExpansion2 'procdedup lock x --on-timeout ').CompletionMatches.CompletionText | Should -Be 'error', 'proceed', 'skip'
        (TabExpansion2 'procdedup lock rest').CompletionMatches.CompletionText | Should -Be 'restore'
        (TabExpansion2 'procdedup stop-holder job').CompletionMatches.CompletionText | Should -Be "'$evil'"
    }
}
