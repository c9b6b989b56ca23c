# A run that always ends, and children that can be interrupted. Dot-sourced by Invoke-Suite.ps1.

function Restore-ChildSignal {
    <# See ChildSignals.cs: what nohup and a script's "&" have this process ignore, its children would ignore as well. #>
    if (-not $IsLinux) {
        return
    }
    $ignored = [Convert]::ToUInt64(((Get-Content /proc/self/status) -match '^SigIgn:' -split '\s+')[1], 16)
    # SIGHUP, SIGINT, SIGQUIT, SIGTERM; compiling takes a second.
    if ($ignored -band 0x4007) {
        Add-Type -Path (Join-Path $PSScriptRoot '../Core.Tests/Harness/ChildSignals.cs') -IgnoreWarnings -WarningAction Ignore
        [ProcessDedup.Tests.Harness.ChildSignals]::Restore()
    }
}

function Start-HangWatch {
    <# Ends this process, with the name of the test, if one test or what is between two takes longer than that. #>
    [Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '')]
    param([int] $LongestSec)
    # Pester tells nobody else what it is at; the version of Pester is given, and a test looks at this.
    $variables = (Get-Module Pester).SessionState.PSVariable
    $watch = [powershell]::Create()
    $null = $watch.AddScript({
            param($variables, $longestSec, $process)
            $last = $null
            $clock = [Diagnostics.Stopwatch]::StartNew()
            while ($clock.Elapsed.TotalSeconds -lt $longestSec) {
                Start-Sleep -Milliseconds 500
                $state = $variables.GetValue('state')
                $now = $state.CurrentTest ?? $state.CurrentBlock
                if (-not [object]::ReferenceEquals($now, $last)) {
                    $last = $now
                    $clock.Restart()
                }
            }
            $name = if ($last) { "$($last.ExpandedPath) ($($last.ScriptBlock.File):$($last.StartLine))" } else { 'Something between two suites' }
            [Console]::Out.WriteLine("HANG: $name has not ended after $longestSec s.")
            foreach ($child in Get-Process | Where-Object { $_.Parent.Id -eq $process }) {
                $child.Kill($true)
            }
            [Diagnostics.Process]::GetCurrentProcess().Kill()
        }).AddArgument($variables).AddArgument($LongestSec).AddArgument($PID)
    $null = $watch.BeginInvoke()
}
