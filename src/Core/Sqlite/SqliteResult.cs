using System;

namespace ProcessDedup.Sqlite;

/// <summary>How a transaction ended.</summary>
/// <typeparam name="T">What its block returned.</typeparam>
public sealed class SqliteResult<T>
{
    internal SqliteResult(SqliteOutcome outcome, T? value, int attempts, TimeSpan waited, SqliteException? failure)
    {
        Outcome = outcome;
        Value = value;
        Attempts = attempts;
        Waited = waited;
        Failure = failure;
    }

    /// <summary>
    /// Committed; or of a cache: Skipped, or Unknown where a fault at COMMIT hides it. A primary's failure is an error.
    /// </summary>
    public SqliteOutcome Outcome { get; }

    /// <summary>What the block returned in the try that was committed.</summary>
    public T? Value { get; }

    /// <summary>How often the transaction was tried.</summary>
    public int Attempts { get; }

    /// <summary>How long was waited between the tries.</summary>
    public TimeSpan Waited { get; }

    /// <summary>The same, of work whose outcome is not known.</summary>
    internal SqliteResult<T> Doubted(SqliteException why) => new(SqliteOutcome.Unknown, Value, Attempts, Waited, why);

    /// <summary>
    /// Why a cache was skipped, or what went wrong at COMMIT although the transaction is there; null if nothing did.
    /// </summary>
    public SqliteException? Failure { get; }
}
