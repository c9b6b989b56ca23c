BeforeAll {
    . (Join-Path $PSScriptRoot 'Origin.ps1')
    $log = Join-Path $TestDrive 'log.txt'
}

AfterAll {
    Remove-Item $env:PROCESSDEDUP_HOME -Recurse -Force -ErrorAction Ignore
}

Describe 'A block that fills a directory' {
    BeforeEach {
        Set-Content $log $null
    }

    It 'runs once for 8 processes; the others get the same directory' {
        $block = "param(`$staging) Add-Content '$log' run; while ((Get-FileLock 'fetch-*').Waiters.Count -lt 7) { Start-Sleep -Milliseconds 20 }; Set-Content (Join-Path `$staging x.txt) made"
        $peers = Start-Fetcher "Get-CachedFetch -Key tools -ScriptBlock { $block }" -Count 8
        try {
            $peers.ForEach{ Send-PeerLine $_ }
            $results = Receive-Fetched $peers
            $results.Message | Where-Object { $_ } | Should -BeNullOrEmpty
            Get-Content $log | Should -Be 'run'
            "$($results.Status | Sort-Object)" | Should -Be 'Built Waited Waited Waited Waited Waited Waited Waited'
            $results.Path | Sort-Object -Unique | Should -HaveCount 1
            Get-Content (Join-Path $results[0].Path x.txt) | Should -Be 'made'
        }
        finally {
            Stop-Peer $peers
        }
    }

    It 'that fails fails at once for all who wait, and runs once' {
        $block = "Add-Content '$log' run; while ((Get-FileLock 'fetch-*').Waiters.Count -lt 2) { Start-Sleep -Milliseconds 20 }; throw 'no luck'"
        $peers = Start-Fetcher "Get-CachedFetch -Key failing -ScriptBlock { $block }" -Count 3
        try {
            $peers.ForEach{ Send-PeerLine $_ }
            $results = Receive-Fetched $peers
            $results.Error | Should -BeLike 'ProducerFailed,*'
            $results.Message | Should -BeLike '*no luck*'
            Get-Content $log | Should -Be 'run'
        }
        finally {
            Stop-Peer $peers
        }
    }

    It 'is given the directory and the arguments, and is not run again for the same key' {
        $block = { param($staging, $one, $two) Add-Content $log run; Set-Content (Join-Path $staging "$one.txt") $two }
        $first = Get-CachedFetch -Key arguments -ScriptBlock $block -ArgumentList name, value
        $first.Status | Should -Be 'Built'
        $first.IsDirectory | Should -BeTrue
        Get-Content (Join-Path $first.Path name.txt) | Should -Be 'value'
        $second = Get-CachedFetch -Key arguments -ScriptBlock $block -ArgumentList name, value
        $second.Status | Should -Be 'Hit'
        $second.Path | Should -Be $first.Path
        Get-Content $log | Should -Be 'run'
    }

    It 'runs again when the content of an input changes, and not when its time does' {
        $lock = Join-Path $TestDrive 'package-lock.json'
        $block = { param($staging) Add-Content $log run; Copy-Item $lock $staging }
        Set-Content $lock one
        $first = Get-CachedFetch -Key inputs -InputPath $lock -ScriptBlock $block
        (Get-Item $lock).LastWriteTime = [datetime]'2001-01-01'
        (Get-CachedFetch -Key inputs -InputPath 'TestDrive:\package-lock.json' -ScriptBlock $block).Path | Should -Be $first.Path
        Set-Content $lock two
        $other = Get-CachedFetch -Key inputs -InputPath $lock -ScriptBlock $block
        $other.Status | Should -Be 'Built'
        Get-Content (Join-Path $other.Path package-lock.json) | Should -Be 'two'
        Get-Content $log | Should -Be 'run', 'run'
    }

    It 'runs again when the result is too old' {
        $block = { param($staging) Add-Content $log run; Set-Content (Join-Path $staging now) (Get-Date).Ticks }
        $null = Get-CachedFetch -Key aged -ScriptBlock $block
        (Get-CachedFetch -Key aged -ScriptBlock $block -MaxAgeSec 600).Status | Should -Be 'Hit'
        (Get-CachedFetch -Key aged -ScriptBlock $block -MaxAgeSec 0).Status | Should -Be 'Built'
        Get-Content $log | Should -Be 'run', 'run'
    }

    It 'does not run with -Offline' {
        { Get-CachedFetch -Key offline -Offline -ScriptBlock { Add-Content $log run } } | Should -Throw -ErrorId 'FetchOffline,*'
        Get-Content $log | Should -BeNullOrEmpty
    }

    It 'sees the variables of its caller and changes none of them, as with & { }' {
        $mine = 'of the caller'
        $result = Get-CachedFetch -Key variables -ScriptBlock { param($staging) Set-Content (Join-Path $staging x) $mine; $mine = 'changed' }
        Get-Content (Join-Path $result.Path x) | Should -Be 'of the caller'
        $mine | Should -Be 'of the caller'
        function Get-Seen { $local = 'of a function'; Get-CachedFetch -Key functions -ScriptBlock { param($staging) Set-Content (Join-Path $staging x) $local } }
        Get-Content (Join-Path (Get-Seen).Path x) | Should -Be 'of a function'
    }

    It 'has output that is no result; -Verbose shows it' {
        $block = { param($staging) 'to nobody'; Write-Host 'to the host'; & (Get-PowerShellProgram) -NoProfile -Command "'of a program'"; Set-Content (Join-Path $staging x) 1 }
        $all = Get-CachedFetch -Key output -ScriptBlock $block -Verbose 4>&1
        $all | Where-Object { $_ -isnot [Management.Automation.VerboseRecord] } | Should -HaveCount 1
        $text = $all | Where-Object { $_ -is [Management.Automation.VerboseRecord] } | Out-String
        $text | Should -BeLike '*to nobody*to the host*of a program*Built*'
    }

    It 'leaves the preference and the exit code of its caller alone' {
        $ErrorActionPreference = 'Continue'
        $global:LASTEXITCODE = 5
        $null = Get-CachedFetch -Key preference -ScriptBlock { param($staging) Set-Content (Join-Path $staging x) 1 }
        $ErrorActionPreference | Should -Be 'Continue'
        $global:LASTEXITCODE | Should -Be 5
        $global:LASTEXITCODE = 0
    }

    It 'can be copied to a destination' {
        $place = Join-Path $TestDrive 'made'
        (Get-CachedFetch -Key placed -Destination $place -ScriptBlock { param($staging) Set-Content (Join-Path $staging x) 1 }).Path | Should -Be $place
        Join-Path $place x | Should -Exist
    }
}

