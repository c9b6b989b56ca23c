namespace ProcessDedup.Sqlite;

/// <summary>What went wrong with a database. The names are the error ids.</summary>
public enum SqliteError
{
    /// <summary>The path cannot be one of a database file.</summary>
    SqlitePathInvalid,

    /// <summary>The path names a directory.</summary>
    SqlitePathIsDirectory,

    /// <summary>The path names a symbolic link that leads nowhere.</summary>
    SqlitePathIsLink,

    /// <summary>The directory of the database does not exist.</summary>
    SqliteDirectoryMissing,

    /// <summary>The file, its directory or its file system may not be written.</summary>
    SqliteReadOnly,

    /// <summary>The database, or a file beside it, cannot be opened.</summary>
    SqliteCannotOpen,

    /// <summary>The file is no database.</summary>
    SqliteNotADatabase,

    /// <summary>The database is damaged.</summary>
    SqliteCorrupt,

    /// <summary>No room is left.</summary>
    SqliteFull,

    /// <summary>The journal that was asked for does not work on this file system.</summary>
    SqliteJournalUnsupported,

    /// <summary>Others used the database for longer than the time or the attempts given.</summary>
    SqliteBusy,

    /// <summary>A statement of the same connection still uses what is to be changed; waiting does not help.</summary>
    SqliteLocked,

    /// <summary>The system failed at files or locks, for longer than the time or the attempts given.</summary>
    SqliteIoError,

    /// <summary>COMMIT failed, and it could not be found out whether the transaction is in the database.</summary>
    SqliteOutcomeUnknown,

    /// <summary>A constraint refused a row.</summary>
    SqliteConstraint,

    /// <summary>A statement is wrong, or asks for what is not there.</summary>
    SqliteStatementInvalid,

    /// <summary>There is no statement in the text, or there are several.</summary>
    SqliteStatementCount,

    /// <summary>A statement would begin or end a transaction, which is not the block's business.</summary>
    SqliteTransactionControl,

    /// <summary>The transaction was used after its end.</summary>
    SqliteTransactionEnded,

    /// <summary>A parameter of the statement has no value.</summary>
    SqliteParameterMissing,

    /// <summary>A value belongs to no parameter of the statement.</summary>
    SqliteParameterSurplus,

    /// <summary>A value cannot be stored as what it is.</summary>
    SqliteParameterInvalid,

    /// <summary>The schema of the database is newer than this program.</summary>
    SqliteSchemaNewer,

    /// <summary>What was asked for contradicts itself.</summary>
    SqliteOptionsInvalid,

    /// <summary>A cache cannot be made from its primary.</summary>
    SqliteRecoveryFailed,

    /// <summary>The file for a backup is there, and is not to be replaced.</summary>
    SqliteBackupTargetExists,

    /// <summary>A block was left by break, continue or exit; nothing of it is in the database.</summary>
    SqliteBlockLeft,

    /// <summary>The library of SQLite cannot be loaded.</summary>
    SqliteLibraryMissing,

    /// <summary>This system does not tell who holds a lock.</summary>
    SqliteLocksInvisible,

    /// <summary>Any other error of SQLite.</summary>
    SqliteFailed,
}
