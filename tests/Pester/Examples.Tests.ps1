# Every file of examples/ is run here, with real processes; what is not an own program (npm, deno, a deployment) is a small
# script on PATH that leaves a mark.

BeforeDiscovery {
    $pipelines = Join-Path $PSScriptRoot '../../examples/pipelines'
    . (Join-Path $PSScriptRoot 'PipelineSteps.ps1')
    $steps = Get-PipelineStep (Join-Path $pipelines 'github-actions.yml'), (Join-Path $pipelines 'azure-pipelines.yml'), (Join-Path $pipelines 'Jenkinsfile'), (Join-Path $pipelines 'crontab')
}

BeforeAll {
    . (Join-Path $PSScriptRoot 'Origin.ps1')
    . (Join-Path $PSScriptRoot 'PipelineSteps.ps1')
    $examples = (Resolve-Path (Join-Path $PSScriptRoot '../../examples')).Path
    $script:origin = Start-Origin
    $url = $origin.Url
    $world = (New-Item -ItemType Directory (Join-Path ([IO.Path]::GetTempPath()) "procdedup-examples-$([guid]::NewGuid().ToString('N'))")).FullName
    $bin = (New-Item -ItemType Directory (Join-Path $world 'bin')).FullName
    $marks = (New-Item -ItemType Directory (Join-Path $world 'marks')).FullName
    $env:MARKS = $marks

    function Add-Program([string] $Name, [string] $Text) {
        Set-Content -LiteralPath (Join-Path $bin $Name) -Value "#!/bin/sh`n$Text"
        chmod +x (Join-Path $bin $Name)
    }
    # What it was called with, one line a call; "npm ci --prefix DIR" leaves what npm would.
    Add-Program npm 'echo "npm $*" >> "$MARKS/npm"; if [ "$1" = ci ]; then mkdir -p "$3/node_modules/left-pad"; echo module > "$3/node_modules/left-pad/index.js"; fi'

    $cli = (Resolve-Path (Join-Path $PSScriptRoot '../../src/Cli/bin/Release/net10.0')).Path
    $oldPath, $oldModules = $env:PATH, $env:PSModulePath
    $env:PATH = $bin, $cli, $env:PATH -join [IO.Path]::PathSeparator
    $env:PSModulePath = (Split-Path (Split-Path $env:PROCESSDEDUP_TEST_MODULE)), $env:PSModulePath -join [IO.Path]::PathSeparator

    # The archive of a tool, as an origin has it.
    $tree = (New-Item -ItemType Directory (Join-Path $world 'tree/tool-1.2')).FullName
    Set-Content (Join-Path $tree version) '1.2'
    tar -czf (Join-Path $world 'tool.tar.gz') -C (Join-Path $world 'tree') tool-1.2
    Send-Order "file /tool.tar.gz $world/tool.tar.gz"

    function New-Work {
        [Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '')]
        param()
        $work = (New-Item -ItemType Directory (Join-Path $world ([guid]::NewGuid().ToString('N')))).FullName
        Set-Location $work
        # Processes begin where this one is, not where its PowerShell is.
        [IO.Directory]::SetCurrentDirectory($work)
        $env:PROCESSDEDUP_HOME = Join-Path $work 'home'
        $work
    }

    function Set-Workspace {
        [Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '')]
        param([string] $Directory)
        Set-Content "$Directory/package.json", "$Directory/package-lock.json" '{}'
        $null = New-Item -ItemType Directory "$Directory/temp"
        foreach ($script in 'migrate', 'deploy') {
            Set-Content "$Directory/$script.ps1" "Add-Content -LiteralPath '$marks/$script' $script"
        }
        foreach ($script in 'mirror', 'backup') {
            Set-Content "$Directory/$script.sh" "#!/bin/sh`necho $script >> '$marks/$script'"
            chmod +x "$Directory/$script.sh"
        }
    }

    function Invoke-Shell([string] $Program, [string[]] $Arguments) {
        $text = & $Program @Arguments 2>&1 | ForEach-Object { "$_" }
        $LASTEXITCODE | Should -Be 0 -Because ($text -join "`n")
        $text
    }
    $start = Get-Location
}

