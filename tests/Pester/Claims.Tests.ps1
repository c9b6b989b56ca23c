BeforeAll {
    . (Join-Path $PSScriptRoot 'Setup.ps1')
}

AfterAll {
    Remove-Item $env:PROCESSDEDUP_HOME -Recurse -Force -ErrorAction Ignore
}

Describe 'Add-Claim' {
    It 'claims an object by its Key and refuses one that has none' {
        $results = [pscustomobject]@{ Id = 4711; State = 'new' }, [pscustomobject]@{ Key = 7; Id = 1 }, 8, ([guid]::Empty) |
            Add-Claim obvious -ErrorAction SilentlyContinue -ErrorVariable problems
        $results.Key | Should -Be '7', '8', '00000000-0000-0000-0000-000000000000'
        $problems | Should -HaveCount 1
        $problems[0].FullyQualifiedErrorId | Should -BeLike 'ClaimKeyInvalid,*'
        { Add-Claim obvious ([pscustomobject]@{ Id = 1 }) -ErrorAction Stop } | Should -Throw -ErrorId 'ClaimKeyInvalid,*'
        { Get-Item $TestDrive | Add-Claim obvious -ErrorAction Stop } | Should -Throw -ErrorId 'ClaimKeyInvalid,*'
        { @{ Id = 1 } | Add-Claim obvious -ErrorAction Stop } | Should -Throw -ErrorId 'ClaimKeyInvalid,*'
        (@{ Key = 9 } | Add-Claim obvious).Key | Should -Be '9'
    }

    It 'take nothing from other objects than their keys, and all that they need from claims' {
        $folder = New-Item -ItemType Directory (Join-Path $TestDrive 'foreign')
        Push-Location $folder
        try {
            $rows = "Key,Path,Token`na,one.db,t`nb,two.db,t`na,three.db,t" | ConvertFrom-Csv
            ($rows | Add-Claim foreign).Outcome | Should -Be 'Won', 'Won', 'Lost'
            ($rows | Get-Claim foreign).Key | Should -Be 'a', 'b', 'a'
            Get-ChildItem $folder | Should -BeNullOrEmpty
            $mine = Join-Path $TestDrive 'mine.db'
            $claim = Add-Claim foreign c -LeaseSec 600 -Path $mine
            ($claim | Add-Claim -LeaseSec 600).Outcome | Should -Be 'Won'
            $claim | Export-Clixml (Join-Path $TestDrive 'claim.xml')
            $back = Import-Clixml (Join-Path $TestDrive 'claim.xml')
            ($back | Add-Claim).Outcome | Should -Be 'Won'
            ($back | Get-Claim).Path | Should -Be $mine
            ($back | Remove-Claim -PassThru).Key | Should -Be 'c'
        }
        finally {
            Pop-Location
        }
    }

    It 'are not made by a dry run' {
        Add-Claim dry a -WhatIf | Should -BeNullOrEmpty
        & { $WhatIfPreference = $true; Add-Claim dry a; Register-LockName dry-name team } | Should -BeNullOrEmpty
        Get-Claim dry | Should -BeNullOrEmpty
        Get-LockName | Where-Object Namespace -EQ 'dry-name' | Should -BeNullOrEmpty
    }

    It 'is won by the first one, and tells the others who it was' {
        $won = Add-Claim builds 4711 -Reason 'building 4711'
        $won.Outcome | Should -Be 'Won'
        $won.Fence | Should -Be 1
        $won.Token | Should -Not -BeNullOrEmpty
        $peer = Start-Peer -Script "`$c = Add-Claim -Namespace builds -Key 4711; [Console]::WriteLine(('{0} {1} {2} {3}' -f `$c.Outcome, `$c.Owner.ProcessId, `$c.Reason, (`$null -eq `$c.Token)))"
        try {
            (Wait-PeerExit $peer).Trim() | Should -Be "Lost $PID building 4711 True"
        }
        finally {
            Stop-Peer $peer
        }
    }

    It 'has one winner for each key among processes that pipe them all in' {
        $peers = 1..4 | ForEach-Object {
            Start-Peer -Script "[Console]::WriteLine('READY'); `$null = [Console]::ReadLine(); 1..200 | Add-Claim many | Where-Object Outcome -EQ Won | ForEach-Object { [Console]::WriteLine(`$_.Key) }"
        }
        try {
            $peers | ForEach-Object { Wait-PeerLine $_ READY }
            $peers | ForEach-Object { Send-PeerLine $_ }
            $won = $peers | ForEach-Object { (Wait-PeerExit $_) -split "`n" } | Where-Object { $_ }
            $won.Count | Should -Be 200
            @($won | Select-Object -Unique).Count | Should -Be 200
        }
        finally {
            Stop-Peer $peers
        }
    }

    It 'gives results while keys are still coming' {
        $seen = [Collections.Generic.List[string]]::new()
        1..3 | ForEach-Object { $seen.Add("in $_"); $_ } | Add-Claim stream | ForEach-Object { $seen.Add("out $($_.Key)") }
        $seen | Should -Be 'in 1', 'out 1', 'in 2', 'out 2', 'in 3', 'out 3'
    }

    It 'gives the same answer to the same token' {
        (Add-Claim builds again).Outcome | Should -Be 'Won'
        (Add-Claim builds again).Outcome | Should -Be 'Lost'
        (Add-Claim builds ci -Token job-7).Outcome | Should -Be 'Won'
        $again = Add-Claim builds ci -Token job-7
        $again.Outcome, $again.Fence | Should -Be 'Won', 1
        (Add-Claim builds ci -Token job-8).Outcome | Should -Be 'Lost'
    }

    It 'lasts as long as its lease, which is renewed by piping the claim in again' {
        $first = Add-Claim leased k -LeaseSec 0.001
        Wait-Until { (Get-Claim leased k).IsExpired } 'the lease is over'
        $second = Add-Claim leased k -LeaseSec 3600
        $second.Outcome, $second.Fence | Should -Be 'Won', 2
        $second.TakenOverFrom.ProcessId | Should -Be $PID
        ($first | Add-Claim).Outcome | Should -Be 'Lost'
        $renewed = $second | Add-Claim -LeaseSec 7200
        $renewed.Outcome, $renewed.Fence | Should -Be 'Won', 2
        $renewed.LeaseEnd | Should -BeGreaterThan ([DateTimeOffset]::Now.AddSeconds(7000))
        ($second | Add-Claim).LeaseEnd | Should -BeNullOrEmpty
    }

    It 'keeps claims in a file of one''s own, and knows the case of keys' {
        $file = Join-Path $env:PROCESSDEDUP_HOME 'own claims é.db'
        $won = 'a', 'A', 'ä 💡' | Add-Claim own -Path $file
        $won.Outcome | Select-Object -Unique | Should -Be 'Won'
        $won[0].Path | Should -Be $file
        Get-Claim own | Should -BeNullOrEmpty
        (Get-Claim own -Path $file).Count | Should -Be 3
        # Where it is kept comes through the pipeline as well.
        $won[0] | Remove-Claim
        (Get-Claim own -Path $file).Key -join ' ' | Should -BeExactly 'A ä 💡'
    }

    It 'refuses what is no key, and goes on with the others' {
        $results = 'x', '', 'y', ('k' * 2000), "a`nb", 'z' | Add-Claim bad -ErrorAction SilentlyContinue -ErrorVariable problems
        $results.Key | Should -Be 'x', 'y', 'z'
        $problems.Count | Should -Be 3
        $problems[0].FullyQualifiedErrorId | Should -Be 'ClaimKeyInvalid,ProcessDedup.Cmdlets.AddClaimCommand'
        $problems[0].ErrorDetails.RecommendedAction | Should -BeLike '*1024*'
        { Add-Claim 'a/b' k -ErrorAction Stop } | Should -Throw -ErrorId 'ClaimNamespaceInvalid,*'
        { Add-Claim bad k -Token ' ' -ErrorAction Stop } | Should -Throw -ErrorId 'ClaimTokenInvalid,*'
        { Add-Claim bad k -Path (Join-Path $env:PROCESSDEDUP_HOME 'no/such/claims.db') } | Should -Throw -ErrorId 'SqliteDirectoryMissing,*'
        { Add-Claim bad k -Path $env:PROCESSDEDUP_HOME } | Should -Throw -ErrorId 'SqlitePathIsDirectory,*'
        { Add-Claim bad k -Path env:x } | Should -Throw -ErrorId 'SqlitePathInvalid,*'
    }
}

