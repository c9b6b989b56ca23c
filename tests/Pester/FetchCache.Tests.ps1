BeforeAll {
    . (Join-Path $PSScriptRoot 'Origin.ps1')
    $script:origin = Start-Origin
    $url = $origin.Url
    $orders = foreach ($name in 'a.bin', 'b.bin', 'c.bin', 'bad.bin', 'gone.bin') {
        "bytes /$name 100000 $([array]::IndexOf(@('a.bin', 'b.bin', 'c.bin', 'bad.bin', 'gone.bin'), $name) + 1)", "set /$name cache max-age=3600"
    }
    $null = Send-Order $orders

    # What this process was given it would keep from being removed.
    function Invoke-Elsewhere {
        param([string] $Command)
        $peer = Start-Peer "`$null = & { $Command }"
        Wait-PeerExit $peer
        if ($peer.ExitCode) {
            throw "It failed: $($peer.Errors.Result)"
        }
    }

    $null = Invoke-Elsewhere "'a', 'b', 'c', 'bad', 'gone' | ForEach-Object { Get-CachedFetch `"$url/`$_.bin`" }; Get-CachedFetch '$url/a.bin'; Get-CachedFetch -Key 'a tree' { param(`$d) Set-Content `"`$d/x`" 1 }"
}

AfterAll {
    Stop-Peer $origin
    Remove-Item $env:PROCESSDEDUP_HOME -Recurse -Force -ErrorAction Ignore
}

Describe 'Get-FetchCache' {
    It 'shows what is there, whence, how large, and who made it' {
        $items = Get-FetchCache
        $items | Should -HaveCount 6
        $a = Get-FetchCache "$url/a.bin"
        $a.Kind | Should -Be 'http'
        $a.Size | Should -Be 100000
        $a.Hits | Should -Be 1
        $a.Maker.ProcessId | Should -Not -Be $PID
        $a.IsInUse | Should -BeFalse
        (Get-FetchCache 'a tree').Kind | Should -Be 'script'
    }

    It 'chooses by wildcard, by the beginning of a key, and through the pipeline' {
        (Get-FetchCache '*/a.bin', '*/B.*').Source | Sort-Object | Should -Be "$url/a.bin", "$url/b.bin"
        $a = Get-FetchCache -Uri '*/a.bin'
        (Get-FetchCache -Key $a.Key.Substring(0, 12)).Source | Should -Be $a.Source
        ($a | Get-FetchCache).Key | Should -Be $a.Key
        { Get-FetchCache nothing -ErrorAction Stop } | Should -Throw -ErrorId 'CacheEntryNotFound,*'
        Get-FetchCache 'nothing*' | Should -BeNullOrEmpty
    }

    It 'completes sources with Tab; the tooltip tells kind, size and age' {
        foreach ($command in 'Get-FetchCache', 'Test-FetchCache', 'Clear-FetchCache') {
            $line = "$command $url/"
            $found = (TabExpansion2 $line $line.Length).CompletionMatches
            $found.CompletionText | Should -Contain "'$url/a.bin'"
            ($found | Where-Object ListItemText -EQ "$url/a.bin").ToolTip | Should -BeLike 'http, 100 kB, fetched * ago'
        }
    }

    It 'shows a table with sizes and ages for people' {
        $text = Get-FetchCache '*/a.bin' | Out-String -Width 200
        $text | Should -BeLike '*Kind*Size*Age*Last used*Hits*Made by*Source*http*100 kB*a.bin*'
    }
}

Describe 'Test-FetchCache' {
    It 'says that what is sound is sound' {
        (Test-FetchCache '*/a.bin').State | Should -Be 'Sound'
        Test-FetchCache '*/a.bin', 'a tree' -Quiet | Should -BeTrue
        Test-FetchCache '*/a.bin' | Out-String | Should -BeLike '*Sound*100 kB*a.bin*'
    }

    It 'puts what is broken into quarantine, and it is fetched anew' {
        $path = (Get-FetchCache '*/bad.bin').Path
        $bytes = [IO.File]::ReadAllBytes($path)
        $bytes[5] = $bytes[5] -bxor 1
        if (-not $IsWindows) {
            chmod u+w $path
        }
        [IO.File]::WriteAllBytes($path, $bytes)
        $result = Test-FetchCache '*/bad.bin' -WarningVariable warnings -WarningAction SilentlyContinue
        $result.State | Should -Be 'Broken'
        $result.QuarantinedAt | Should -Exist
        "$warnings" | Should -BeLike '*bad.bin*fetched anew*'
        Get-FetchCache '*/bad.bin' | Should -BeNullOrEmpty
        $null = Invoke-Elsewhere "Get-CachedFetch '$url/bad.bin'"
        Test-FetchCache '*/bad.bin' -Quiet | Should -BeTrue
    }

    It 'tells what is missing, once' {
        $item = Get-FetchCache '*/gone.bin'
        Get-ChildItem $env:PROCESSDEDUP_HOME -Recurse -File -Force | Where-Object { $_.FullName -like "*$($item.Digest.Substring(7))*" } | Remove-Item -Force
        Test-FetchCache '*/gone.bin' -Quiet -WarningAction SilentlyContinue | Should -BeFalse
        Get-FetchCache '*/gone.bin' | Should -BeNullOrEmpty
    }
}

