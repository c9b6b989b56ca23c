# The workflow runs elsewhere; what it says about this repository can be compared here.

BeforeAll {
    $root = (Resolve-Path (Join-Path $PSScriptRoot '../..')).Path
    $workflow = Get-Content (Join-Path $root '.github/workflows/ci.yml') -Raw
    $sources = Get-ChildItem (Join-Path $root 'tests/Core.Tests') -Recurse -Filter *Tests.cs

    function Get-ClassList {
        <# The classes that a step has in "$classes = -split '...'". #>
        param([string] $Step)
        -split [regex]::Match($workflow, "(?s)- name: $([regex]::Escape($Step)).*?-split '(.*?)'").Groups[1].Value
    }
}

Describe 'The workflow' {
    It 'runs classes that exist: <_>' -ForEach 'Once more as root, what only root may do', 'Tests of Core that need no Linux' {
        $classes = Get-ClassList $_
        $classes.Count | Should -BeGreaterThan 10
        $classes | Where-Object { $_ -notin $sources.BaseName } | Should -BeNullOrEmpty
        $classes | Should -Be ($classes | Sort-Object -Unique)
    }

    It 'runs as root whatever skips tests for others' {
        $needsRoot = $sources | Where-Object { (Get-Content $_ -Raw) -cmatch '\b(Mounted|OtherUser|NetworkMachine|IsPrivilegedProcess)\b|"unshare"' }
        $needsRoot.BaseName | Sort-Object | Should -Be (Get-ClassList 'Once more as root, what only root may do')
    }

    It 'runs elsewhere only what asks neither /proc nor a shell' {
        $classes = Get-ClassList 'Tests of Core that need no Linux'
        $sources | Where-Object BaseName -In $classes | Where-Object { (Get-Content $_ -Raw) -match '"/proc|KernelView|"sh"|SetUnixFileMode|mkfifo|Signal\(' } | Should -BeNullOrEmpty
    }

    It 'has the versions that CONTRIBUTING tells' {
        $told = [regex]::Match((Get-Content (Join-Path $root 'CONTRIBUTING.md') -Raw), 'Install-PSResource ([\w., ]+?) +# here with ([\d., and]+)')
        $names = @($told.Groups[1].Value -split ', ')
        $versions = @([regex]::Matches($told.Groups[2].Value, '\d+(\.\d+)+').Value)
        $names.Count | Should -Be 2
        foreach ($i in 0..1) {
            $pinned = [regex]::Matches($workflow, "Install-PSResource $([regex]::Escape($names[$i])) -Version (\S+)").ForEach{ $_.Groups[1].Value }
            $pinned | Select-Object -Unique | Should -Be $versions[$i]
        }
    }

    It 'pins each action by commit, with its version beside it' {
        $uses = [regex]::Matches($workflow, '(?m)^\s*- uses: (.+)$').ForEach{ $_.Groups[1].Value }
        $uses.Count | Should -BeGreaterThan 5
        $uses | Where-Object { $_ -cnotmatch '^[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$' } | Should -BeNullOrEmpty
        foreach ($action in $uses | Group-Object { $_ -replace '@.*' }) {
            $action.Group | Select-Object -Unique | Should -HaveCount 1
        }
    }

    It 'may only read, but for the job that publishes' {
        $workflow | Should -Match '(?m)^permissions:\n  contents: read$'
        [regex]::Matches($workflow, '(?m)^ +permissions:\n +(.+)$').ForEach{ $_.Groups[1].Value } | Should -Be 'contents: write'
    }

    It 'runs the suites in the oldest PowerShell that the module takes, and in the one of .config/dotnet-tools.json' {
        $manifest = Import-PowerShellDataFile (Join-Path $root 'module/ProcessDedup.psd1')
        $tool = (Get-Content (Join-Path $root '.config/dotnet-tools.json') -Raw | ConvertFrom-Json).tools.powershell.version
        $matrix = [regex]::Match($workflow, "powershell: \[(.+)\]").Groups[1].Value -replace "'" -split ', '
        $matrix | Should -Be "$($manifest.PowerShellVersion)", ($tool -replace '\.\d+$')
    }
}
