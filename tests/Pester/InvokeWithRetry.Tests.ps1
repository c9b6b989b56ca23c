BeforeAll {
    . (Join-Path $PSScriptRoot 'Setup.ps1')
    $quick = @{ InitialDelayMs = 1; MaxDelayMs = 2 }
}

AfterAll {
    Remove-Item $env:PROCESSDEDUP_HOME -Recurse -Force -ErrorAction Ignore
}

Describe 'Invoke-WithRetry' {
    It 'leaves in $Error what the last attempt left, and retries also with -ErrorAction Stop' {
        $global:Error.Clear()
        $tries = 0
        Invoke-WithRetry -InitialDelayMs 1 -ErrorAction Stop { $tries++; if ($tries -lt 3) { Get-Item /no/such }; try { throw 'handled' } catch { 'done' } } | Should -Be 'done'
        $tries | Should -Be 3
        $global:Error | ForEach-Object { "$_" } | Should -Be 'handled'
    }

    BeforeEach {
        $tries = [Collections.Generic.List[int]]::new()
    }

    It 'runs a block that succeeds once' {
        Invoke-WithRetry { $tries.Add(1); 'done' } | Should -Be 'done'
        $tries | Should -HaveCount 1
    }

    It 'runs a block again until it succeeds, and shows only the output of the attempt that did' {
        $ErrorActionPreference = 'Continue'
        $output = Invoke-WithRetry @quick {
            $tries.Add(1)
            "attempt $($tries.Count)"
            Write-Warning "warning $($tries.Count)"
            Write-Error "error $($tries.Count)" -ErrorAction Continue
            Write-Information "information $($tries.Count)"
            if ($tries.Count -lt 3) { throw 'not yet' }
        } 2>&1 3>&1 6>&1
        $output.ForEach{ "$_" } | Should -Be 'attempt 3', 'warning 3', 'error 3', 'information 3'
    }

    It 'gives up after -MaxAttempts, and says how often, how long and why' {
        $caught = { Invoke-WithRetry @quick -MaxAttempts 3 { $tries.Add(1); throw 'always' } } |
            Should -Throw -ErrorId 'RetryExhausted,*' -PassThru
        "$caught" | Should -BeLike '*3 attempts*always*'
        $caught.Exception.Attempts | Should -Be 3
        $caught.Exception.InnerException.Message | Should -Be 'always'
        $caught.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
        $tries | Should -HaveCount 3
    }

    It 'begins no attempt after -TimeoutSec' {
        { Invoke-WithRetry -InitialDelayMs 86400000 -MaxDelayMs 86400000 -TimeoutSec 0.001 { $tries.Add(1); throw 'x' } } |
            Should -Throw -ErrorId 'RetryExhausted,*'
        $tries | Should -HaveCount 1
    }

    It 'throws other errors than those of -RetryOn at once and as they are' {
        { Invoke-WithRetry @quick -RetryOn 'file too short' { $tries.Add(1); throw 'another matter' } } | Should -Throw 'another matter'
        $tries | Should -HaveCount 1
    }

    It 'retries on <Rule>' -ForEach @(
        @{ Rule = 'TOO SHORT'; Fail = { throw 'libfoo.so: file too short' } }
        @{ Rule = 'NativeLibraryRace'; Fail = { throw 'libfoo.so: file too short' } }
        @{ Rule = 'nativelibraryrace'; Fail = { throw [BadImageFormatException]::new('An attempt was made to load a program with an incorrect format.') } }
        @{ Rule = 'FormatException'; Fail = { [int]::Parse('x') } }
        @{ Rule = 'System.IO.IOException'; Fail = { throw [Exception]::new('outer', [IO.IOException]::new('inner')) } }
        @{ Rule = 'inner'; Fail = { throw [AggregateException]::new('outer', [Exception[]]([Exception]::new('inner'))) } }
        @{ Rule = 'LockNameInvalid'; Fail = { Invoke-WithFileLock 'a/b' { } } }
    ) {
        Invoke-WithRetry @quick -RetryOn 'no such rule matches', $Rule {
            $tries.Add(1)
            if ($tries.Count -eq 1) { & $Fail }
            'done'
        } | Should -Be 'done'
        $tries | Should -HaveCount 2
    }

    It 'passes arguments, and keeps variables of the caller, but none of its own' {
        $kept = 0
        $before = (Get-Variable).Name
        Invoke-WithRetry -ArgumentList 1, 'two words' { param($A, $B) $kept = 7; "$A|$B" } | Should -Be '1|two words'
        $kept | Should -Be 7
        (Get-Variable -Name '__ProcessDedup*') | Should -BeNullOrEmpty
        $before | Should -Contain 'kept'
    }

    It 'looks at exit codes if asked to, and at what the program said' -Skip:$IsWindows {
        $flag = Join-Path $TestDrive 'flag'
        Invoke-WithRetry @quick -CheckExitCode -RetryOn NativeLibraryRace {
            sh -c "if [ -e '$flag' ]; then echo loaded; else touch '$flag'; echo 'lib.so: file too short' >&2; exit 3; fi"
        } | Should -Be 'loaded'
        { Invoke-WithRetry @quick -CheckExitCode -RetryOn NativeLibraryRace { sh -c 'echo other >&2; exit 3' } } |
            Should -Throw -ErrorId 'NativeCommandFailed,*'
        Invoke-WithRetry @quick { sh -c 'exit 3' } | Should -BeNullOrEmpty
    }

    It 'ends its wait with the pipeline' {
        $shell = [powershell]::Create()
        $failed = [Threading.ManualResetEventSlim]::new()
        $null = $shell.AddScript("param(`$Failed) Import-Module '$env:PROCESSDEDUP_TEST_MODULE'; Invoke-WithRetry -InitialDelayMs 86400000 -MaxDelayMs 86400000 { `$Failed.Set(); throw 'x' }").AddArgument($failed)
        $null = $shell.BeginInvoke()
        $failed.Wait($script:PatienceMs) | Should -BeTrue
        $shell.Stop()
        $shell.InvocationStateInfo.State | Should -Be 'Stopped'
        $shell.Dispose()
    }

    It 'refuses an empty rule, which would match every error' {
        { Invoke-WithRetry -RetryOn ' ' { } } | Should -Throw -ErrorId 'RetryRuleInvalid,*'
    }

    It 'offers the known sets by Tab' {
        $line = 'Invoke-WithRetry { } -RetryOn nat'
        $result = [Management.Automation.CommandCompletion]::CompleteInput($line, $line.Length, $null).CompletionMatches
        $result.CompletionText | Should -Be 'NativeLibraryRace'
        $result.ToolTip | Should -BeLike '*file too short*'
    }
}