Describe 'Get-DedupStatistic' {
    It 'counts answers, and what they saved' {
        $all = Get-DedupStatistic
        $all.Produced | Should -Be 7
        $all.Hits | Should -Be 1
        $all.Answers | Should -Be 8
        $all.HitPercent | Should -Be 12.5
        $all.BytesSaved | Should -Be 100000
        $all.BytesTransferred | Should -Be 600000
        (Get-DedupStatistic -Since (Get-Date).AddHours(-1)).Answers | Should -Be 8
        (Get-DedupStatistic (Get-Date).AddHours(1)).Answers | Should -Be 0
        $all | Out-String | Should -BeLike '*Without work : 12.5 %*Transferred *600 kB*'
    }
}

Describe 'Clear-FetchCache' {
    It 'removes nothing with -WhatIf, and shows each that it would remove' {
        $before = (Get-FetchCache).Key
        $lines = Invoke-Elsewhere "if (Clear-FetchCache '*.bin' -WhatIf -PassThru) { throw 'something was removed' }"
        (Get-FetchCache).Key | Should -Be $before
| Should -BeNullOrEmpty
        (Get-FetchCache).Key | Should -Be $before
        $lines = Invoke-Elsewhere "Clear-FetchCache '*.bin' -WhatIf 6>&1 | ForEach-Object { [Console]::WriteLine(`$_) }"
        foreach ($name in 'a.bin', 'b.bin', 'c.bin', 'bad.bin') {
            $lines | Should -BeLike "*$url/$name (http, 100 kB)*"
        }
        $lines | Should -Not -BeLike '*a tree*'
    }

    It 'removes no entry if none is chosen' {
        $before = (Get-FetchCache).Key
        Clear-FetchCache
        @() | Clear-FetchCache
        # A pipeline from which nothing comes means nothing, not everything.
        Get-FetchCache 'nothing*' | Clear-FetchCache -OlderThanHours 0
        (Get-FetchCache).Key | Should -Be $before
    }

    It 'leaves what another process was given, and says so' {
        $user = Start-Fetcher "Get-CachedFetch '$url/a.bin'"
        try {
            Send-PeerLine $user
            $given = Receive-Fetched $user
            $told = Clear-FetchCache '*/a.bin' -PassThru -Verbose 4>&1
            ($told | Where-Object { $_ -is [Management.Automation.VerboseRecord] }) -join "`n" | Should -BeLike '*a.bin*stays: a living process uses it*'
            $outcome = $told | Where-Object { $_ -isnot [Management.Automation.VerboseRecord] }
            $outcome.Outcome | Should -Be 'InUse'
            $given.Path | Should -Exist
        }
        finally {
            Stop-Peer $user
        }
        $cleared = Clear-FetchCache '*/a.bin' -PassThru
        $cleared.Outcome | Should -Be 'Removed'
        $cleared.Source | Should -Be "$url/a.bin"
        $cleared.Size | Should -Be 100000
        $given.Path | Should -Not -Exist
        Get-FetchCache '*/a.bin' | Should -BeNullOrEmpty
    }

    It 'removes by key through the pipeline' {
        Get-FetchCache '*/b.bin' | Clear-FetchCache
        Get-FetchCache '*/b.bin' | Should -BeNullOrEmpty
        Get-FetchCache '*/c.bin' | Should -HaveCount 1
    }

    It 'removes what was not used for a while' {
        Clear-FetchCache -OlderThanHours 1
        Get-FetchCache | Should -HaveCount 3
    }

    It 'removes the least recently used until the cache is small enough' {
        Clear-FetchCache -MaxSizeBytes 5GB
        Get-FetchCache | Should -HaveCount 3
        (Clear-FetchCache -MaxSizeBytes 100kb -PassThru | Out-String -Width 200) | Should -BeLike '*Outcome*Size*Source*Removed*100 kB*c.bin*'
        (Get-FetchCache).Source | Sort-Object | Should -Be 'a tree', "$url/bad.bin"
    }

    It 'ends with LockBusy while another prune runs' {
        $held = Start-Holder fetch-prune
        try {
            $caught = { Clear-FetchCache } | Should -Throw -ErrorId 'LockBusy,*' -PassThru
            "$caught" | Should -BeLike "*PID $($held.Id)*"
        }
        finally {
            Stop-Peer $held
        }
    }
}
