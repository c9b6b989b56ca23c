BeforeAll {
    . (Join-Path $PSScriptRoot 'Setup.ps1')
    # As many as the issue names, where there is the time for it.
    $many = if ($env:PROCESSDEDUP_TEST_SCALE -eq 'full') { 32 } else { 6 }
    $marks = Join-Path ([IO.Path]::GetTempPath()) "procdedup-once-$([guid]::NewGuid().ToString('N'))"

    function Start-Once {
        <# A process that runs the block once, and prints what it was given as JSON, or the error. #>
        [Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '')]
        param([string] $Key, [string] $Block)
        Start-Peer -Script @"
[Console]::WriteLine('READY')
try { `$given = Invoke-Once '$Key' { $Block }; [Console]::WriteLine((ConvertTo-Json @(`$given) -Compress)) }
catch { [Console]::WriteLine("ERROR `$(`$_.Exception.Message)") }
"@
    }

    function Get-MarkCount {
        if (Test-Path $marks) { @(Get-Content $marks).Count } else { 0 }
    }

    function Get-WaiterCount {
        @((Get-FileLock 'fetch-*').Waiters).Count
    }
}

AfterAll {
    Remove-Item $env:PROCESSDEDUP_HOME, $marks -Recurse -Force -ErrorAction Ignore
}

