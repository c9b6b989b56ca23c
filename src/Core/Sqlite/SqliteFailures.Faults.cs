using System;
using System.Collections.Generic;
using System.Globalization;

namespace ProcessDedup.Sqlite;

/// <content>Errors that SQLite itself gave.</content>
internal static partial class SqliteFailures
{
    /// <summary>What a statement failed with, for the block that ran it.</summary>
    public static SqliteException FromFault(SqlitePlace place, SqliteFault fault, string? sql)
    {
        (SqliteError error, string next) = Kind(fault.Code);
        string where = sql is null ? string.Empty : $" at '{Shown(sql)}'";
        return new SqliteException(
            error, place.Display, $"{fault.Code}{where} on '{Shown(place.Display)}': {Sentence(fault.Message)}", next)
        {
            Code = fault.Code,
            Stage = fault.Stage,
        };
    }

    /// <summary>What a transaction failed with, after all that could be tried.</summary>
    public static SqliteException GivenUp(
        SqlitePlace place, SqliteFault fault, SqliteOutcome outcome, int attempts, TimeSpan waited, IReadOnlyList<string> statements, Exception? inner,
        SqliteObstacle? obstacle = null)
    {
        (SqliteError error, string next) = Kind(fault.Code);
        next = obstacle?.NextStep ?? next;
        string known = "Nothing of it is in the database.";
        if (outcome == SqliteOutcome.Unknown)
        {
            (error, next) = (SqliteError.SqliteOutcomeUnknown, "Look whether it is there before doing it again.");
            known = "Whether it is in the database is not known.";
        }
        else if (outcome == SqliteOutcome.Committed)
        {
            known = "It is in the database.";
        }

        string cause = string.Format(
            CultureInfo.InvariantCulture,
            "The transaction on '{0}' failed with {1} at {2} ({3} {4}, {5:0.###} s waited): {6} {7}{8}{9}",
            Shown(place.Display), fault.Code, StageName(fault.Stage), attempts, attempts == 1 ? "try" : "tries",
            waited.TotalSeconds, Sentence(fault.Message), obstacle is null ? string.Empty : obstacle.Sentence + " ", known,
            statements.Count == 0 ? string.Empty : " It was: " + string.Join("; ", statements) + ".");
        return new SqliteException(error, place.Display, cause, next, inner)
        {
            Code = fault.Code,
            Stage = fault.Stage,
            Outcome = outcome,
            Attempts = attempts,
            Waited = waited,
            Statements = statements,
            Holders = obstacle?.Holders ?? [],
        };
    }

    private static string StageName(SqliteStage stage) => stage switch
    {
        SqliteStage.Open => "opening",
        SqliteStage.Begin => "BEGIN",
        SqliteStage.Commit => "COMMIT",
        _ => "a statement",
    };

    private static string Sentence(string message) => message.Length == 0 ? "no further words."
        : message.EndsWith(".", StringComparison.Ordinal) ? Shown(message) : Shown(message) + ".";

    private static (SqliteError Error, string Next) Kind(SqliteCode code) => code.PrimaryNumber switch
    {
        1 or 20 or 25 => (SqliteError.SqliteStatementInvalid, "Mend the statement."),
        5 or 6 => (SqliteError.SqliteBusy, "Wait longer with -TimeoutSec (0 waits for ever), or see who holds the database with Get-SqliteLock. If nobody does, the lock service of a network file system may be dead."),
        8 => (SqliteError.SqliteReadOnly, "Ask for the right to write the file and its directory, in which SQLite puts its journal."),
        11 => (SqliteError.SqliteCorrupt, "Stop all writers, keep a copy of the file and the files beside it, and restore a backup or try the .recover command of the sqlite3 program."),
        13 => (SqliteError.SqliteFull, "Free space."),
        14 => (SqliteError.SqliteCannotOpen, "Check the path and the rights on the file and its directory."),
        10 when SqliteClassification.IsSharedMemory(code) => (SqliteError.SqliteIoError, "This file system cannot do a write-ahead log: use a local disk, or PRAGMA journal_mode=DELETE."),
        10 when code.Number == 5898 => (SqliteError.SqliteIoError, "Something removes files beside the database, which destroys it: find out what."),
        10 or 15 => (SqliteError.SqliteIoError, "See the system's log; on a network file system its lock service may be at fault."),
        19 => (SqliteError.SqliteConstraint, "Check the values against the table's constraints."),
        26 => (SqliteError.SqliteNotADatabase, "Check the path; the file was left as it is."),
        _ => (SqliteError.SqliteFailed, "See https://sqlite.org/rescode.html for the code."),
    };
}
