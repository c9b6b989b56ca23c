# Every example of the help, of the README and the guides, and of procdedup's own help is run, in a world of its own
# (World), and fails if it ends with an error or does not show what it says it shows.
BeforeDiscovery {
    . (Join-Path $PSScriptRoot 'World/Examples.ps1')
    $root = (Resolve-Path (Join-Path $PSScriptRoot '../..')).Path
    $world = Import-PowerShellDataFile (Join-Path $PSScriptRoot 'World/World.psd1')
    $procdedup = Get-ChildItem (Join-Path $root 'src/Cli/bin/*/net10.0/procdedup.dll') | Sort-Object LastWriteTime | Select-Object -Last 1
    $examples = @(
        Get-ChildItem (Join-Path $root 'docs/help/*-*.md') | ForEach-Object { Get-MarkdownExample $_.FullName }
        Get-Item (Join-Path $root 'README.md'), (Join-Path $root 'docs/guide/*.md') | ForEach-Object { Get-MarkdownExample $_.FullName }
        Get-ChildItem (Join-Path $root 'module/en-US/about_*.help.txt') | ForEach-Object { Get-TopicExample $_.FullName }
        Get-CommandHelp $procdedup.FullName | ForEach-Object { Get-CommandExample "procdedup $($_.Command)" $_.Help }
    )
    foreach ($example in $examples) {
        $example.Why = $world.NotRun.Where({ $example.Code -match $_.Pattern }, 'First').ForEach{ $_.Why } -join ''
        $example.NeedsServer = $example.Code -match 'db\.example|COORDINATOR'
    }
    $binaries = @(Get-Item /usr/lib/postgresql/*/bin -ErrorAction Ignore | Sort-Object FullName -Descending | ForEach-Object FullName) +
        @(Get-Command initdb -ErrorAction Ignore | ForEach-Object { Split-Path $_.Source }) |
        Where-Object { (Test-Path "$_/initdb") -and (Test-Path "$_/pg_ctl") } | Select-Object -First 1
    if (-not $binaries -and $examples.NeedsServer -contains $true) {
        Write-Warning 'PostgreSQL is not installed (apt-get install postgresql): the examples with a coordinator are not run.'
    }
    if ($IsWindows) {
        Write-Warning 'The programs of the examples are scripts of sh: on Windows no example is run.'
    }
    $runnable = @($examples | Where-Object { -not $_.Why -and -not $IsWindows -and ($binaries -or -not $_.NeedsServer) })
}

Describe 'The help' -ForEach @{ Examples = $runnable; World = $world; Binaries = $binaries; Procdedup = "$procdedup" } {
    BeforeAll {
        . (Join-Path $PSScriptRoot 'Origin.ps1')
        . (Join-Path $PSScriptRoot 'Postgres.ps1')
        . (Join-Path $PSScriptRoot 'World/Server.ps1')
        . (Join-Path $PSScriptRoot 'World/Examples.ps1')
        $places = Join-Path ([IO.Path]::GetTempPath()) "procdedup-examples-$([guid]::NewGuid().ToString('N'))"
        $shared = Join-Path $places 'shared'
        $before = $env:PATH, $env:PGPASSWORD, $env:PROCESSDEDUP_GITHUB_URL
        $origin = Start-Origin
        New-World -Place $shared -Origin $origin -Procdedup $Procdedup -World $World
        $env:PATH = "$(Join-Path $shared programs):$env:PATH"
        $env:PROCESSDEDUP_GITHUB_URL = $origin.Url
        $server = if ($Examples.NeedsServer -contains $true) { Start-WorldServer (Join-Path $places postgres) $Binaries }
        $results = Invoke-WorldExample -Examples $Examples -World $World -Places $places -Shared $shared -Origin $origin.Url -Server $server
    }

    AfterAll {
        $env:PATH, $env:PGPASSWORD, $env:PROCESSDEDUP_GITHUB_URL = $before
        Stop-Peer $origin
        if ($server) {
            Stop-WorldServer $server
        }
        # What is in a cache is read-only.
        chmod -R u+w $places
        Remove-Item $places, $env:PROCESSDEDUP_HOME -Recurse -Force -ErrorAction Ignore
    }

    It 'has an example that runs: <Id>' -ForEach $runnable {
        $result = $results[$Id]
        $result.Failure | Should -BeNullOrEmpty
        if ($Shows) {
            Compare-Shape $Shows $result.Output | Should -BeNullOrEmpty -Because "this came: $($result.Output)"
        }
    }
}

Describe 'What is shown but not run' {
    It 'is <Id>, as <Why>' -ForEach @($examples | Where-Object Why) {
        $Why | Should -Not -BeNullOrEmpty
    }

    It 'is a short list' -ForEach @{ Count = @($examples | Where-Object Why).Count } {
        $Count | Should -BeLessThan 5
    }
}
