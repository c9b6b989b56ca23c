# Coordinators that people mistype, given to every cmdlet that takes one.
Describe 'A mistyped -Coordinator' {
    BeforeAll {
        . (Join-Path $PSScriptRoot 'Setup.ps1')
        $mark = 'hunter2Mark'
        $texts = Get-Content (Join-Path $PSScriptRoot '..' 'malformed-coordinators.txt') | Where-Object { $_ -notmatch '^#' } |
            ForEach-Object { $_.Replace('{MARK}', $mark).Replace('{TAB}', "`t").Replace('{LF}', "`n") }
        $common = @{ Substituter = '/tmp/no-such-store'; PublishTo = '/tmp/no-such-store' }
        $calls = @(
            { Invoke-WithFileLock deploy -NoWait -Coordinator $args[0] { 'never' } }
            { Enter-FileLock deploy -NoWait -Coordinator $args[0] }
            { Get-FileLock deploy -Coordinator $args[0] }
            { Test-FileLock deploy -Coordinator $args[0] }
            { Wait-FileLock deploy -TimeoutSec 1 -Coordinator $args[0] }
            { Stop-FileLockHolder deploy -Coordinator $args[0] -Confirm:$false }
            { 'k' | Add-Claim builds -Coordinator $args[0] }
            { Get-Claim builds -Coordinator $args[0] }
            { Remove-Claim builds k -Coordinator $args[0] -Confirm:$false }
            { Invoke-Once version -Coordinator $args[0] { 'never' } }
            { Invoke-CachedBuild tools -InputPath $PSCommandPath -Coordinator $args[0] @common { 'never' } }
            { Get-CachedFetch http://127.0.0.1:9/x -Coordinator $args[0] @common }
            { Get-LockName -Coordinator $args[0] }
            { Register-LockName deploy -Owner agents -Coordinator $args[0] }
            { Set-LockRoot -Strict -Coordinator $args[0] }
            { $env:PROCESSDEDUP_COORDINATOR = $args[0]; try { Invoke-WithFileLock deploy -NoWait { 'never' } } finally { $env:PROCESSDEDUP_COORDINATOR = $null } }
        )
    }

    AfterAll {
        Remove-Item $env:PROCESSDEDUP_HOME -Recurse -Force -ErrorAction Ignore
    }

    It 'is refused by every cmdlet, and its password is in no stream, error, record or file' {
        $texts.Count | Should -BeGreaterOrEqual 200
        $n = 0
        $wrong = foreach ($text in $texts) {
            $call = $calls[$n++ % $calls.Count]
            $Error.Clear()
            $said = try { & $call $text *>&1 } catch { $_ }
            $failure = @($Error)[-1]
            # The invocation shows the caller's own line, where the text is a variable here.
            $all = ($said | Out-String -Width 4000) + [System.Management.Automation.PSSerializer]::Serialize($said, 3) + ($Error | ForEach-Object {
                    $_.ToString(); "$($_.TargetObject)"; $_.Exception.ToString(); "$($_.ErrorDetails.RecommendedAction)"
                    # Everything of it takes long; all calls come to it.
                    if ($n % 7 -eq 0) { $_ | Get-Error | Out-String -Width 4000 } })
            if ($all -match $mark) { "$call repeats $text" }
            if ($failure.FullyQualifiedErrorId -notmatch '^CoordinatorInvalid') { "$call takes ${text}: $failure" }
        }
        $wrong | Should -BeNullOrEmpty
        $report = (Get-DedupStatistic | Format-List * | Out-String) + (Get-FileLock | Out-String) + "$(Get-DedupReport -ErrorAction Ignore | Out-String)"
        $report | Should -Not -Match $mark
        Get-ChildItem $env:PROCESSDEDUP_HOME -Recurse -Force -File -ErrorAction Ignore | Where-Object {
            $_.Name -match $mark -or [IO.File]::ReadAllText($_.FullName) -match $mark } | Should -BeNullOrEmpty
    }
}
