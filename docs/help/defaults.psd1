# Defaults that the cmdlet's object does not show: numbers that mean something else when they are not given, and
# defaults that depend on other parameters. Everything else is read from the built module.
@{
    'Enter-FileLock'      = @{ Slots = 'None' }
    'Get-CachedFetch'     = @{ MaxAgeSec = 'None'; StaleIfErrorSec = 'None'; MaxUnpackedBytes = 'None'; MaxBytes = 'None' }
    'Invoke-Once'         = @{ TtlSec = 'None' }
    'Invoke-SqliteRetry'  = @{
        TimeoutSec      = '60, or 0.5 with -Role Cache'
        MaxDelayMs      = '8, or 50 without -Path'
        TransactionMode = 'Immediate, or Deferred for a query that only reads'
    }
    'Invoke-WithFileLock' = @{ Slots = 'None' }
}
