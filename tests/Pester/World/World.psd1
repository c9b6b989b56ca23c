# The world of the examples: what their names stand for when they are run. First match counts.
@{
    # Addresses and places, as regular expressions. {origin} is a local HTTP server, {place} a directory of the example's own,
    # {shared} one for all of them, {module} the built module, {coordinator} a PostgreSQL server of the test's own.
    Replace = @(
        @{ Pattern = 'https://cache\.example(\.org)?/ci'; With = '{place}/srv/http-cache' }
        @{ Pattern = 's3://bucket/[^\s''"]+'; With = '{place}/srv/bucket' }
        @{ Pattern = 'git\+https://example\.org/repo\.git'; With = 'git+file://{shared}/repo.git' }
        @{ Pattern = 'https://(downloads\.)?example(\.org)?(?=/)'; With = '{origin}' }
        @{ Pattern = '\*example\.org\*'; With = '*127.0.0.1*' }
        @{ Pattern = 'Host=db\.example;Database=agents;Username=ci'; With = '{coordinator}' }
        @{ Pattern = 'postgresql://ci@db\.example/agents'; With = '{coordinator}' }
        @{ Pattern = '\\\\server\\cache'; With = '{place}/srv/cache' }
        @{ Pattern = '(?<![\w.}])/(?=(srv|mnt|var/lock|var/lib)/)'; With = '{place}/' }
        @{ Pattern = '\./output/ProcessDedup'; With = '{module}' }
        # What asks a person, or goes on until one types Ctrl+C.
        @{ Pattern = '(?m)(?<=^Get-FileLock -Watch( -IntervalSec 1)?)$'; With = ' | Select-Object -First 2' }
        @{ Pattern = '(?<=^procdedup locks --watch --interval-sec 1)$'; With = ' | head -n 1' }
        @{ Pattern = '(?<=^procdedup stop-holder restore)$'; With = ' --yes' }
    )
    # What has to be there before: the first whose pattern the example matches.
    Before  = @(
        @{ Pattern = 'CREATE TABLE IF NOT EXISTS job\(name\)'; Code = 'Remove-Item queue.db*' }
        @{ Pattern = '^Get-FileLock$'; Code = 'Enter-FileLock restore -Reason ''npm ci'' | Out-Null' }
        @{ Pattern = 'Get-FileLock \|'; Code = 'Enter-FileLock restore -Reason ''npm ci'' | Out-Null' }
        @{ Pattern = 'Stop-FileLockHolder restore'; Code = 'Invoke-WithFileLock restore { }; Start-Process flock ''--no-fork'', (Get-FileLock restore).LockFile, ''sleep'', ''60''; while (-not (Get-FileLock restore).Holders) { Start-Sleep -Milliseconds 50 }' }
        @{ Pattern = 'procdedup stop-holder'; Code = 'procdedup lock restore -- sleep 60 2>/dev/null & until procdedup locks restore | grep -q held; do sleep 0.1; done' }
        @{ Pattern = 'Clear-StaleLock nightly'; Code = 'Invoke-WithFileLock nightly { }' }
        @{ Pattern = '(?m)^\(?Get-LockName|Unregister-LockName'; Code = 'Register-LockName builds ''Team A'' -Purpose ''nightly builds'' -LongestHoldSec 600 | Out-Null' }
        @{ Pattern = 'Get-CachedArtifact modules \|'; Code = 'npm ci; Save-CachedArtifact modules ./node_modules -InputPath package-lock.json | Out-Null' }
        @{ Pattern = '(Get|Clear|Test)-FetchCache|Get-Dedup(Statistic|Report)'; Code = '1..2 | ForEach-Object { Get-CachedFetch $uri | Out-Null }' }
        @{ Pattern = 'Publish-CachedArtifact'; Code = 'Invoke-CachedBuild tools { param($out) ./build.sh $out } | Out-Null' }
        @{ Pattern = 'Get-CachedArtifact'; Code = 'npm ci; Save-CachedArtifact modules ./node_modules -InputPath package-lock.json | Out-Null' }
        @{ Pattern = 'Restore-CachedArtifact tools'; Code = '$null = Invoke-CachedBuild tools { param($out) ./build.sh $out }; Publish-CachedArtifact tools -To $place/srv/cache | Out-Null' }
        @{ Pattern = '(?m)^Get-Claim|Remove-Claim -Force'; Code = '$null = Add-Claim builds 4709, 4710; $null = Add-Claim builds 4712 -Path $place/srv/builds/claims.db' }
        @{ Pattern = 'procdedup artifact save modules'; Code = 'npm ci' }
        @{ Pattern = 'procdedup artifact (publish|restore|list)'; Code = 'npm ci; for name in modules tools; do procdedup artifact save $name ./node_modules --input package-lock.json; done; rm -r node_modules' }
        @{ Pattern = 'procdedup cache'; Code = 'procdedup fetch "$url"' }
        @{ Pattern = 'procdedup fetch .*--offline'; Code = 'procdedup fetch "$url"' }
    )
    # Not run, and why.
    NotRun  = @(
        @{ Pattern = 'dotnet run --project|pwsh build\.ps1'; Why = 'it builds this repository, as whoever runs this test has just done' }
    )
    # What the origin serves besides the archives and the forge: path, text.
    Serve   = @(
        @{ Path = '/feed.json'; Text = '{"items":[]}' }
    )
}