Describe 'Invoke-Once' {
    BeforeEach {
        Remove-Item $marks -ErrorAction Ignore
    }

    It 'runs the block in one of many processes, and all get the same objects' {
        $block = "Add-Content '$marks' ran; while (-not (Test-Path '$marks.go')) { Start-Sleep -Milliseconds 20 }; [pscustomobject]@{ A = 1; B = 'x' }; 3"
        $peers = 1..$many | ForEach-Object { Start-Once -Key many -Block $block }
        try {
            Wait-Until { (Get-WaiterCount) -eq $many - 1 } 'all but one wait'
            Set-Content "$marks.go" go
            $said = foreach ($peer in $peers) { (Wait-PeerExit $peer).Trim().Split("`n")[-1] }
            $said | Select-Object -Unique | Should -Be '[{"A":1,"B":"x"},3]'
            Get-MarkCount | Should -Be 1
        }
        finally {
            Stop-Peer $peers
            Remove-Item "$marks.go" -ErrorAction Ignore
        }
    }

    It 'forgets a result that Clear-FetchCache is given, also where this process has had it' {
        Invoke-Once forgotten { 'first' } | Should -Be 'first'
        Invoke-Once forgotten { 'second' } | Should -Be 'first'
        (Clear-FetchCache forgotten -PassThru -Confirm:$false).Outcome | Should -Be 'Removed'
        Invoke-Once forgotten { 'third' } | Should -Be 'third'
        # What a path leads to is another matter: it stays as long as this process has it.
        $made = Get-CachedFetch -Key kept -ScriptBlock { param($out) Set-Content "$out/x" 1 }
        (Clear-FetchCache kept -PassThru -Confirm:$false).Outcome | Should -Be 'InUse'
        "$($made.Path)/x" | Should -Exist
    }

    It 'has its effect once, and the same objects for all, when those that run it are killed' {
        $kills = if ($many -gt 6) { 5 } else { 2 }
        $block = "Add-Content '$marks' ran; while (-not (Test-Path '$marks.go')) { Start-Sleep -Milliseconds 20 }; Add-Content '$marks.effects' effect; [pscustomobject]@{ A = 1 }; 3"
        [Collections.Generic.List[object]] $peers = 1..$many | ForEach-Object { Start-Once -Key killed-leaders -Block $block }
        try {
            Wait-Until { (Get-WaiterCount) -eq $many - 1 } 'all but one wait'
            foreach ($kill in 1..$kills) {
                # The others may wait before the first one has come to its block.
                Wait-Until { (Get-MarkCount) -eq $kill } 'the leader runs it'
                $leader = $peers | Where-Object Id -EQ (Get-FileLock 'fetch-*' | Where-Object State -NE Free).Holders[0].ProcessId
                Stop-Peer $leader
                $null = $peers.Remove($leader)
            }
            Wait-Until { (Get-MarkCount) -eq $kills + 1 } 'the next one runs it'
            Set-Content "$marks.go" go
            $said = foreach ($peer in $peers) { (Wait-PeerExit $peer).Trim().Split("`n")[-1] }
            $said.Count | Should -Be ($many - $kills)
            $said | Select-Object -Unique | Should -Be '[{"A":1},3]'
            Get-Content "$marks.effects" | Should -Be 'effect'
        }
        finally {
            Stop-Peer $peers
            Remove-Item "$marks.go", "$marks.effects" -ErrorAction Ignore
        }
    }

    It 'gives the failure to those who waited, and runs again for who comes later' {
        $block = "Add-Content '$marks' ran; while (-not (Test-Path '$marks.go')) { Start-Sleep -Milliseconds 20 }; throw 'boom'"
        $peers = 1..3 | ForEach-Object { Start-Once -Key fails -Block $block }
        try {
            Wait-Until { (Get-WaiterCount) -eq 2 } 'two of the three wait'
            Set-Content "$marks.go" go
            foreach ($peer in $peers) {
                (Wait-PeerExit $peer) | Should -BeLike '*ERROR boom*'
            }
            Get-MarkCount | Should -Be 1
            Invoke-Once fails { 'fine' } | Should -Be 'fine'
        }
        finally {
            Stop-Peer $peers
            Remove-Item "$marks.go" -ErrorAction Ignore
        }
    }

    It 'takes a program that fails for a failure' {
        { Invoke-Once program { sh -c 'exit 3' } } | Should -Throw -ErrorId 'NativeCommandFailed,*'
        Invoke-Once program { 'fine' } | Should -Be 'fine'
    }

    It 'is run by the next one when its process is killed' {
        $first = Start-Once -Key killed -Block "Add-Content '$marks' ran; Start-Sleep 600"
        try {
            Wait-Until { (Get-MarkCount) -eq 1 } 'the first one runs'
            $first.Kill($true)
            Invoke-Once killed { 'second' } | Should -Be 'second'
        }
        finally {
            Stop-Peer $first
        }
    }

    It 'does not run again while the result is young enough' {
        Invoke-Once young { 'one' } | Should -Be 'one'
        Invoke-Once young { 'two' } | Should -Be 'one'
        Invoke-Once young -TtlSec 3600 { 'three' } | Should -Be 'one'
        Invoke-Once young -TtlSec 0 { 'four' } | Should -Be 'four'
    }

    It 'keeps types, nothing, and arrays' {
        $objects = { 1; 'a'; [datetime]'2020-02-03'; $null; , @(1, 2); [pscustomobject]@{ Deep = @{ Er = 'x' } } }
        $first = Invoke-Once types $objects
        $second = Invoke-Once types { 'never' }
        $second.Count | Should -Be $first.Count
        $second[0] | Should -BeOfType [int]
        $second[2] | Should -Be ([datetime]'2020-02-03')
        $second[4] | Should -Be @(1, 2)
        $second[5].Deep.Er | Should -Be 'x'
        Invoke-Once nothing { } | Should -BeNullOrEmpty
        Invoke-Once nothing { 'never' } | Should -BeNullOrEmpty
    }

    It 'gives the one that ran it and all others equal objects, with the types that a script compares by' {
        $objects = { [pscustomobject]@{ Day = [DayOfWeek]::Friday; At = [DateTimeOffset]'2020-02-03T04:05:06+02:00'; File = Get-Item $PSHOME; List = , [DayOfWeek]::Monday }; [DayOfWeek]::Sunday }
        $both = foreach ($turn in 1, 2) {
            $given = Invoke-Once equal $objects
            $given[0].Day -eq 'Friday' | Should -BeTrue
            $given[0].At.Offset | Should -Be ([timespan]'02:00')
            $given[0].File.Exists | Should -BeTrue
            ($given | ForEach-Object { $_.GetType().FullName; $_.PSObject.Properties.ForEach{ "$($_.Name) $($_.Value) $($_.TypeNameOfValue)" } }) -join "`n"
        }
        $both[0] | Should -Be $both[1]
    }

    It 'fails where others would get text in place of an object, and keeps data whole however deep' {
        class Part { [object] $Inner; [int] $Number }
        function Get-Chain([int] $Length) { [Part] @{ Number = $Length; Inner = if ($Length) { Get-Chain ($Length - 1) } } }
        $caught = { Invoke-Once chain { Get-Chain 5 } } | Should -Throw -ErrorId 'OnceObjectCut,*' -PassThru
        "$caught" | Should -BeLike '*`$result`[0`].Inner.Inner.Inner (Part)*'
        # Nothing was published.
        (Invoke-Once chain -Depth 9 { Get-Chain 5 }).Inner.Inner.Inner.Inner.Number | Should -Be 1
        (Invoke-Once data { @{ a = @([pscustomobject]@{ b = @{ c = @{ d = [dayofweek]::Friday } } }) } }).a[0].b.c.d | Should -Be ([dayofweek]::Friday)
        (Invoke-Once process { Get-Process -Id $PID }).Id | Should -Be $PID
    }

    It 'runs again with -Force, for the others too' {
        $runs = 0
        Invoke-Once forced { (++$runs) } | Should -Be 1
        Invoke-Once forced { (++$runs) } | Should -Be 1
        Invoke-Once forced -Force { (++$runs) } | Should -Be 2
        Invoke-Once forced { (++$runs) } | Should -Be 2
    }

    It 'shows the last words of a program that fails, to the one that ran it and to those who wait' -Skip:$IsWindows {
        $block = "Add-Content '$marks' ran; while (-not (Test-Path '$marks.go')) { Start-Sleep -Milliseconds 20 }; sh -c 'echo FAILED; echo token=s3cretvalue why >&2; exit 1'"
        $peers = 1..2 | ForEach-Object { Start-Once -Key words -Block $block }
        try {
            Wait-Until { (Get-WaiterCount) -eq 1 } 'one of the two waits'
            Set-Content "$marks.go" go
            foreach ($peer in $peers) {
                $said = Wait-PeerExit $peer
                $said | Should -BeLike '*ERROR*exit code 1*why*'
                $said | Should -BeLike '*FAILED*'
                $said | Should -Not -BeLike '*ERROR*s3cretvalue*'
            }
        }
        finally {
            Stop-Peer $peers
            Remove-Item "$marks.go" -ErrorAction Ignore
        }
    }

    It 'does nothing with -WhatIf and $WhatIfPreference, so that nothing passes for done' {
        Invoke-Once dry { 'ran' } -WhatIf | Should -BeNullOrEmpty
        & { $WhatIfPreference = $true; Invoke-Once dry { 'ran' } } | Should -BeNullOrEmpty
        Invoke-Once dry { 'really' } | Should -Be 'really'
    }

    It 'runs in the caller''s scope with arguments' {
        $outside = 5
        Invoke-Once scope { param($a) $inside = $a + $outside; $inside } -ArgumentList 3 | Should -Be 8
        $inside | Should -Be 8
    }

    It 'refuses to wait for itself, and an empty key' {
        { Invoke-Once itself { Invoke-Once itself { 1 } } } | Should -Throw -ErrorId 'LockReentered,*'
        { Invoke-Once '' { 1 } } | Should -Throw -ErrorId 'FetchOptionsInvalid,*'
    }

    It 'says with -Verbose why' {
        $null = Invoke-Once why { 1 }
        Invoke-Once why { 1 } -Verbose 4>&1 | Select-Object -Skip 1 -First 1 | Should -BeLike '*Hit*done before*'
    }
}
