namespace ProcessDedup.Sqlite;

/// <summary>
/// The locks of SQLite, weakest first: those of a rollback journal are on the database, those of a write-ahead log on the
/// file NAME-shm (https://sqlite.org/lockingv3.html, https://sqlite.org/walformat.html).
/// </summary>
public enum SqliteLockKind
{
    /// <summary>Log: it is open; nobody is kept from anything.</summary>
    LogOpen,

    /// <summary>Log: a reader; it keeps a checkpoint from coming to the end of the log.</summary>
    LogRead,

    /// <summary>Journal: a reader; it keeps a writer from COMMIT.</summary>
    Shared,

    /// <summary>Log: a checkpoint; it keeps off other checkpoints only.</summary>
    LogCheckpoint,

    /// <summary>Journal: a writer that has not begun to write into the file; others may read.</summary>
    Reserved,

    /// <summary>Journal: a writer at COMMIT that waits for the readers; nobody may begin to read.</summary>
    Pending,

    /// <summary>Log: the writer; others may read.</summary>
    LogWrite,

    /// <summary>Log: it is mended after a crash; nobody may do anything.</summary>
    LogRecover,

    /// <summary>The whole database: a writer at COMMIT, or a program that wants it to itself.</summary>
    Exclusive,
}

/// <summary>What is going on at a database, by the strongest lock on it.</summary>
public enum SqliteLockState
{
    /// <summary>Nobody has a lock on it.</summary>
    Free,

    /// <summary>Its log is open, and nobody is in a transaction.</summary>
    Open,

    /// <summary>There are readers, or a checkpoint.</summary>
    Reading,

    /// <summary>There is a writer; others may read, or at least go on reading.</summary>
    Writing,

    /// <summary>Everybody else is kept out.</summary>
    Exclusive,
}