Describe 'A native library that another process is still writing' {
    It 'is loaded in the end, and a file that stays broken is not' -Skip:(-not $IsLinux) {
        $source = (Get-ChildItem /lib, /lib64, /usr/lib -Recurse -Filter 'libm.so.6' -ErrorAction Ignore | Select-Object -First 1).FullName
        $whole = [IO.File]::ReadAllBytes($source)
        $library = Join-Path $TestDrive 'libhalf.so'
        [IO.File]::WriteAllBytes($library, $whole[0..99])
        # The loader's own words for half a library, and the other process that completes it meanwhile.
        $tries = [Collections.Generic.List[int]]::new()
        $handle = Invoke-WithRetry -InitialDelayMs 1 -RetryOn NativeLibraryRace {
            $tries.Add(1)
            if ($tries.Count -eq 3) {
                [IO.File]::WriteAllBytes("$library.new", $whole)
                [IO.File]::Move("$library.new", $library, $true)
            }
            [Runtime.InteropServices.NativeLibrary]::Load($library)
        }
        $handle | Should -Not -Be ([IntPtr]::Zero)
        $tries | Should -HaveCount 3
        [IO.File]::WriteAllBytes("$TestDrive/libbroken.so", $whole[0..99])
        { Invoke-WithRetry -InitialDelayMs 1 -MaxAttempts 2 -RetryOn NativeLibraryRace { [Runtime.InteropServices.NativeLibrary]::Load("$TestDrive/libbroken.so") } } |
            Should -Throw -ErrorId 'RetryExhausted,*'
    }
}