Describe 'Get-Claim' {
    It 'finds by name, by pattern, and nothing where nothing is' {
        $null = 'one', 'two', 'Three' | Add-Claim look
        $null = Add-Claim look.below one
        (Get-Claim look).Key | Should -Be 'Three', 'one', 'two'
        (Get-Claim look*).Count | Should -Be 4
        (Get-Claim look t*).Key | Should -Be 'two'
        (Get-Claim look one).Namespace | Should -Be 'look'
        { Get-Claim look ONE -ErrorAction Stop } | Should -Throw -ErrorId 'ClaimNotFound,*'
        'one', 'two' | Get-Claim look | ForEach-Object Key | Should -Be 'one', 'two'
    }

    It 'shows a claim of a process that is gone, which is a claim all the same' {
        $peer = Start-Peer -Script "`$null = Add-Claim gone k; [Console]::WriteLine('WON'); `$null = [Console]::ReadLine()"
        try {
            Wait-PeerLine $peer WON
            (Get-Claim gone k).Owner.IsGone | Should -BeFalse
            $peer.Kill($true)
            $peer.WaitForExit()
            (Get-Claim gone k).Owner.IsGone | Should -BeTrue
            (Get-Claim gone k | Out-String -Width 400) -replace '\s+', ' ' | Should -BeLike '*which is gone*'
            (Add-Claim gone k).Outcome | Should -Be 'Lost'
        }
        finally {
            Stop-Peer $peer
        }
    }
}

