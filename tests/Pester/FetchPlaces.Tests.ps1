BeforeAll {
    . (Join-Path $PSScriptRoot 'Origin.ps1')
    $script:origin = Start-Origin
    $url = $origin.Url

    # A directory "pkg-1.0" with two files, as zip and as tar.gz.
    $source = New-Item (Join-Path $TestDrive 'source/pkg-1.0/bin') -ItemType Directory
    Set-Content (Join-Path $source.Parent 'readme.txt') 'read me' -NoNewline
    Set-Content (Join-Path $source 'tool') 'a tool' -NoNewline
    $zip = Join-Path $TestDrive 'pkg.zip'
    Compress-Archive $source.Parent.FullName $zip
    $tar = Join-Path $TestDrive 'pkg.tar.gz'
    tar -czf $tar -C (Join-Path $TestDrive source) pkg-1.0
    Send-Order "file /pkg.zip $zip", "file /pkg.tar.gz $tar"
    Send-Order 'set /pkg.zip cache max-age=3600', 'set /pkg.tar.gz cache max-age=3600'
    Send-Order 'text /one.txt one', 'set /one.txt cache max-age=3600', 'text /two.txt two'
}

AfterAll {
    Stop-Peer $origin
    Remove-Item $env:PROCESSDEDUP_HOME -Recurse -Force -ErrorAction Ignore
}

Describe 'Unpacking' {
    It 'gives the directory that is in <_>, and again without work' -ForEach 'pkg.zip', 'pkg.tar.gz' {
        $result = Get-CachedFetch "$url/$_" -Unpack
        $result.IsDirectory | Should -BeTrue
        Get-Content (Join-Path $result.Path 'pkg-1.0/readme.txt') | Should -Be 'read me'
        Get-Content (Join-Path $result.Path 'pkg-1.0/bin/tool') | Should -Be 'a tool'
        $again = Get-CachedFetch "$url/$_" -Unpack
        $again.Status | Should -Be 'Hit'
        $again.Path | Should -Be $result.Path
        Send-Order "count /$_" | Should -Be 1
    }

    It 'is Built when only the archive was there' {
        Send-Order "file /later.zip $zip", 'set /later.zip cache max-age=3600'
        $null = Get-CachedFetch "$url/later.zip"
        (Get-CachedFetch "$url/later.zip" -Unpack -StripComponents 1).Status | Should -Be 'Built'
    }

    It 'leaves out leading parts of names' {
        $result = Get-CachedFetch "$url/pkg.tar.gz" -Unpack -StripComponents 1
        (Get-ChildItem $result.Path).Name | Sort-Object | Should -Be 'bin', 'readme.txt'
    }

    It 'refuses what would be written outside: ArchiveUnsafe' {
        $bad = Join-Path $TestDrive 'bad.zip'
        $archive = [IO.Compression.ZipFile]::Open($bad, 'Create')
        $stream = $archive.CreateEntry('../../evil.txt').Open()
        $stream.WriteByte(1)
        $stream.Dispose()
        $archive.Dispose()
        Send-Order "file /bad.zip $bad"
        $caught = { Get-CachedFetch "$url/bad.zip" -Unpack -ErrorAction Stop } | Should -Throw -ErrorId 'ArchiveUnsafe,*' -PassThru
        $caught.CategoryInfo.Category | Should -Be 'SecurityError'
        "$caught" | Should -BeLike '*evil.txt*'
        Get-ChildItem $env:PROCESSDEDUP_HOME -Recurse -Force -Filter evil.txt | Should -BeNullOrEmpty
    }

    It 'refuses what is no archive' {
        { Get-CachedFetch "$url/one.txt" -Unpack -ErrorAction Stop } | Should -Throw -ErrorId 'ArchiveUnsupported,*'
    }

    It 'refuses more than it may become: ArchiveTooLarge' {
        $large = Join-Path $TestDrive 'large.zip'
        Compress-Archive (Join-Path $TestDrive source/pkg-1.0/readme.txt) $large
        Send-Order "file /large.zip $large"
        $caught = { Get-CachedFetch "$url/large.zip" -Unpack -MaxUnpackedBytes 5 -ErrorAction Stop } |
            Should -Throw -ErrorId 'ArchiveTooLarge,*' -PassThru
        $caught.CategoryInfo.Category | Should -Be 'LimitsExceeded'
    }
}