Describe 'A block that fails' {
    It 'by <How> is ProducerFailed, and nothing is published' -ForEach @(
        @{ How = 'a throw'; Block = { param($staging) Set-Content (Join-Path $staging x) 1; throw 'thrown here' }; Text = '*thrown here*' }
        @{ How = 'an error of a cmdlet'; Block = { param($staging) Set-Content (Join-Path $staging x) 1; Get-Item '/no/such/item' }; Text = '*no/such/item*' }
        @{ How = 'Write-Error'; Block = { param($staging) Write-Error 'written here' }; Text = '*written here*' }
        @{ How = 'a program'; Block = { param($staging) & (Get-PowerShellProgram) -NoProfile -Command "'last words'; exit 7" }; Text = '*exit code 7*last words*' }
        @{ How = 'a command that is not there'; Block = { param($staging) Invoke-NoSuchCommand }; Text = '*Invoke-NoSuchCommand*' }
    ) {
        $caught = { Get-CachedFetch -Key "fails by $How" -ScriptBlock $Block } | Should -Throw -ErrorId 'ProducerFailed,*' -PassThru
        "$caught" | Should -BeLike $Text
        $caught.TargetObject | Should -Be "fails by $How"
        $caught.ErrorDetails.RecommendedAction | Should -BeLike 'Nothing was published*'
        Get-FetchCache "fails by*" | Should -BeNullOrEmpty
        Get-ChildItem (Join-Path $env:PROCESSDEDUP_HOME tmp) -Force -ErrorAction Ignore | Should -BeNullOrEmpty
    }

    It 'that writes beside its directory and leaves that empty is refused, and is not the answer from then on' {
        $elsewhere = Join-Path $TestDrive 'elsewhere'
        { Get-CachedFetch -Key forgetful -ScriptBlock { Set-Content $elsewhere 1 } } | Should -Throw -ErrorId 'BuildUnclean,*'
        (Get-CachedFetch -Key forgetful -ScriptBlock { param($out) Set-Content "$out/x" 1 }).Status | Should -Be 'Built'
    }

    It 'can be mended and asked again' {
        $luck = $false
        $block = { param($staging) if (-not $luck) { throw 'no luck' }; Set-Content (Join-Path $staging x) 1 }
        { Get-CachedFetch -Key mended -ScriptBlock $block } | Should -Throw -ErrorId 'ProducerFailed,*'
        $luck = $true
        (Get-CachedFetch -Key mended -ScriptBlock $block).Status | Should -Be 'Built'
    }
}

