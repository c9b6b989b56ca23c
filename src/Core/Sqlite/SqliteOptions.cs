using System;
using System.IO;
using Microsoft.Data.Sqlite;
using ProcessDedup.Locks;
using ProcessDedup.Platform;

namespace ProcessDedup.Sqlite;

/// <summary>How a transaction begins.</summary>
public enum SqliteTransactionMode
{
    /// <summary>BEGIN IMMEDIATE: takes the write lock at once, so that nothing in the middle can be refused.</summary>
    Immediate,

    /// <summary>BEGIN DEFERRED: for reading; a write in it may be refused and the whole transaction done again.</summary>
    Deferred,

    /// <summary>BEGIN EXCLUSIVE: without a write-ahead log readers are kept out as well.</summary>
    Exclusive,
}

/// <summary>How SQLite keeps a transaction whole.</summary>
public enum SqliteJournal
{
    /// <summary>A new database gets a write-ahead log where the file system can bear it; an existing one keeps what it has.</summary>
    Auto,

    /// <summary>A write-ahead log; refused on network file systems.</summary>
    WriteAheadLog,

    /// <summary>A rollback journal.</summary>
    Rollback,
}

/// <summary>What a database is and how long it is worth trying.</summary>
public sealed record SqliteOptions
{
    private static readonly TimeSpan PatienceOfPrimary = TimeSpan.FromSeconds(60);

    // A cache that answers later than this is slower than most of what it saves.
    private static readonly TimeSpan PatienceOfCache = TimeSpan.FromMilliseconds(500);

    /// <summary>What the database is to its users.</summary>
    public SqliteRole Role { get; init; } = SqliteRole.Primary;

    /// <summary>How transactions begin.</summary>
    public SqliteTransactionMode Mode { get; init; } = SqliteTransactionMode.Immediate;

    /// <summary>
    /// The one budget for all waiting, gate included; zero waits for ever. Unset: 60 s for a primary, 0.5 s for a cache.
    /// </summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Longest wait for somebody else's lock within one try of the transaction; zero: as long as the budget.</summary>
    public TimeSpan BusyTimeout { get; init; }

    /// <summary>Most tries of the whole transaction; zero: as many as fit into the budget.</summary>
    public int MaxAttempts { get; init; }

    /// <summary>The first wait between two looks at a lock, give or take half of it.</summary>
    public TimeSpan InitialDelay { get; init; } = TimeSpan.FromMilliseconds(1);

    /// <summary>The longest wait between two looks at a lock, give or take half of it.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromMilliseconds(8);

    /// <summary>The journal.</summary>
    public SqliteJournal Journal { get; init; } = SqliteJournal.Auto;

    /// <summary>Use a write-ahead log even where the file system's locks and shared memory cannot be relied on.</summary>
    public bool AllowNetworkFileSystem { get; init; }

    /// <summary>
    /// Are foreign keys enforced? SQLite does not do so unless told, and cannot be told within a transaction
    /// (https://sqlite.org/foreignkeys.html#fk_enable).
    /// </summary>
    public bool ForeignKeys { get; init; }

    /// <summary>Is a missing database made? Else it is an error.</summary>
    public bool Create { get; init; } = true;

    /// <summary>
    /// A lock around every transaction, so that our own writers queue fairly. Others ignore it, so it never replaces
    /// trying again; and it must never be the database file itself.
    /// </summary>
    public LockTarget? Gate { get; init; }

    /// <summary>
    /// For a cache: the database that it is a copy of. A cache that is missing, or was found broken, is made from it.
    /// </summary>
    public string? RecoverFrom { get; init; }

    /// <summary>
    /// Prepares each new handle before its first transaction, which may be in the middle of the tries of one: functions and
    /// collations of the provider, PRAGMAs. It neither leaves a transaction open nor closes the connection.
    /// </summary>
    public Action<SqliteConnection>? Initialize { get; init; }

    /// <summary>May <see cref="Initialize"/> and blocks load extensions, which are native code, into this process?</summary>
    public bool AllowExtensions { get; init; }

    /// <summary>Tables that are made at the first start and brought up to date later.</summary>
    public SqliteSchema? Schema { get; init; }

    /// <summary>The gate's usual place: a file of its own beside the database.</summary>
    public static LockTarget GateBeside(string database) =>
        LockTarget.FromPath((database.Contains('\0') || database.Length == 0 ? database : RealPath.Of(Path.GetFullPath(database))) + GateSuffix);

    internal const string GateSuffix = ".gate";

    /// <summary>Longest wait at the gate before a handle is closed, which only matters to the last one; within the budget.</summary>
    internal TimeSpan LongestWaitToClose { get; init; } = TimeSpan.FromSeconds(1);

    internal TimeSpan Budget => Timeout ?? (Role == SqliteRole.Cache ? PatienceOfCache : PatienceOfPrimary);
}
