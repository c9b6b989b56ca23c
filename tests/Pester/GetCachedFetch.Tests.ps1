BeforeAll {
    . (Join-Path $PSScriptRoot 'Origin.ps1')
    $script:origin = Start-Origin
    $url = $origin.Url
}

AfterAll {
    Stop-Peer $origin
    Remove-Item $env:PROCESSDEDUP_HOME -Recurse -Force -ErrorAction Ignore
}

Describe 'Get-CachedFetch' {
    It 'gives a file under its own name, which is what the origin sent' {
        Send-Order 'text /docs/hello.txt hello world'
        $result = Get-CachedFetch "$url/docs/hello.txt"
        $result.Status | Should -Be 'Downloaded'
        $result.Uri | Should -Be "$url/docs/hello.txt"
        Split-Path $result.Path -Leaf | Should -Be 'hello.txt'
        Get-Content $result.Path | Should -Be 'hello world'
        $result.Size | Should -Be 11
        $result.TransferredBytes | Should -Be 11
        $result.Digest | Should -Be "sha256:$((Get-FileHash $result.Path).Hash)".ToLowerInvariant()
        $result.IsDirectory | Should -BeFalse
    }

    It 'gives each result while the pipeline is at its address, one at a time' {
        Send-Order 'text /pv/a one'
        Send-Order 'text /pv/b two'
        "$url/pv/a", "$url/pv/b" | ForEach-Object { $_ } -PipelineVariable address | Get-CachedFetch -ThrottleLimit 1 |
            ForEach-Object { $address -eq $_.Uri } | Should -Be $true, $true
    }

    It 'gives all of many in the order in which they came, each asked for once; empty lines and comments are skipped' {
        $wanted = foreach ($i in 1..24) {
            Send-Order "bytes /many/$i.bin $(5000 + $i) $i"
        }
        $lines = @('# a list', '') + $wanted[0..9] + @('   ', '#more') + $wanted[10..23]
        $results = $lines | Get-CachedFetch -ThrottleLimit 6
        $results.Uri | Should -Be $wanted
        $results.Size | Should -Be (5001..5024)
        1..24 | ForEach-Object { Send-Order "count /many/$_.bin" } | Should -Be (@('1') * 24)
    }

    It 'asks once for an address that stands twice in a list' {
        $twice = Send-Order 'bytes /twice.bin 90000'
        $results = $twice, $twice, $twice | Get-CachedFetch
        $results | Should -HaveCount 3
        Send-Order 'count /twice.bin' | Should -Be 1
    }

    It 'takes addresses from objects by the name of their property' {
        Send-Order 'text /a x', 'text /b y'
        ([pscustomobject]@{ Url = "$url/a" }, [pscustomobject]@{ Uri = "$url/b" } | Get-CachedFetch).Size | Should -Be 1, 1
    }

    It 'tells with -Verbose why' {
        Send-Order 'text /why x', 'set /why cache max-age=3600'
        $null = Get-CachedFetch "$url/why"
        $text = Get-CachedFetch "$url/why" -Verbose 4>&1 | Out-String
        $text | Should -BeLike '*/why: Hit, as the origin said that it would stay fresh*'
    }

    It 'shows a path that is complete in its default view' {
        Send-Order 'text /view.bin some bytes'
        $result = Get-CachedFetch "$url/view.bin"
        $lines = $result | Out-String -Width 250 -Stream
        $lines | Should -Contain $result.Path
        ($result | Out-String -Width 60) -replace '\r?\n' | Should -BeLike "*$($result.Path)*"
        $lines -join "`n" | Should -BeLike "*Status *Size *Age *Waited *Uri, Path*Downloaded*10 B*$url/view.bin*"
    }

    It 'ends cleanly when no more is wanted' {
        $list = foreach ($i in 1..40) {
            Send-Order "bytes /first/$i.bin 3000 $i"
        }
        # The second and all others never come.
        Send-Order @(2..40 | ForEach-Object { "hang /first/$_.bin 1000" })
        $first = $list | Get-CachedFetch -ThrottleLimit 4 | Select-Object -First 1
        $first.Uri | Should -Be $list[0]
        Get-FileLock 'fetch-*' | Where-Object State -NE 'Free' | Should -BeNullOrEmpty
    }
}

