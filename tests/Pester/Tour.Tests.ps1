# The tour of the README, as a user runs it; with --no-build, as other suites use the module meanwhile.

BeforeAll {
    . (Join-Path $PSScriptRoot 'Setup.ps1')
    $repository = (Resolve-Path (Join-Path $PSScriptRoot '../..')).Path
    # The first start compiles, and a busy machine shows the scenes at a tenth of their speed.
    $script:PatienceMs = 540000

    function Invoke-Tour {
        <# Its exit code, what it printed, and its errors. #>
        param([string[]] $Arguments, [string] $Folder = $repository)
        # Nobody else has a temporary directory in here.
        $temp = (New-Item -ItemType Directory (Join-Path $TestDrive ([guid]::NewGuid().ToString('N')))).FullName
        $start = [Diagnostics.ProcessStartInfo]::new('dotnet')
        foreach ($argument in @('run', 'tour.cs', '--') + $Arguments) {
            $start.ArgumentList.Add($argument)
        }
        $start.WorkingDirectory = $Folder
        $start.Environment['TMPDIR'] = $temp
        $start.Environment['PATH'] = "$PSHOME$([IO.Path]::PathSeparator)$env:PATH"
        $start.RedirectStandardInput = $start.RedirectStandardOutput = $start.RedirectStandardError = $true
        $tour = [Diagnostics.Process]::Start($start)
        $errors = $tour.StandardError.ReadToEndAsync()
        try {
            $output = Wait-PeerExit $tour
            @{ ExitCode = $tour.ExitCode; Output = $output; Errors = $errors.Result; Temp = $temp }
        }
        finally {
            Stop-Peer $tour
        }
    }
}

Describe 'The tour' {
    It 'shows every scene, holds every check, and leaves nothing behind' -Tag Slow {
        $tour = Invoke-Tour '--no-build'
        $tour.ExitCode | Should -Be 0 -Because "$($tour.Output)$($tour.Errors)"
        $tour.Output | Should -Match '(?m)^(\d+) of \1 checks held'
        $tour.Output | Should -Match 'the server counted 1 GET instead of 8'
        $tour.Output | Should -Not -Match "`e"
        ($tour.Output -split '\r?\n').Where{ $_.Length -gt 80 } | Should -BeNullOrEmpty
        Get-ChildItem $tour.Temp | Where-Object Name -Match '^procdedup-tour-|^CoreFxPipe_PSHost' | Should -BeNullOrEmpty
        Join-Path $repository 'output/tour-report.html' | Should -Exist
    }

    It 'fails when what it shows is not so' -Tag Slow -Skip:$IsWindows {
        # A clone in a folder with a space, whose procdedup has a cache of its own in each process that is to share a result.
        $clone = (New-Item -ItemType Directory (Join-Path $TestDrive 'a clone')).FullName
        Copy-Item "$repository/tour.cs", "$repository/tour", "$repository/.config", "$repository/Directory.*.props" $clone -Recurse
        $null = New-Item -ItemType Directory "$clone/output", "$clone/src/Cli/bin/Release/net10.0"
        $null = New-Item -ItemType SymbolicLink "$clone/output/ProcessDedup" -Target (Split-Path $env:PROCESSDEDUP_TEST_MODULE)
        $program = "$clone/src/Cli/bin/Release/net10.0/procdedup"
        Set-Content $program @"
#!/bin/sh
[ "`$1" = once ] && export PROCESSDEDUP_HOME="`$PROCESSDEDUP_HOME-`$`$"
exec '$repository/src/Cli/bin/Release/net10.0/procdedup' "`$@"
"@
        chmod +x $program
        $tour = Invoke-Tour '--no-build' -Folder $clone
        $tour.ExitCode | Should -Be 1 -Because "$($tour.Output)$($tour.Errors)"
        $tour.Output | Should -Match '(?m)^ +FAILED +4 runs for 6 requests'
        Get-ChildItem $tour.Temp -Filter 'procdedup-tour-*' | Should -BeNullOrEmpty
    }

    It 'says how it is used' {
        $tour = Invoke-Tour '--help'
        $tour.ExitCode | Should -Be 0
        $tour.Output | Should -BeLike '*dotnet run tour.cs -- shell*'
    }

    It 'refuses what it does not know' {
        $tour = Invoke-Tour '--fast'
        $tour.ExitCode | Should -Be 64
        $tour.Output | Should -BeNullOrEmpty
        $tour.Errors | Should -BeLike "*'--fast'*Usage:*"
    }
}
