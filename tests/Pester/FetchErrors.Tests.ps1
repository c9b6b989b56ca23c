BeforeAll {
    . (Join-Path $PSScriptRoot 'Origin.ps1')
    $script:origin = Start-Origin
    $url = $origin.Url
    Send-Order 'text /good x', 'text /late y'
}

AfterAll {
    Stop-Peer $origin
    Remove-Item $env:PROCESSDEDUP_HOME -Recurse -Force -ErrorAction Ignore
}

Describe 'A fetch that fails' {
    It 'is an error of its own for each address, and the others come' {
        $results = "$url/good", "$url/missing", "$url/late", "$url/gone" | Get-CachedFetch -ErrorVariable errors -ErrorAction SilentlyContinue
        $results.Uri | Should -Be "$url/good", "$url/late"
        $errors.FullyQualifiedErrorId | Should -Be (@('FetchNotFound,ProcessDedup.Cmdlets.GetCachedFetchCommand') * 2)
        $errors.TargetObject | Should -Be "$url/missing", "$url/gone"
        $errors[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
        $errors[0].ErrorDetails.RecommendedAction | Should -Be 'Check the address.'
        $errors[0].Exception.StatusCode | Should -Be 404
    }

    It 'ends everything with -ErrorAction Stop, and leaves nobody at work' {
        Send-Order 'bytes /hangs.bin 3000', 'hang /hangs.bin 1000'
        { "$url/missing", "$url/hangs.bin" | Get-CachedFetch -ErrorAction Stop } | Should -Throw -ErrorId 'FetchNotFound,*'
        Get-FileLock 'fetch-*' | Where-Object State -NE 'Free' | Should -BeNullOrEmpty
    }

    It 'as its address is none does not keep the others from coming' {
        $results = "$url/good", 'no address', 'ftp://example.org/x', "$url/late" | Get-CachedFetch -ErrorVariable errors -ErrorAction SilentlyContinue
        $results.Uri | Should -Be "$url/good", "$url/late"
        $errors.FullyQualifiedErrorId | Should -Be 'FetchUriInvalid,ProcessDedup.Cmdlets.GetCachedFetchCommand', 'FetchSchemeUnsupported,ProcessDedup.Cmdlets.GetCachedFetchCommand'
        $errors.CategoryInfo.Category | Should -Be 'InvalidArgument', 'InvalidArgument'
    }

    It 'has the id <Id> and the category <Category> when <When>' -ForEach @(
        @{ When = 'the origin fails'; Order = 'fail /e.bin 1 500'; Id = 'FetchHttpStatus'; Category = 'ProtocolError' }
        @{ When = 'nobody may have it'; Order = 'set /e.bin login user:word'; Id = 'FetchAccessDenied'; Category = 'PermissionDenied' }
        @{ When = 'the connection breaks off'; Order = 'cut /e.bin 1000 1'; Id = 'FetchTruncated'; Category = 'InvalidData' }
        @{ When = 'nothing comes any more'; Order = 'hang /e.bin 1000'; Id = 'FetchStalled'; Category = 'OperationTimeout'; With = @{ InactivityTimeoutSec = 0.3 } }
        @{ When = 'it is too large'; Order = 'set /e.bin etag big'; Id = 'FetchTooLarge'; Category = 'LimitsExceeded'; With = @{ MaxBytes = 2999 } }
    ) {
        Send-Order 'bytes /e.bin 3000', $Order
        $more = if ($With) { $With } else { @{} }
        $caught = { Get-CachedFetch "$url/e.bin" -MaxAttempts 1 -ErrorAction Stop @more } | Should -Throw -ErrorId "$Id,*" -PassThru
        $caught.CategoryInfo.Category | Should -Be $Category
        $caught.TargetObject | Should -Be "$url/e.bin"
        $caught.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
    }

    It 'because nobody listens is FetchConnectionFailed' {
        # A port that is taken, so that nobody else gets it, and where nobody listens.
        $socket = [Net.Sockets.Socket]::new('InterNetwork', 'Stream', 'Tcp')
        try {
            $socket.Bind([Net.IPEndPoint]::new([Net.IPAddress]::Loopback, 0))
            $caught = { Get-CachedFetch "http://127.0.0.1:$($socket.LocalEndPoint.Port)/x" -MaxAttempts 1 -ErrorAction Stop } | Should -Throw -ErrorId 'FetchConnectionFailed,*' -PassThru
            $caught.CategoryInfo.Category | Should -Be 'ConnectionError'
        }
        finally {
            $socket.Dispose()
        }
    }
}

Describe 'Wrong input' {
    It '<Name> is <Id>' -ForEach @(
        @{ Name = 'an empty address'; Arguments = @{ Uri = '' }; Id = 'FetchUriInvalid' }
        @{ Name = 'no host'; Arguments = @{ Uri = 'http://' }; Id = 'FetchUriInvalid' }
        @{ Name = 'a control character'; Arguments = @{ Uri = "http://a`nb/" }; Id = 'FetchUriInvalid' }
        @{ Name = 'another scheme'; Arguments = @{ Uri = 'ftp://example.org/x' }; Id = 'FetchSchemeUnsupported' }
        @{ Name = 'a hash of the wrong length'; Arguments = @{ Uri = 'http://127.0.0.1/'; Sha256 = 'abc' }; Id = 'FetchHashInvalid' }
        @{ Name = 'two hashes'; Arguments = @{ Uri = 'http://127.0.0.1/'; Sha256 = '0' * 64; Integrity = 'sha256-x' }; Id = 'FetchOptionsInvalid' }
        @{ Name = '-ReadOnly without -Destination'; Arguments = @{ Uri = 'http://127.0.0.1/'; ReadOnly = $true }; Id = 'FetchOptionsInvalid' }
        @{ Name = '-StripComponents without -Unpack'; Arguments = @{ Uri = 'http://127.0.0.1/'; StripComponents = 1 }; Id = 'FetchOptionsInvalid' }
        @{ Name = '-Mirror of a file'; Arguments = @{ Uri = 'file:///x'; Mirror = 'http://127.0.0.1/' }; Id = 'FetchOptionsInvalid' }
        @{ Name = 'a mirror that is no address'; Arguments = @{ Uri = 'http://127.0.0.1:9/'; Mirror = 'nonsense' }; Id = 'FetchUriInvalid' }
        @{ Name = 'a header that cannot be sent'; Arguments = @{ Uri = 'http://127.0.0.1:9/'; Headers = @{ X = "a`r`nb" } }; Id = 'FetchOptionsInvalid' }
        @{ Name = 'a negative duration'; Arguments = @{ Uri = 'http://127.0.0.1/'; MaxAgeSec = -1 }; Id = 'ParameterArgumentValidationError' }
        @{ Name = 'a duration that is no number'; Arguments = @{ Uri = 'http://127.0.0.1/'; TimeoutSec = [double]::NaN }; Id = 'ParameterArgumentValidationError' }
        @{ Name = 'no worker at all'; Arguments = @{ Uri = 'http://127.0.0.1/'; ThrottleLimit = 0 }; Id = 'ParameterArgumentValidationError' }
        @{ Name = 'an empty key'; Arguments = @{ Key = ' '; ScriptBlock = { } }; Id = 'FetchOptionsInvalid' }
        @{ Name = 'an address and a block'; Arguments = @{ Uri = 'http://127.0.0.1/'; Key = 'k'; ScriptBlock = { } }; Id = 'AmbiguousParameterSet' }
        @{ Name = 'an input that is not there'; Arguments = @{ Key = 'k'; ScriptBlock = { }; InputPath = '/no/such/input' }; Id = 'BuildInputMissing' }
    ) {
        $caught = { Get-CachedFetch @Arguments -ErrorAction Stop } | Should -Throw -ErrorId "$Id,*" -PassThru
        "$caught" | Should -Not -BeNullOrEmpty
    }
}

Describe 'Secrets' {
    It 'reach the origin, and are nowhere in the cache and in no text' {
        $secrets = 's3cr3t-token', 's3cr3t-word', 's3cr3t-query', 's3cr3t-user', 's3cr3t-info'
        $word = [Security.SecureString]::new()
        's3cr3t-word'.ToCharArray().ForEach{ $word.AppendChar($_) }
        $credential = [pscredential]::new('s3cr3t-user', $word)
        Send-Order 'text /private x', 'text /login x', 'set /login login s3cr3t-user:s3cr3t-word', 'text /info x', 'set /info login me:s3cr3t-info'
        $userInfo = $url.Replace('://', '://me:s3cr3t-info@')
        $text = & {
            $ErrorActionPreference = 'Continue'
            Get-CachedFetch "$url/private?sig=s3cr3t-query" -Headers @{ 'X-Token' = 's3cr3t-token' } -Verbose
            Get-CachedFetch "$url/login" -Credential $credential -Verbose
            Get-CachedFetch "$userInfo/info" -Verbose
            Get-CachedFetch "$userInfo/missing?sig=s3cr3t-query" -Headers @{ 'X-Token' = 's3cr3t-token' } -Verbose
            Get-CachedFetch 'htps://me:s3cr3t-info@example.org/?s3cr3t-query' -Credential $credential -Verbose
            Get-FetchCache
            Get-FetchCache | Get-FetchCache -Verbose
        } *>&1 | Format-List * -Force | Out-String -Width 400
        Send-Order 'header /private X-Token' | Should -Be 's3cr3t-token'
        Send-Order 'header /login Authorization' | Should -BeLike 'Basic *'
        Send-Order 'header /info Authorization' | Should -BeLike 'Basic *'
        $text | Should -BeLike '*/private*/login*/info*FetchNotFound*FetchSchemeUnsupported*'
        $files = Get-ChildItem $env:PROCESSDEDUP_HOME -Recurse -Force -File
        $files.Count | Should -BeGreaterThan 5
        foreach ($secret in $secrets) {
            $coded = [Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes($secret)).TrimEnd('=').Substring(0, 12)
            $text.Contains($secret) | Should -BeFalse -Because "$secret is secret"
            $files.FullName -like "*$secret*" | Should -BeNullOrEmpty
            $files | Select-String -SimpleMatch $secret, $coded | Should -BeNullOrEmpty
        }
    }
}