AfterAll {
    Set-Location $start
    [IO.Directory]::SetCurrentDirectory($start)
    $env:PATH, $env:PSModulePath = $oldPath, $oldModules
    Remove-Item Env:MARKS
    Stop-Peer $origin
    chmod -R u+rwX $world
    Remove-Item $world -Recurse -Force
}

Describe 'The case of Nix' {
    It 'downloads once for each worker before, and once for all after' {
        $null = New-Work
        Send-Order 'count /tool.tar.gz' | Should -Be 0
        Invoke-Shell "$examples/cases/nix/before.sh" 8, "$url/tool.tar.gz" | Should -Be (@('1.2') * 8)
        Send-Order 'count /tool.tar.gz' | Should -Be 8
        $said = Invoke-Shell "$examples/cases/nix/after.sh" 8, "$url/tool.tar.gz"
        $said | Where-Object { $_ -notlike 'procdedup: *' } | Should -Be (@('1.2') * 8)
        Send-Order 'count /tool.tar.gz' | Should -Be 9
        # A cache is not waited for on a machine that is busy; who was skipped has said so.
        $skipped = @($said -like 'procdedup: skipped*').Count
        (Invoke-SqliteRetry -Path eval-cache.db 'SELECT count(*) AS n FROM attribute').n | Should -Be (8 - $skipped)
        $skipped | Should -BeLessThan 8
    }
}

Describe 'The case of Cylc' {
    It 'loses what it writes while somebody has the lock before, and nothing after' {
        $null = New-Work
        foreach ($database in 'private.db', 'public.db') {
            Invoke-SqliteRetry -Path $database 'CREATE TABLE task_state(task TEXT PRIMARY KEY, state TEXT)'
        }
        # Somebody else has the write lock, as a backup may, until it is told to go on.
        $other = Start-Peer "Invoke-SqliteRetry -Path '$PWD/private.db' { param(`$tx) `$null = `$tx.Execute('PRAGMA user_version = 1'); [Console]::WriteLine('HELD'); `$null = [Console]::ReadLine() }"
        try {
            Wait-PeerLine $other HELD
            $said = python3 "$examples/cases/cylc/before.py" private.db prepare 2>&1 | Out-String
            $LASTEXITCODE | Should -Be 1
            $said | Should -BeLike '*database is locked*'
            $after = Start-Peer -Program pwsh -Arguments '-NoProfile', '-NonInteractive', '-File', "$examples/cases/cylc/after.ps1", '-Private', 'private.db', '-Public', 'public.db', '-Task', 'prepare'
            Wait-Until { (Get-FileLock -LiteralPath ./private.db.gate).Waiters } 'the workflow waits'
            Send-PeerLine $other
            Wait-PeerExit $after | Should -BeLike '*1 tasks recorded*'
            (Invoke-SqliteRetry -Path private.db 'SELECT task, state FROM task_state').state | Should -Be succeeded
        }
        finally {
            Stop-Peer $other, $after
        }
    }

    It 'makes the public database again from the private one when it is broken' {
        $null = New-Work
        Invoke-SqliteRetry -Path private.db 'CREATE TABLE task_state(task TEXT PRIMARY KEY, state TEXT)'
        Invoke-SqliteRetry -Path public.db -Role Cache 'CREATE TABLE task_state(task TEXT PRIMARY KEY, state TEXT)'
        # Its tables, not its header: what it is can still be told.
        $file = [IO.File]::OpenWrite("$PWD/public.db")
        $file.Position = 4096
        $file.Write([byte[]](@(255) * 4096))
        $file.Close()
        & "$examples/cases/cylc/after.ps1" -Private private.db -Public public.db -Task prepare, run, archive | Should -Be '3 tasks recorded'
        (Invoke-SqliteRetry -Path public.db 'SELECT count(*) AS n FROM task_state').n | Should -Be 3
    }
}

