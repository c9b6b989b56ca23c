# What the pipelines of examples/ run, taken from the files as they are.

function Get-PipelineStep {
    <# The scripts of GitHub Actions and Azure Pipelines (blocks of "run: |" and "pwsh: |"), a Jenkinsfile (sh) and a crontab. #>
    param([string[]] $Path)
    foreach ($file in $Path) {
        switch -Wildcard (Split-Path $file -Leaf) {
            'crontab' { Get-CronStep $file }
            'Jenkinsfile' { Get-JenkinsStep $file }
            '*.yml' { Get-YamlStep $file }
        }
    }
}

function Get-CronStep {
    param([string] $Path)
    foreach ($line in Get-Content -LiteralPath $Path) {
        if ($line -match '^(?:[\d*/,-]+\s+){5}(?<command>.+)$') {
            @{ File = 'crontab'; Name = $Matches.command -replace ' --.*'; Shell = 'sh'; Script = $Matches.command }
        }
    }
}

function Get-JenkinsStep {
    param([string] $Path)
    foreach ($match in [regex]::Matches((Get-Content -LiteralPath $Path -Raw), "(?s)stage\('(\w+)'\).*?\bsh (?:'''(.*?)'''|'([^\n]*)')")) {
        @{ File = 'Jenkinsfile'; Name = $match.Groups[1].Value; Shell = 'sh'; Script = $match.Groups[2].Value + $match.Groups[3].Value }
    }
}

function Get-YamlStep {
    param([string] $Path)
    $lines = @(Get-Content -LiteralPath $Path)
    $name = $null
    for ($i = 0; $i -lt $lines.Count; $i++) {
        if ($lines[$i] -match '^\s*- name: (.+)$') {
            $name = $Matches[1]
        }
        if ($lines[$i] -match '^(?<indent>\s*)(?:- )?(?:run|pwsh): \|$') {
            $deeper = "^\s{$($Matches.indent.Length + 2),}\S"
            $block = while ($i + 1 -lt $lines.Count -and ($lines[$i + 1] -match $deeper -and $lines[$i + 1] -notmatch '^\s*displayName:')) {
                $lines[++$i]
            }
            # GitHub has the name before the script, Azure after it.
            if ($lines[$i + 1] -match '^\s*displayName: (.+)$') {
                $name = $Matches[1]
            }
            @{ File = Split-Path $Path -Leaf; Name = $name; Shell = 'pwsh'; Script = $block -join "`n" }
        }
    }
}
