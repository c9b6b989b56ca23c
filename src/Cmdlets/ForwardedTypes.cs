using System.Runtime.CompilerServices;
using ProcessDedup;
using ProcessDedup.Claims;
using ProcessDedup.Coordination;
using ProcessDedup.Fetch;
using ProcessDedup.Locks;
using ProcessDedup.Retry;
using ProcessDedup.Sqlite;

// PowerShell looks for a type in the default load context and in the assemblies that it imported as modules: this one, but
// not Core. A script can name the types below, as in "catch [ProcessDedup.Locks.LockTimeoutException]", because PowerShell
// follows a forward. Core is still not loaded before a script does that or a cmdlet runs.
[assembly: TypeForwardedTo(typeof(DedupException))]
[assembly: TypeForwardedTo(typeof(LockException))]
[assembly: TypeForwardedTo(typeof(LockTimeoutException))]
[assembly: TypeForwardedTo(typeof(FetchException))]
[assembly: TypeForwardedTo(typeof(SqliteException))]
[assembly: TypeForwardedTo(typeof(ClaimException))]
[assembly: TypeForwardedTo(typeof(CoordinatorException))]
[assembly: TypeForwardedTo(typeof(RetryExhaustedException))]