Describe 'The case of Launchpad' {
    It 'queues a build twice before' {
        $work = New-Work
        # Both have looked before either writes: each waits between for the other's look.
        $meet = Join-Path $work meet
        Set-Content $meet "#!/bin/sh`ntouch `"looked.`$1`"; while [ ! -e looked.1 ] || [ ! -e looked.2 ]; do :; done"
        chmod +x $meet
        $both = foreach ($number in 1, 2) {
            Start-Peer -Program "$examples/cases/launchpad/before.sh" -Arguments 'queue', '4711', $meet, $number
        }
        $both | ForEach-Object { $null = Wait-PeerExit $_ }
        Get-Content queue | Should -Be '4711', '4711'
    }

    It 'queues each build once after, however many ask' {
        $null = New-Work
        $peers = foreach ($number in 1..6) {
            Start-Peer -Program pwsh -Arguments '-NoProfile', '-NonInteractive', '-Command', "& '$examples/cases/launchpad/after.ps1' -Queue queue.txt -Build (1..20)"
        }
        $said = $peers | ForEach-Object { (Wait-PeerExit $_) -split '\r?\n' | Where-Object { $_ } }
        Get-Content queue.txt | Sort-Object { [int]$_ } | Should -Be (1..20)
        ($said | Where-Object { $_ -match '^\d+: queued$' }) | Should -HaveCount 20
        ($said | Where-Object { $_ -match '^\d+: queued already by ' }) | Should -HaveCount 100
        (Get-LockName queue).Owner | Should -Be 'Archive team'
    }
}

Describe 'The case of Probitas' {
    BeforeAll {
        # A test that opens the library, as Deno.dlopen does.
        $library = (Get-ChildItem (Join-Path (Split-Path $env:PROCESSDEDUP_TEST_MODULE) "lib/runtimes/linux-$([Runtime.InteropServices.RuntimeInformation]::OSArchitecture.ToString().ToLowerInvariant())/native") -Filter '*.so').FullName
        $null = Send-Order "file /native.so $library", "gate /native.so 200000"
        Add-Program open-library 'exec python3 -c "import ctypes, sys; ctypes.CDLL(sys.argv[1]); print(''opened'')" "$1"'
    }

    It 'opens half a library before, and waits for all of it after' {
        $work = New-Work
        $first = Start-Peer -Program "$examples/cases/probitas/before.sh" -Arguments "$url/native.so", "$work/native.so", 'open-library'
        try {
            $null = Send-Order 'reached /native.so'
            Wait-Until { (Test-Path native.so) -and (Get-Item native.so).Length -gt 0 } 'the first bytes have come'
            $null = & "$examples/cases/probitas/before.sh" "$url/native.so" "$work/native.so" open-library 2>&1
            # An error of the loader, or a SIGBUS, as the pages behind the end of the file are missing.
            $LASTEXITCODE | Should -Not -Be 0
        }
        finally {
            $null = Send-Order 'open /native.so'
            $null = Wait-PeerExit $first
        }

        $null = Send-Order 'gate /native.so 200000'
        $peers = foreach ($number in 1..4) {
            Start-Peer -Program "$examples/cases/probitas/after.sh" -Arguments "$url/native.so", 'open-library'
        }
        $null = Send-Order 'reached /native.so'
        $null = Send-Order 'open /native.so'
        $peers | ForEach-Object { Wait-PeerExit $_ } | Should -Be (@("opened`n") * 4)
        Send-Order 'count /native.so' | Should -Be 2
    }

    It 'has a downloader of others run once before all tests' {
        $null = New-Work
        $env:BUILD_ID = '7'
        $peers = foreach ($number in 1..3) {
            Start-Peer -Program pwsh -Arguments '-NoProfile', '-NonInteractive', '-Command', "& '$examples/cases/probitas/third-party.ps1' -Download { Add-Content loads 1 } -Test { sh -c 'echo tested' }"
        }
        $peers | ForEach-Object { (Wait-PeerExit $_) -split "`n" | Where-Object { $_ -eq 'tested' } } | Should -HaveCount 3
        Get-Content loads | Should -HaveCount 1
        Remove-Item Env:BUILD_ID
    }
}

