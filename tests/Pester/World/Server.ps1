# Dot-sourced: makes the world of the examples, and runs them in it.

function New-World {
    <# What all examples share: archives that the origin serves, a repository, keys, and the directory that each begins with. #>
    [Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '')]
    param([string] $Place, [Diagnostics.Process] $Origin, [string] $Procdedup, [Collections.IDictionary] $World)
    $template = Join-Path $Place template
    $null = New-Item $template, (Join-Path $Place pkg-1.2) -ItemType Directory -Force
    Copy-Item (Join-Path $PSScriptRoot 'files/*') $template -Recurse
    Copy-Item (Join-Path $PSScriptRoot programs) $Place -Recurse
    Set-Content (Join-Path $Place 'programs/procdedup') "#!/bin/sh`nexec dotnet '$Procdedup' `"`$@`""
    chmod +x (Join-Path $Place 'programs/procdedup')

    Set-Content (Join-Path $Place 'pkg-1.2/read.me') 'A package.'
    Compress-Archive (Join-Path $Place pkg-1.2) (Join-Path $Place tool.zip)
    tar -czf (Join-Path $Place pkg.tar.gz) -C $Place pkg-1.2
    git -c init.defaultBranch=main init -q (Join-Path $Place repo.git)
    Copy-Item (Join-Path $Place 'pkg-1.2/read.me') (Join-Path $Place repo.git)
    git -C (Join-Path $Place repo.git) add read.me
    git -C (Join-Path $Place repo.git) -c user.name=ci -c user.email=ci@example.org commit -qm first
    $commit = git -C (Join-Path $Place repo.git) rev-parse HEAD
    $orders = @(
        foreach ($path in '/tool.zip', '/mirror/tool.zip') { "file $path $(Join-Path $Place tool.zip)" }
        foreach ($path in '/pkg-1.2.tar.gz', '/tool.tar.gz', "/owner/repo/archive/$commit.tar.gz") { "file $path $(Join-Path $Place pkg.tar.gz)" }
        "text /api/v3/repos/owner/repo/commits/v1.2 $commit"
        $World.Serve | ForEach-Object { "text $($_.Path) $($_.Text)" }
    )
    $null = Send-Order $orders $Origin
    Set-Content (Join-Path $template urls.txt) "$($Origin.Url)/tool.zip", "$($Origin.Url)/pkg-1.2.tar.gz"

    $key = [Security.Cryptography.ECDsa]::Create([Security.Cryptography.ECCurve+NamedCurves]::nistP256)
    Set-Content (Join-Path $template ci.pem) $key.ExportECPrivateKeyPem()
    Set-Content (Join-Path $template ci.pub.pem) $key.ExportSubjectPublicKeyInfoPem()
    Invoke-SqliteRetry -Path (Join-Path $template queue.db) 'CREATE TABLE job(id INTEGER PRIMARY KEY, name, taken)'
    Invoke-SqliteRetry -Path (Join-Path $template queue.db) 'INSERT INTO job(name) VALUES(@name)' @{ name = 'nightly' }
    Invoke-SqliteRetry -Path (Join-Path $template other.db) 'CREATE TABLE t(v)'
}

function Start-WorldServer {
    <# A PostgreSQL server of the test's own; its connection string is what examples call db.example. #>
    [Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '')]
    param([string] $Place, [string] $Binaries)
    $null = New-Item $Place -ItemType Directory -Force
    $env:PGPASSWORD = [guid]::NewGuid().ToString('N')
    Set-Content "$Place/password" $env:PGPASSWORD -NoNewline
    # PostgreSQL refuses to run as root.
    $as = @(if ((id -u) -eq 0) { chown -R nobody $Place; 'setpriv', '--reuid=nobody', '--regid=nogroup', '--clear-groups' } else { 'env' })
    & $as[0] @($as | Select-Object -Skip 1) "$Binaries/initdb" -D "$Place/data" -U postgres -A scram-sha-256 --pwfile "$Place/password" -E UTF8 --locale C --no-sync *> $null
    $port = Start-Server $Binaries $Place $as
    @{ Connection = "Host=127.0.0.1;Port=$port;Database=postgres;Username=postgres"; As = $as; Place = $Place; Binaries = $Binaries }
}

function Stop-WorldServer {
    [Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '')]
    param([Collections.IDictionary] $Server)
    $as = $Server.As
    & sh -c 'cd /tmp; exec "$@" >/dev/null 2>&1' sh @as "$($Server.Binaries)/pg_ctl" -D "$($Server.Place)/data" -m immediate stop
}

function Invoke-WorldExample {
    <# Runs all examples in a few processes; what came of each by its id. #>
    param([object[]] $Examples, [Collections.IDictionary] $World, [string] $Places, [string] $Shared, [string] $Origin, $Server)
    $processes = 2
    $number = 0
    # What stands in several texts is run once.
    $distinct = @($Examples | Group-Object { "$($_.Language) $($_.Code)" } -CaseSensitive)
    $runnable = foreach ($example in $distinct | ForEach-Object { $_.Group[0] }) {
        $place = Join-Path $Places "$((++$number))"
        $run = ConvertTo-RunnableExample $example $World @{
            origin = $Origin; place = $place; shared = $Shared; module = $env:PROCESSDEDUP_TEST_MODULE; coordinator = if ($Server) { $Server.Connection }
        }
        $run.Place = $place
        $run
    }
    $peers = foreach ($process in 0..($processes - 1)) {
        $order = @{
            Examples = @(for ($i = $process; $i -lt $runnable.Count; $i += $processes) { $runnable[$i] })
            Module = $env:PROCESSDEDUP_TEST_MODULE; Template = Join-Path $Shared template; World = $PSScriptRoot
            Origin = $Origin; Shared = $Shared; Sum = (Get-FileHash (Join-Path $Shared tool.zip)).Hash
        }
        ConvertTo-Json $order -Depth 5 | Set-Content "$Places/order-$process.json"
        Start-Peer -Program (Get-PowerShellProgram) -Arguments '-NoProfile', '-NonInteractive', '-File', (Join-Path $PSScriptRoot Run-Examples.ps1), "$Places/order-$process.json", "$Places/results-$process.json"
    }
    $results = @{}
    try {
        foreach ($process in 0..($processes - 1)) {
            $said = $peers[$process].StandardOutput.ReadToEndAsync()
            if (-not $peers[$process].WaitForExit(600000) -or $peers[$process].ExitCode) {
                throw "The examples were not run to their end: $($said.Result) $($peers[$process].Errors.Result)"
            }
            foreach ($result in Get-Content "$Places/results-$process.json" -Raw | ConvertFrom-Json) {
                $results[$result.Id] = $result
            }
        }
    }
    finally {
        Stop-Peer $peers
    }
    foreach ($group in $distinct) {
        $group.Group.ForEach{ $results[$_.Id] = $results[$group.Group[0].Id] }
    }
    $results
}
