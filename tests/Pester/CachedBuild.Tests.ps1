BeforeAll {
    . (Join-Path $PSScriptRoot 'Origin.ps1')
    $log = Join-Path $TestDrive 'log.txt'
}

AfterAll {
    Remove-Item $env:PROCESSDEDUP_HOME -Recurse -Force -ErrorAction Ignore
}

Describe 'Invoke-CachedBuild' {
    BeforeEach {
        Set-Content $log $null
    }

    It 'runs the block in one of 8 processes; the others get what it made' {
        $block = "param(`$out) Add-Content '$log' run; while ((Get-FileLock 'fetch-*').Waiters.Count -lt 7) { Start-Sleep -Milliseconds 20 }; Set-Content (Join-Path `$out x.txt) made"
        $peers = Start-Fetcher "Invoke-CachedBuild tools { $block }" -Count 8
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

    It 'fails at once for all who wait, and publishes nothing, when the block <how>' -ForEach @(
        @{ how = 'throws'; end = "throw 'no luck'"; told = '*no luck*' }
        @{ how = 'runs a program that fails'; end = "sh -c 'exit 3'"; told = '*exit code 3*' }
        @{ how = 'calls a cmdlet that fails'; end = "Get-Item '/no/such'"; told = '*/no/such*' }
        @{ how = 'makes nothing'; end = "Remove-Item `$out/*"; told = '*made nothing*' }
    ) {
        $key = "failing $how"
        $block = "param(`$out) Add-Content '$log' run; Set-Content `$out/x half; while ((Get-FileLock 'fetch-*').Waiters.Count -lt 1) { Start-Sleep -Milliseconds 20 }; $end"
        $peers = Start-Fetcher "Invoke-CachedBuild '$key' { $block }" -Count 2
        try {
            $peers.ForEach{ Send-PeerLine $_ }
            $results = Receive-Fetched $peers
            $results.Message | Should -BeLike $told
            Get-Content $log | Should -Be 'run'
            Get-CachedArtifact $key -ErrorAction Ignore | Should -BeNullOrEmpty
        }
        finally {
            Stop-Peer $peers
        }
    }

    It 'runs again when the script, a parameter or an input is another one, and not otherwise' {
        $file = Join-Path $TestDrive 'in.txt'
        Set-Content $file one
        $build = { param($out, $value) Add-Content $log run; Set-Content (Join-Path $out made) $value.name }
        $ask = { param($value) Push-Location $TestDrive; try { Invoke-CachedBuild depends $build -InputPath '*.txt' -ArgumentList $value } finally { Pop-Location } }
        Set-Content (Join-Path $TestDrive log.txt) $null
        Remove-Item $log
        $log = Join-Path $TestDrive 'log'
        (& $ask @{ name = 'a'; list = 1, 2 }).Status | Should -Be 'Built'
        (& $ask @{ list = 1, 2; name = 'a' }).Status | Should -Be 'Hit'
        (& $ask @{ name = 'a'; list = 2, 1 }).Status | Should -Be 'Built'
        Set-Content $file two
        (& $ask @{ name = 'a'; list = 1, 2 }).Status | Should -Be 'Built'
        $build = { param($out, $value) Add-Content $log run; Set-Content (Join-Path $out made) $value.name; 'other' }
        (& $ask @{ name = 'a'; list = 1, 2 }).Status | Should -Be 'Built'
        @(Get-Content $log).Count | Should -Be 4
        @(Get-CachedArtifact depends).Count | Should -Be 4
        $log = Join-Path $TestDrive 'log.txt'
    }

    It 'takes inputs as PowerShell writes paths, relative to the location of the runspace' {
        $place = New-Item (Join-Path $TestDrive 'inputs/sub') -ItemType Directory
        Set-Content -LiteralPath (Join-Path $place 'a[1].txt') 'one'
        $null = New-PSDrive Inputs FileSystem $place.Parent.FullName
        Push-Location $place.Parent
        try {
            $forms = 'sub/a[1].txt', (Join-Path $place 'a[1].txt'), 'Inputs:/sub/a[1].txt', 'sub/*.txt', 'sub', '**/a*',
                (Get-ChildItem sub), (Get-ChildItem sub).PSPath, "FileSystem::$place/*"
            $keys = foreach ($form in $forms) {
                (Invoke-CachedBuild forms -InputPath $form { param($out) Set-Content $out/x 1 }).Key
                (Get-CachedFetch -Key forms -InputPath $form -ScriptBlock { param($out) Set-Content $out/x 1 }).Key
            }
            @($keys | Sort-Object -Unique).Count | Should -Be 2
            { Invoke-CachedBuild forms -InputPath no-such-file { } } | Should -Throw -ErrorId 'BuildInputMissing,*'
            { Get-CachedFetch -Key forms -InputPath 'no*such' -ScriptBlock { } } | Should -Throw -ErrorId 'BuildInputMissing,*'
            if (-not $IsWindows) {
                { Invoke-CachedBuild forms -InputPath '\\server\share\x' { } } | Should -Throw '*not a path of the file system*'
            }
        }
        finally {
            Pop-Location
            Remove-PSDrive Inputs
        }
        # Where nothing depends on files, no location is needed.
        Push-Location Env:
        try { Invoke-CachedBuild nowhere { param($out) Set-Content -LiteralPath "FileSystem::$out/x" 1 } | Should -Not -BeNullOrEmpty } finally { Pop-Location }
    }

    It 'shows on a terminal what a long block does' -Skip:($IsWindows -or -not (Get-Command script -ErrorAction Ignore)) {
        $go = Join-Path $TestDrive go
        $screen = Join-Path $TestDrive screen
        $child = Join-Path $TestDrive long.ps1
        Set-Content $child "Import-Module '$env:PROCESSDEDUP_TEST_MODULE'; `$null = Invoke-CachedBuild long { param(`$out) 'compiling main'; while (-not (Test-Path '$go')) { Start-Sleep -Milliseconds 20 }; Set-Content `$out/x 1 }"
        $options = @{ FilePath = 'script'; ArgumentList = '-qfec', "`"pwsh -NoProfile -File '$child'`"", $screen; RedirectStandardInput = '/dev/null'; RedirectStandardOutput = (Join-Path $TestDrive out) }
        $terminal = Start-Process @options -PassThru -Environment @{ TERM = 'xterm'; CI = $null }
        try {
            Wait-Until { (Test-Path $screen) -and (Get-Content $screen -Raw) -match 'Building long' } 'the block is shown'
            Get-Content $screen -Raw | Should -Match 'compiling main'
        }
        finally {
            Set-Content $go 1
            $terminal.WaitForExit($script:PatienceMs) | Should -BeTrue
        }
    }

    It 'does not leave the caller in a directory that is gone' {
        Push-Location $TestDrive
        try {
            $null = Invoke-CachedBuild entered { param($out) Set-Location $out; Push-Location ..; Set-Location $out; Set-Content x 1 }
            $null = Get-CachedFetch -Key entered -ScriptBlock { param($out) Set-Location $out; Set-Content x 1 }
            (Get-Location).ProviderPath | Should -Be (Get-Item $TestDrive).FullName
        }
        finally {
            Pop-Location
        }
    }

    It 'refuses <what>' -ForEach @(
        @{ what = 'an empty key'; ask = { Invoke-CachedBuild '' { } }; id = 'ArtifactKeyInvalid' }
        @{ what = 'a parameter that nobody can compare'; ask = { Invoke-CachedBuild k { } -ArgumentList (Get-Process -Id $PID) }; id = 'ArtifactKeyInvalid' }
        @{ what = 'an input that is not there'; ask = { Invoke-CachedBuild k { } -InputPath 'no/such/*' }; id = 'BuildInputMissing' }
        @{ what = 'a path of another provider'; ask = { Save-CachedArtifact k Env:PATH }; id = 'DestinationInvalid' }
        @{ what = '-ReadOnly without a destination'; ask = { Invoke-CachedBuild k { } -ReadOnly }; id = 'FetchOptionsInvalid' }
        @{ what = 'a file left open'; ask = { Invoke-CachedBuild open { param($out) $script:open = [IO.File]::Create("$out/x") } }; id = 'BuildUnclean' }
    ) {
        try {
            { & $ask } | Should -Throw -ErrorId "$id,*"
        }
        finally {
            if ($script:open) { $script:open.Dispose(); $script:open = $null }
        }
    }

    It 'that is stopped leaves nothing, and the next one builds' {
        $block = "param(`$out) Add-Content '$log' run; [Console]::WriteLine('RUNS'); Start-Sleep -Seconds 600"
        $peer = Start-Peer "`$ps = [powershell]::Create().AddScript({ Import-Module '$(Join-Path $PSScriptRoot '../../output/ProcessDedup')'; Invoke-CachedBuild stopped { $block } }); `$a = `$ps.BeginInvoke(); `$null = [Console]::ReadLine(); `$ps.Stop(); [Console]::WriteLine('STOPPED'); `$null = [Console]::ReadLine()"
        try {
            Wait-PeerLine $peer RUNS
            Send-PeerLine $peer
            Wait-PeerLine $peer STOPPED
            (Invoke-CachedBuild stopped ([scriptblock]::Create($block.Replace("[Console]::WriteLine('RUNS'); Start-Sleep -Seconds 600", 'Set-Content $out/x 1')))).Status | Should -Be 'Built'
            Get-ChildItem (Join-Path $env:PROCESSDEDUP_HOME tmp) | Should -BeNullOrEmpty
        }
        finally {
            Stop-Peer $peer
        }
    }
}

Describe 'Artifacts' {
    BeforeAll {
        $tree = Join-Path $TestDrive 'träe'
        $null = New-Item (Join-Path $tree 'sub') -ItemType Directory
        Set-Content (Join-Path $tree 'sub/a b.txt') content
    }

    It 'are saved and restored' {
        $saved = Save-CachedArtifact tree $tree
        $saved.Status | Should -Be 'Saved'
        (Save-CachedArtifact tree $tree).Status | Should -Be 'Hit'
        $out = Join-Path $TestDrive 'out'
        (Restore-CachedArtifact tree -Destination $out).Path | Should -Be $out
        Get-Content (Join-Path $out 'sub/a b.txt') | Should -Be 'content'
        ($saved | Restore-CachedArtifact).Path | Should -Be $saved.Path
        (Get-Item (Join-Path $tree 'sub/a b.txt') | Save-CachedArtifact file).IsDirectory | Should -BeFalse
        Save-CachedArtifact unsaved $tree -WhatIf
        { Get-CachedArtifact unsaved -ErrorAction Stop } | Should -Throw -ErrorId 'ArtifactNotFound,*'
    }

    It 'are of one file or directory, and of the same one as long as it is not replaced' {
        $folder = New-Item -ItemType Directory (Join-Path $TestDrive 'several')
        Set-Content $folder/a.txt 1
        Set-Content $folder/b.txt 2
        { Get-ChildItem $folder -File | Save-CachedArtifact several } | Should -Throw -ErrorId 'ArtifactKeyNotUnique,*'
        Get-CachedArtifact several -ErrorAction Ignore | Should -BeNullOrEmpty
        (Save-CachedArtifact several $folder/a.txt).Status | Should -Be 'Saved'
        { Save-CachedArtifact several $folder/b.txt } | Should -Throw -ErrorId 'ArtifactDiffers,*'
        Set-Content $folder/a.txt 3
        { Save-CachedArtifact several $folder/a.txt } | Should -Throw -ErrorId 'ArtifactDiffers,*'
        (Save-CachedArtifact several $folder/a.txt -Force).Status | Should -Be 'Saved'
        # A key that says what the content depends on is right as it is.
        (Save-CachedArtifact named $folder/a.txt -InputPath $folder/b.txt).Status | Should -Be 'Saved'
        (Save-CachedArtifact named $folder/b.txt -InputPath $folder/b.txt).Status | Should -Be 'Hit'
    }

    It 'keep links that lead out if asked to, and say what they drop' -Skip:(-not $IsLinux) {
        $tree = (New-Item "$TestDrive/links" -ItemType Directory).FullName
        Set-Content $tree/program x
        chmod 4755 $tree/program
        ln $tree/program $tree/again
        ln -s /usr/bin/env $tree/env
        { Save-CachedArtifact links $tree -WarningAction Ignore } | Should -Throw '*-AllowOutwardLinks*'
        $saved = Save-CachedArtifact links $tree -AllowOutwardLinks -WarningVariable said -WarningAction SilentlyContinue
        $saved.Status | Should -Be 'Saved'
        $said | Should -HaveCount 1
        "$said" | Should -BeLike '*setuid*(2, first ''again'')*'
        Restore-CachedArtifact links -Destination $TestDrive/restored -KeepExtendedAttributes -WarningVariable said
        $said | Should -BeNullOrEmpty
        (Get-Item $TestDrive/restored/env).LinkTarget | Should -Be '/usr/bin/env'
        stat -c %i $TestDrive/restored/program $TestDrive/restored/again | Sort-Object -Unique | Should -HaveCount 1
    }

    It 'that nobody has are an error that does not end the script' {
        $errors = $null
        Restore-CachedArtifact nothing -ErrorAction SilentlyContinue -ErrorVariable errors | Should -BeNullOrEmpty
        $errors[0].FullyQualifiedErrorId | Should -BeLike 'ArtifactNotFound,*'
        $errors[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
        $errors[0].ErrorDetails.RecommendedAction | Should -BeLike '*Invoke-CachedBuild*'
    }

    It 'show their name, key, size and path, and complete with Tab' {
        $null = Save-CachedArtifact shown $tree
        $text = Get-CachedArtifact shown | Out-String -Width 300
        $text | Should -BeLike '*Status*Size*Stored*shown*'
        $text | Should -BeLike "*$((Get-CachedArtifact shown).Path)*"
        (TabExpansion2 'Restore-CachedArtifact sho').CompletionMatches[0].CompletionText | Should -Be 'shown'
    }

    It 'are pruned with everything that is cached' {
        $null = Save-CachedArtifact pruned $tree
        (Get-FetchCache pruned).Kind | Should -Be 'artifact'
    }
}