Describe 'A destination' {
    It 'is a file that may be written to; the cache stays as it is' {
        $place = Join-Path $TestDrive 'copy.txt'
        $result = Get-CachedFetch "$url/one.txt" -Destination $place
        $result.Path | Should -Be $place
        Set-Content $place 'mine' -NoNewline
        Get-Content (Get-CachedFetch "$url/one.txt").Path | Should -Be 'one'
    }

    It 'that is a directory gets the file under its own name' {
        $place = New-Item (Join-Path $TestDrive 'folder') -ItemType Directory
        $result = "$url/one.txt", "$url/two.txt" | Get-CachedFetch -Destination $place
        $result.Path | Should -Be (Join-Path $place one.txt), (Join-Path $place two.txt)
        Get-Content $result.Path | Should -Be 'one', 'two'
    }

    It 'can be a hard link that nobody writes to, with -ReadOnly' {
        $place = Join-Path $TestDrive 'linked.txt'
        $result = Get-CachedFetch "$url/one.txt" -Destination $place -ReadOnly
        Get-Content $result.Path | Should -Be 'one'
        if (-not $IsWindows) {
            (Get-Item $place).UnixMode | Should -Not -BeLike '*w*'
        }
    }

    It 'can be a tree; one that is there already is accepted, another one is refused' {
        $place = Join-Path $TestDrive 'tree'
        (Get-CachedFetch "$url/pkg.zip" -Unpack -Destination $place).Path | Should -Be $place
        Get-Content (Join-Path $place 'pkg-1.0/bin/tool') | Should -Be 'a tool'
        (Get-CachedFetch "$url/pkg.zip" -Unpack -Destination $place).Path | Should -Be $place
        Set-Content (Join-Path $place 'pkg-1.0/bin/tool') 'changed'
        $caught = { Get-CachedFetch "$url/pkg.zip" -Unpack -Destination $place -ErrorAction Stop } | Should -Throw -ErrorId 'DestinationInvalid,*' -PassThru
        $caught.CategoryInfo.Category | Should -Be 'InvalidArgument'
        Get-Content (Join-Path $place 'pkg-1.0/bin/tool') | Should -Be 'changed'
    }

    It 'may be on a PSDrive' {
        (Get-CachedFetch "$url/one.txt" -Destination 'TestDrive:\drive.txt').Path | Should -Be (Join-Path $TestDrive 'drive.txt')
        Get-Content 'TestDrive:\drive.txt' | Should -Be 'one'
    }

    It 'is relative to the current location of PowerShell, not to that of the process' {
        $place = New-Item (Join-Path $TestDrive 'here') -ItemType Directory
        Push-Location $place
        try {
            (Get-CachedFetch "$url/one.txt" -Destination 'relative.txt').Path | Should -Be (Join-Path $place 'relative.txt')
            (Get-CachedFetch "$url/two.txt" -Destination .).Path | Should -Be (Join-Path $place 'two.txt')
        }
        finally {
            Pop-Location
        }
    }

    It 'of another provider, or in a directory that is not there, is refused' {
        { Get-CachedFetch "$url/one.txt" -Destination 'Env:\X' -ErrorAction Stop } | Should -Throw -ErrorId 'DestinationInvalid,*'
        $caught = { Get-CachedFetch "$url/one.txt" -Destination (Join-Path $TestDrive 'no/such/file') -ErrorAction Stop } |
            Should -Throw -ErrorId 'DestinationInvalid,*' -PassThru
        $caught.ErrorDetails.RecommendedAction | Should -BeLike 'Create *'
    }
}
