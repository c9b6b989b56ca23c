using System;
using System.Collections.Generic;

namespace ProcessDedup.Sqlite;

/// <summary>Something with a database did not work. Says what, what is known about the outcome, and what to do next.</summary>
public sealed class SqliteException : DedupException
{
    /// <summary>Creates the error; see <see cref="SqliteFailures"/> for the texts.</summary>
    /// <param name="error">What went wrong.</param>
    /// <param name="target">The path of the database, or the statement.</param>
    /// <param name="cause">The reason, as a sentence without the next step.</param>
    /// <param name="nextStep">What the reader can do now.</param>
    /// <param name="inner">The error below.</param>
    public SqliteException(SqliteError error, string target, string cause, string nextStep, Exception? inner = null)
        : base(target, cause, nextStep, inner) => Error = error;

    /// <summary>What went wrong.</summary>
    public SqliteError Error { get; }

    /// <inheritdoc/>
    public override string ErrorId => Error.ToString();

    /// <summary>The result code; null if SQLite was not asked.</summary>
    public SqliteCode? Code { get; set; }

    /// <summary>Where in the course of the transaction it came.</summary>
    public SqliteStage Stage { get; set; }

    /// <summary>What is known about the transaction.</summary>
    public SqliteOutcome Outcome { get; set; } = SqliteOutcome.NotCommitted;

    /// <summary>How often the transaction was tried.</summary>
    public int Attempts { get; set; }

    /// <summary>How long was waited between the tries.</summary>
    public TimeSpan Waited { get; set; }

    /// <summary>
    /// Who was in the way when the wait ended; empty if nobody was, or that cannot be told.
    /// </summary>
    public IReadOnlyList<SqliteLockHolder> Holders { get; set; } = [];

    /// <summary>
    /// The statements of the last try, in order. Of the values only type and length are told, as they may be secret.
    /// </summary>
    public IReadOnlyList<string> Statements { get; set; } = [];
}