Describe 'A block within a block' {
    It 'of another key works' {
        $result = Get-CachedFetch -Key outer -ScriptBlock {
            param($staging)
            $inner = Get-CachedFetch -Key inner -ScriptBlock { param($place) Set-Content (Join-Path $place i) 'inner' }
            Copy-Item (Join-Path $inner.Path i) $staging
        }
        Get-Content (Join-Path $result.Path i) | Should -Be 'inner'
    }

    It 'of the same key is LockReentered instead of a wait for ever' {
        $result = Get-CachedFetch -Key itself -ScriptBlock {
            param($staging)
            try { Get-CachedFetch -Key itself -ScriptBlock { } }
            catch { Set-Content (Join-Path $staging id) $_.FullyQualifiedErrorId }
        }
        Get-Content (Join-Path $result.Path id) | Should -BeLike 'LockReentered,*'
    }

    It 'of the same key in a thread job that outlives the block gets the block''s result, when it has a timeout' {
        $module = $env:PROCESSDEDUP_TEST_MODULE
        $first = Get-CachedFetch -Key outlived -ScriptBlock {
            param($staging)
            Set-Content (Join-Path $staging made) 'once'
            $script:later = Start-ThreadJob {
                Import-Module $using:module
                Get-CachedFetch -Key outlived -TimeoutSec 300 -ScriptBlock { param($staging) Set-Content (Join-Path $staging made) 'twice' }
            }
            Wait-Until { $later.Progress.Count -gt 0 } 'the wait of the job'
        }
        Wait-Until { $later.State -in 'Completed', 'Failed' } 'the end of the job'
        (Receive-Job $later).Path | Should -Be $first.Path
        Get-Content (Join-Path $first.Path made) | Should -Be 'once'
    }

    It 'may fetch addresses' {
        $origin = Start-Origin
        try {
            $address = Send-Order 'text /part one part' $origin
            $result = Get-CachedFetch -Key parts -ScriptBlock { param($staging) Get-CachedFetch $address -Destination $staging }
            Get-Content (Join-Path $result.Path part) | Should -Be 'one part'
        }
        finally {
            Stop-Peer $origin
        }
    }
}

Describe 'Ctrl+C while the block runs' {
    BeforeEach {
        Set-Content $log $null
    }

    It 'ends it; nothing is published, and the next one runs' {
        $shell = [powershell]::Create().AddScript("Import-Module '$env:PROCESSDEDUP_TEST_MODULE'; Get-CachedFetch -Key stopped -ScriptBlock { Add-Content '$log' run; while (`$true) { Start-Sleep -Milliseconds 20 } }")
        $null = $shell.BeginInvoke()
        Wait-Until { Get-Content $log } 'the block runs'
        $shell.BeginStop($null, $null).AsyncWaitHandle.WaitOne($script:PatienceMs) | Should -BeTrue
        $shell.Dispose()
        Get-FetchCache stopped -ErrorAction Ignore | Should -BeNullOrEmpty
        (Get-CachedFetch -Key stopped -ScriptBlock { param($staging) Set-Content (Join-Path $staging x) 1 }).Status | Should -Be 'Built'
    }
}

Describe 'A downloader of somebody else' {
    BeforeEach {
        Set-Content $log $null
    }

    It 'runs one at a time behind a lock with one slot' {
        $script = "Invoke-WithFileLock downloader -Slots 1 { Add-Content '$log' in; [Console]::WriteLine('IN'); `$null = [Console]::ReadLine(); Add-Content '$log' out }"
        $peers = @(1..2 | ForEach-Object { Start-Peer $script })
        try {
            Wait-Until { (Get-FileLock downloader).Waiters.Count -eq 1 } 'one runs and one waits'
            $peers.ForEach{ Send-PeerLine $_ }
            $peers.ForEach{ $null = Wait-PeerExit $_ }
            Get-Content $log | Should -Be 'in', 'out', 'in', 'out'
        }
        finally {
            Stop-Peer $peers
        }
    }
}
