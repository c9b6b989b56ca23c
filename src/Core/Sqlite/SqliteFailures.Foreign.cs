using System;
using System.Globalization;

namespace ProcessDedup.Sqlite;

/// <content>Errors of work that uses somebody else's SQLite.</content>
internal static partial class SqliteFailures
{
    private const string Block = "the block";

    public static SqliteException ForeignUnknown(SqliteCode code, int attempts, TimeSpan waited, Exception inner) => Foreign(
        SqliteError.SqliteOutcomeUnknown, SqliteOutcome.Unknown, code, attempts, waited, inner,
        "If this came from its COMMIT, it may be in the database all the same, so that it was not run again.",
        "Look whether it is there before doing it again; with -Path and $tx.Execute the outcome is found out.");

    public static SqliteException ForeignGivenUp(SqliteCode code, int attempts, TimeSpan waited, Exception inner)
    {
        (SqliteError error, string next) = Kind(code);
        return Foreign(
            error, SqliteOutcome.NotCommitted, code, attempts, waited, inner,
            "The transaction in which this came is not in the database.", next);
    }

    private static SqliteException Foreign(
        SqliteError error, SqliteOutcome outcome, SqliteCode code, int attempts, TimeSpan waited, Exception inner, string known, string next)
    {
        string cause = string.Format(
            CultureInfo.InvariantCulture, "The block failed with {0} ({1} {2}, {3:0.###} s waited): {4} {5}",
            code, attempts, attempts == 1 ? "try" : "tries", waited.TotalSeconds, Sentence(inner.Message), known);
        return new SqliteException(error, Block, cause, next, inner)
        {
            Code = code,
            Stage = SqliteStage.Body,
            Outcome = outcome,
            Attempts = attempts,
            Waited = waited,
        };
    }
}
