namespace ProcessDedup.Sqlite;

/// <summary>What is to be done about an error of SQLite.</summary>
public enum SqliteVerdict
{
    /// <summary>Wait and repeat the same call; the transaction, if there is one, goes on.</summary>
    RetryInPlace,

    /// <summary>Roll back and do the whole transaction again.</summary>
    RetryTransaction,

    /// <summary>Close every connection of this process to the file, open anew, do the whole transaction again.</summary>
    Reopen,

    /// <summary>The outcome is unknown: open anew and look for the commit token before anything is done again.</summary>
    Verify,

    /// <summary>Trying again cannot help.</summary>
    Never,
}

/// <summary>Where in the course of a transaction an error came.</summary>
public enum SqliteStage
{
    /// <summary>While the database was opened or its schema was made.</summary>
    Open,

    /// <summary>At BEGIN: nothing has begun.</summary>
    Begin,

    /// <summary>At a statement: nothing is committed.</summary>
    Body,

    /// <summary>At COMMIT: it may be committed.</summary>
    Commit,
}

/// <summary>What a database is to its users.</summary>
public enum SqliteRole
{
    /// <summary>The only copy: no acknowledged write is ever lost, and what cannot be written is an error.</summary>
    Primary,

    /// <summary>Can be made again: rather skipped than waited for, and rebuilt if it is broken.</summary>
    Cache,
}

/// <summary>What is known about the end of a transaction.</summary>
public enum SqliteOutcome
{
    /// <summary>It is in the database, once.</summary>
    Committed,

    /// <summary>Nothing of it is in the database, and nothing of it will appear.</summary>
    NotCommitted,

    /// <summary>It may or may not be in the database.</summary>
    Unknown,

    /// <summary>A cache was busy or broken for longer than it was worth; nothing of it is in the database.</summary>
    Skipped,

    /// <summary>Statements that run without a transaction have succeeded: each took effect by itself.</summary>
    Completed,
}
