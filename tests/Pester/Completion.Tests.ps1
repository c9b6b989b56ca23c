BeforeDiscovery {
    . (Join-Path $PSScriptRoot 'Setup.ps1')
    # Every parameter with a completer of ours, by what it completes.
    $completed = foreach ($command in Get-Command -Module ProcessDedup) {
        foreach ($parameter in $command.Parameters.Values) {
            foreach ($attribute in $parameter.Attributes.Where{ $_ -is [ArgumentCompleter] -and $_.Type }) {
                @{ Command = $command.Name; Parameter = $parameter.Name; Completer = $attribute.Type.Name }
            }
        }
    }
}

BeforeAll {
    . (Join-Path $PSScriptRoot 'Setup.ps1')
    Register-LockName complete-registered -Owner me
    $held = Enter-FileLock 'complete-held'
    Set-Content (Join-Path $TestDrive 'complete.txt') 'x'
    $null = Save-CachedArtifact complete-artifact -Path (Join-Path $TestDrive 'complete.txt')
    $address = [uri]::new((Join-Path $TestDrive 'complete.txt')).AbsoluteUri
    $null = Get-CachedFetch $address
    $expected = @{
        LockNameCompleter       = 'complete-', 'complete-held'
        RegisteredNameCompleter = 'complete-', 'complete-registered'
        ArtifactNameCompleter   = 'complete-', 'complete-artifact'
        CacheSourceCompleter    = 'file', $address
        RetryRuleCompleter      = '', $null
    }
}

AfterAll {
    $held | Exit-FileLock
    Remove-Item $env:PROCESSDEDUP_HOME -Recurse -Force -ErrorAction Ignore
}

Describe 'Completion' {
    It 'is offered for all that has names: <Count> parameters' -ForEach @{ Count = $completed.Count; Commands = $completed.Command } {
        foreach ($name in 'Invoke-WithFileLock', 'Enter-FileLock', 'Exit-FileLock', 'Get-FileLock', 'Test-FileLock', 'Wait-FileLock', 'Clear-StaleLock', 'Get-LockName', 'Unregister-LockName', 'Restore-CachedArtifact', 'Get-CachedArtifact', 'Get-FetchCache', 'Clear-FetchCache', 'Invoke-WithRetry') {
            $Commands | Should -Contain $name
        }
    }

    It 'of <Command> -<Parameter> knows what is there' -ForEach $completed {
        $word, $awaited = $expected[$Completer]
        $line = "$Command -$Parameter $word"
        $result = [Management.Automation.CommandCompletion]::CompleteInput($line, $line.Length, $null)
        $texts = $result.CompletionMatches.CompletionText.ForEach{ $_.Trim("'") }
        if ($awaited) {
            $texts | Should -Contain $awaited
        }
        else {
            $texts.Count | Should -BeGreaterThan 0
        }
    }
}