Describe 'The step "<Name>" of <File>' -ForEach $steps {
    It 'runs, in two jobs at the same time' {
        $work = New-Work
        Remove-Item "$marks/*"
        # Of two prunes at a time the second is told so, with exit code 75; cron starts one.
        $jobs = foreach ($number in 1..($Script -like '*cache prune*' ? 1 : 2)) {
            # Each job has a workspace of its own, as a runner gives it.
            $own = (New-Item -ItemType Directory "$work/job$number").FullName
            Set-Workspace $own
            $environment = @{
                TOOL_URL = "$url/tool.tar.gz"; BUILD_BUILDID = '12'; BUILD_TAG = 'jenkins-12'; GITHUB_RUN_ID = '12'
                GITHUB_PATH = "$own/github-path"; GITHUB_ENV = "$own/github-env"
                RUNNER_TEMP = "$own/temp"; AGENT_TEMPDIRECTORY = "$own/temp"
            }
            $file = if ($Shell -eq 'pwsh') { "$own/step.ps1" } else { "$own/step.sh" }
            Set-Content -LiteralPath $file -Value $(if ($Shell -eq 'pwsh') { "`$ErrorActionPreference = 'stop'`n$Script" } else { "set -e`n$Script" })
            foreach ($name in $environment.Keys) {
                Set-Item "Env:$name" $environment[$name]
            }
            [IO.Directory]::SetCurrentDirectory($own)
            Start-Peer -Program $Shell -Arguments $(if ($Shell -eq 'pwsh') { '-NoProfile', '-NonInteractive', '-File', $file } else { $file })
        }
        [IO.Directory]::SetCurrentDirectory($work)
        $printed = foreach ($job in $jobs) {
            $said = Wait-PeerExit $job
            $job.ExitCode | Should -Be 0 -Because "$said $($job.Errors.Result)"
            $said -split '\r?\n'
        }
        $environment.Keys | ForEach-Object { Remove-Item "Env:$_" }
        # What a step leaves to the next one is still there when another job has emptied the cache between them.
        $null = Invoke-Shell procdedup cache, prune, --max-size, 1
        Get-FetchCache | Should -BeNullOrEmpty
        foreach ($own in Get-Item "$work/job*") {
            $left = @(
                Get-Content "$own/github-path" -ErrorAction Ignore
                (Get-Content "$own/github-env" -ErrorAction Ignore) -replace '^NODE_PATH=' -replace '$', '/left-pad/index.js'
                $printed | Where-Object { $_ -like "##vso*$own*" } | ForEach-Object { $_ -replace '^##vso\[task\.prependpath\]' }
                if ($Script -like '*--out*') { "$own/$($Script -replace '(?s).*--out (\w+).*', '$1')" }
            )
            $left | Where-Object { -not (Get-ChildItem $_ -ErrorAction Ignore) } | Should -BeNullOrEmpty
            $left.Count | Should -Be ([int]($Script -match 'GITHUB_(PATH|ENV)|prependpath|procdedup (fetch|build)'))
        }
        # What is to be done once is done once, and the rest by each.
        if (Test-Path "$marks/migrate") { Get-Content "$marks/migrate" | Should -HaveCount 1 }
        if (Test-Path "$marks/npm") { Get-Content "$marks/npm" | Where-Object { $_ -like 'npm ci*' } | Should -HaveCount ([int]($Script -like '*npm ci*')) }
        if ($Script -like '*npm test*') { Get-Content "$marks/npm" | Should -HaveCount 2 }
        if ($Script -like '*deploy.ps1*') { Get-Content "$marks/deploy" | Should -HaveCount 2 }
        if ($Script -like '*backup.sh*') { Get-Content "$marks/backup" | Should -HaveCount 2 }
    }
}