Describe 'Remove-Claim' {
    It 'gives a key back to the next one, with a higher fence' {
        $won = Add-Claim back k
        $won | Remove-Claim
        Get-Claim back | Should -BeNullOrEmpty
        $next = Add-Claim back k
        $next.Outcome, $next.Fence | Should -Be 'Won', 2
        { $won | Remove-Claim -ErrorAction Stop } | Should -Throw -ErrorId 'ClaimNotOwned,*'
    }

    It 'is for the owner, or for whoever insists' {
        $null = Add-Claim mine k
        { Remove-Claim mine k -ErrorAction Stop } | Should -Throw -ErrorId 'ClaimNotOwned,*'
        { Get-Claim mine | Remove-Claim -ErrorAction Stop } | Should -Throw -ErrorId 'ClaimNotOwned,*'
        { Remove-Claim mine other -Force -ErrorAction Stop } | Should -Throw -ErrorId 'ClaimNotFound,*'
        Remove-Claim mine k -Force -WhatIf
        (Get-Claim mine).Key | Should -Be 'k'
        (Get-Claim mine | Remove-Claim -Force -PassThru).Key | Should -Be 'k'
        Get-Claim mine | Should -BeNullOrEmpty
    }
}

Describe 'The view of claims' {
    It 'is a table with the owner' {
        $text = Add-Claim view k -LeaseSec 60 -Reason why | Out-String -Width 300
        $text | Should -Match 'Outcome\s+Namespace\s+Key\s+Fence\s+Lease end\s+Owner'
        # The owner may go on in a second line, anywhere.
        $text -replace '\r?\n\s*' | Should -BeLike "*Won*view*k*1*PID $PID*why*"
        $text | Should -Not -BeLike '*Token*'
    }
}
