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
    $null = Add-Claim complete-registered complete-key
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
        ClaimKeyCompleter       = 'complete-', 'complete-key'
    }
}

AfterAll {
    $held | Exit-FileLock
    Remove-Item $env:PROCESSDEDUP_HOME -Recurse -Force -ErrorAction Ignore
}

Describe 'Completion' {
    It 'is offered for all that has names: <Count> parameters' -ForEach @{ Count = $completed.Count; Commands = $completed.Command } {
        foreach ($name in 'Invoke-WithFileLock', 'Enter-FileLock', 'Exit-FileLock', 'Get-FileLock', 'Test-FileLock', 'Wait-FileLock', 'Clear-StaleLock', 'Get-LockName', 'Register-LockName', 'Unregister-LockName', 'Add-Claim', 'Get-Claim', 'Remove-Claim', 'Restore-CachedArtifact', 'Get-CachedArtifact', 'Get-FetchCache', 'Clear-FetchCache', 'Invoke-WithRetry') {
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

    It 'of a key is about the namespace that is typed, and never about files' {
        $null = New-Item (Join-Path $TestDrive 'key.txt')
        Push-Location $TestDrive
        try {
            $expected = [ordered]@{
                'Get-Claim complete-registered c' = 'complete-key'; 'Get-Claim nobody k' = $null
                'Remove-Claim complete-registered ' = 'complete-key'; 'Add-Claim zeb' = $null; 'Get-Claim zeb' = $null
            }
            foreach ($line in $expected.Keys) {
                [Management.Automation.CommandCompletion]::CompleteInput($line, $line.Length, $null).CompletionMatches.CompletionText | Should -Be $expected[$line] -Because $line
            }
        }
        finally {
            Pop-Location
        }
    }
}