Describe 'Register-NightlyTask' {
    It 'registers a task that runs the script, and does nothing while somebody else runs it' {
        $null = New-Work
        # The Task Scheduler's cmdlets exist on Windows only.
        Set-Item function:New-ScheduledTaskAction { param($Execute, $Argument) @{ Execute = $Execute; Argument = $Argument } }
        Set-Item function:New-ScheduledTaskTrigger { param([switch] $Daily, $At) @{ Daily = $Daily; At = $At } }
        Set-Item function:Register-ScheduledTask { param($TaskName, $Action, $Trigger) $registered[$TaskName] = $Action, $Trigger }
        $registered = @{}
        Set-Content "the job's.ps1" "Add-Content ran 1"
        & "$examples/pipelines/Register-NightlyTask.ps1" -Script "$PWD/the job's.ps1" -LockFile "$PWD/nightly.lock" -WhatIf
        $registered.Count | Should -Be 0
        & "$examples/pipelines/Register-NightlyTask.ps1" -Script "$PWD/the job's.ps1" -LockFile "$PWD/nightly.lock" 6> $null
        # As Windows starts it: one string.
        $action = $registered['Nightly job'][0]
        $command = "$($action.Execute) $($action.Argument.Replace('$', '\$'))"
        sh -c $command
        Get-Content ran | Should -Be 1
        # As another account would, which has another root directory.
        $holder = Start-Peer "`$env:PROCESSDEDUP_HOME = '$PWD/root-of-another'; Invoke-WithFileLock -LiteralPath '$PWD/nightly.lock' { [Console]::WriteLine('HELD'); `$null = [Console]::ReadLine() }"
        Wait-PeerLine $holder HELD
        sh -c $command
        $LASTEXITCODE | Should -Be 0
        Stop-Peer $holder
        Get-Content ran | Should -Be 1
    }
}

Describe 'Update-Inventory' {
    It 'collects once for all, and replaces the file whole' {
        $null = New-Work
        $collect = "{ Add-Content collected 1; [pscustomobject]@{ Name = 'ssh'; State = 'running' } }"
        $peers = foreach ($number in 1..3) {
            Start-Peer -Program pwsh -Arguments '-NoProfile', '-NonInteractive', '-Command', "& '$examples/administration/Update-Inventory.ps1' -Path inventory.json -Collect $collect"
        }
        $peers | ForEach-Object { $null = Wait-PeerExit $_; $_.ExitCode | Should -Be 0 -Because $_.Errors.Result }
        Get-Content collected | Should -HaveCount 1
        (Get-Content inventory.json -Raw | ConvertFrom-Json).Name | Should -Be ssh
        & "$examples/administration/Update-Inventory.ps1" -Path other.json -Collect { 1 } -WhatIf
        Test-Path other.json | Should -BeFalse
        Get-ChildItem *.new | Should -BeNullOrEmpty
    }
}

Describe 'The walk-through' {
    It 'can be followed from its beginning to its end' {
        $null = New-Work
        $null = Invoke-SqliteRetry -Path queue.db 'CREATE TABLE t(x)'
        $stuck = Start-Holder restore
        try {
            Wait-Until { (Get-FileLock restore).Holders } 'the lock is held'
            $blocks = [regex]::Matches((Get-Content "$examples/troubleshooting/README.md" -Raw), '(?ms)^```powershell\r?\n(.*?)^```').ForEach{ $_.Groups[1].Value }
            $blocks.Count | Should -BeGreaterThan 6
            foreach ($block in $blocks) {
                $shown = . ([scriptblock]::Create($block)) 6>&1 | Out-String
                if ($block -like '*RecommendedAction*') { $shown | Should -BeLike '*LockTimeout,*' }
                if ($block -like '*State -NE Free*') { $shown | Should -BeLike "*restore*$($stuck.Id)*" }
            }
            $stuck.WaitForExit($script:PatienceMs) | Should -BeTrue
        }
        finally {
            Stop-Peer $stuck
        }
    }
}
