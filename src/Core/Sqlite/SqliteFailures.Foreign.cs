using System;
using ProcessDedup.Messages;

namespace ProcessDedup.Sqlite;

/// <content>Errors of work that uses somebody else's SQLite.</content>
internal static partial class SqliteFailures
{
    private static string Block => Message.Of(Key.SqliteForeignTarget);

    public static SqliteException ForeignUnknown(SqliteCode code, int attempts, TimeSpan waited, Exception inner) => Foreign(
        SqliteError.SqliteOutcomeUnknown, SqliteOutcome.Unknown, code, attempts, waited, inner,
        Message.Of(Key.SqliteForeignUnknownCause),
        Message.Of(Key.SqliteForeignUnknownNext));

    public static SqliteException ForeignGivenUp(SqliteCode code, int attempts, TimeSpan waited, Exception inner)
    {
        (SqliteError error, string next) = Kind(code);
        return Foreign(
            error, SqliteOutcome.NotCommitted, code, attempts, waited, inner,
            Message.Of(Key.SqliteForeignNotCommitted), next);
    }

    /// <summary>The block ended by itself, and something in it says that not all went well.</summary>
    public static SqliteException ForeignDoubt(string said) => new(
        SqliteError.SqliteOutcomeUnknown, Block, Message.Of(Key.SqliteForeignDoubtCause, Sentence(said)), Message.Of(Key.SqliteForeignDoubtNext))
    {
        Stage = SqliteStage.Body,
        Outcome = SqliteOutcome.Unknown,
    };

    /// <summary>The block was left by break, continue or exit; without a path its transaction is its own affair.</summary>
    public static SqliteException BlockLeft(string? path, Exception inner) => path is null
        ? new(SqliteError.SqliteBlockLeft, Block, Message.Of(Key.SqliteBlockLeftForeignCause), Message.Of(Key.SqliteBlockLeftForeignNext), inner)
        : new(SqliteError.SqliteBlockLeft, path, Message.Of(Key.SqliteBlockLeftCause), Message.Of(Key.SqliteBlockLeftNext), inner);

    private static SqliteException Foreign(
        SqliteError error, SqliteOutcome outcome, SqliteCode code, int attempts, TimeSpan waited, Exception inner, string known, string next)
    {
        string cause = Message.Of(Key.SqliteForeignCause, code, attempts, attempts == 1 ? "try" : "tries", waited.TotalSeconds, Sentence(inner.Message), known);
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