Describe 'The status of a result' {
    It 'is Downloaded, Hit while the origin said that it stays fresh, and Downloaded again with -MaxAgeSec 0' {
        Send-Order 'bytes /fresh.bin 3000', 'set /fresh.bin cache max-age=3600'
        (Get-CachedFetch "$url/fresh.bin").Status | Should -Be 'Downloaded'
        (Get-CachedFetch "$url/fresh.bin").Status | Should -Be 'Hit'
        Send-Order 'count /fresh.bin' | Should -Be 1
        (Get-CachedFetch "$url/fresh.bin" -MaxAgeSec 0).Status | Should -Be 'Downloaded'
        (Get-CachedFetch "$url/fresh.bin" -MaxAgeSec 600).Status | Should -Be 'Hit'
        Send-Order 'count /fresh.bin' | Should -Be 2
    }

    It 'is Revalidated when the origin confirms it' {
        Send-Order 'bytes /tag.bin 3000', 'set /tag.bin etag v1'
        $before = Get-CachedFetch "$url/tag.bin"
        $after = Get-CachedFetch "$url/tag.bin" -MaxAgeSec 0
        $after.Status | Should -Be 'Revalidated'
        $after.Path | Should -Be $before.Path
        $after.TransferredBytes | Should -Be 0
    }

    It 'is Resumed when an earlier attempt had left a part' {
        Send-Order 'bytes /long.bin 300000', 'set /long.bin etag v1', 'cut /long.bin 200000 1'
        { Get-CachedFetch "$url/long.bin" -MaxAttempts 1 -ErrorAction Stop } | Should -Throw -ErrorId 'FetchTruncated,*'
        $result = Get-CachedFetch "$url/long.bin"
        $result.Status | Should -Be 'Resumed'
        $result.Size | Should -Be 300000
        $result.TransferredBytes | Should -Be 100000
        Send-Order 'header /long.bin Range' | Should -Be 'bytes=200000-'
    }

    It 'is Stale when the origin fails and that is allowed' {
        Send-Order 'bytes /shaky.bin 3000', 'set /shaky.bin etag v1'
        $null = Get-CachedFetch "$url/shaky.bin"
        Send-Order 'fail /shaky.bin 2 500'
        { Get-CachedFetch "$url/shaky.bin" -MaxAttempts 1 -ErrorAction Stop } | Should -Throw -ErrorId 'FetchHttpStatus,*'
        $result = Get-CachedFetch "$url/shaky.bin" -MaxAttempts 1 -StaleIfErrorSec 600
        $result.Status | Should -Be 'Stale'
        $result.Reason | Should -BeLike '*500*'
    }
}

Describe 'Offline' {
    It 'gives what is there, however old, and asks nobody' {
        Send-Order 'bytes /off.bin 3000'
        $null = Get-CachedFetch "$url/off.bin"
        (Get-CachedFetch "$url/off.bin" -Offline).Status | Should -Be 'Stale'
        Send-Order 'count /off.bin' | Should -Be 1
    }

    It 'fails with FetchOffline for what is not there' {
        $caught = { Get-CachedFetch "$url/never.bin" -Offline -ErrorAction Stop } | Should -Throw -ErrorId 'FetchOffline,*' -PassThru
        $caught.CategoryInfo.Category | Should -Be 'ResourceUnavailable'
        Send-Order 'count /never.bin' | Should -Be 0
    }
}

Describe 'An expected hash' {
    BeforeAll {
        Send-Order 'text /known.txt known content'
        $bytes = [Text.Encoding]::UTF8.GetBytes('known content')
        $sha256 = [Convert]::ToHexString([Security.Cryptography.SHA256]::HashData($bytes))
        $sha512 = 'sha512-' + [Convert]::ToBase64String([Security.Cryptography.SHA512]::HashData($bytes))
    }

    It 'is accepted as -Sha256 and as -Integrity, and then is fresh for ever' {
        (Get-CachedFetch "$url/known.txt" -Sha256 $sha256).Status | Should -Be 'Downloaded'
        (Get-CachedFetch "$url/known.txt" -Sha256 $sha256.ToLowerInvariant()).Status | Should -Be 'Hit'
        (Get-CachedFetch "$url/known.txt" -Integrity $sha512).Size | Should -Be 13
        (Get-CachedFetch "$url/known.txt" -Integrity $sha512).Status | Should -Be 'Hit'
        # Content with that hash, whatever its address.
        (Get-CachedFetch "$url/gone.txt" -Sha256 $sha256).Status | Should -Be 'Hit'
    }

    It 'that is not met is FetchHashMismatch, which tells both hashes and that a page came; what came is kept' {
        $other = 'ab' * 32
        Send-Order 'text /page.zip <!DOCTYPE html><html>Please log in</html>', 'set /page.zip type text/html'
        $caught = { Get-CachedFetch "$url/page.zip" -Sha256 $other -ErrorAction Stop } | Should -Throw -ErrorId 'FetchHashMismatch,*' -PassThru
        $caught.CategoryInfo.Category | Should -Be 'InvalidData'
        $caught.TargetObject | Should -Be "$url/page.zip"
        $found = [Convert]::ToHexString([Security.Cryptography.SHA256]::HashData([Text.Encoding]::UTF8.GetBytes('<!DOCTYPE html><html>Please log in</html>')))
        "$caught" | Should -BeLike "*$other*"
        "$caught" | Should -BeLike "*$found*"
        "$caught" | Should -BeLike '*html*'
        $caught.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
        $kept = Get-ChildItem (Join-Path $env:PROCESSDEDUP_HOME quarantine) -Recurse -File
        $kept | Where-Object { (Get-Content $_ -Raw) -like '*Please log in*' } | Should -Not -BeNullOrEmpty
        Get-FetchCache "$url/page.zip" -ErrorAction Ignore | Should -BeNullOrEmpty
    }
}

Describe 'Mirrors' {
    It 'are asked in their order when the first address fails' {
        Send-Order 'text /main x', 'fail /main 1 500', 'text /second y', 'fail /second 1 404', 'text /third from the third'
        $result = Get-CachedFetch "$url/main" -Mirror "$url/second", "$url/third" -MaxAttempts 1
        Get-Content $result.Path | Should -Be 'from the third'
        '/main', '/second', '/third' | ForEach-Object { Send-Order "count $_" } | Should -Be 1, 1, 1
    }
}
