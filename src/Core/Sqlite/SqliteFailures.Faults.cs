using System;
using System.Collections.Generic;
using ProcessDedup.Messages;

namespace ProcessDedup.Sqlite;

/// <content>Errors that SQLite itself gave.</content>
internal static partial class SqliteFailures
{
    /// <summary>What a statement failed with, for the block that ran it.</summary>
    public static SqliteException FromFault(SqlitePlace place, SqliteFault fault, string? sql)
    {
        (SqliteError error, string next) = Kind(fault.Code);
        string where = sql is null ? string.Empty : Message.Of(Key.SqliteFromFaultAt, Shown(sql));
        return new SqliteException(
            error, place.Display, Message.Of(Key.SqliteFromFaultCause, fault.Code, where, Shown(place.Display), Sentence(fault.Message)), next)
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
        string known = Message.Of(Key.SqliteGivenUpNotCommitted);
        if (outcome == SqliteOutcome.Unknown)
        {
            (error, next) = (SqliteError.SqliteOutcomeUnknown, Message.Of(Key.SqliteGivenUpUnknownNext));
            known = Message.Of(Key.SqliteGivenUpUnknown);
        }
        else if (outcome == SqliteOutcome.Committed)
        {
            known = Message.Of(Key.SqliteGivenUpCommitted);
        }

        string cause = Message.Of(Key.SqliteGivenUpCause, Shown(place.Display), fault.Code, StageName(fault.Stage), attempts, attempts == 1 ? "try" : "tries",
            waited.TotalSeconds, Sentence(fault.Message), obstacle is null ? string.Empty : obstacle.Sentence + " ", known,
            statements.Count == 0 ? string.Empty : Message.Of(Key.SqliteGivenUpStatements, string.Join("; ", statements)));
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

    /// <summary>What a statement without a transaction failed with.</summary>
    /// <param name="place">The database.</param>
    /// <param name="fault">The last fault.</param>
    /// <param name="mayHaveHappened">Did a fault hide whether the statement took effect?</param>
    /// <param name="statement">The statement.</param>
    /// <param name="before">How many statements came before it, all with success.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="attempts">Tries of all of them.</param>
    /// <param name="waited">For how long was waited.</param>
    /// <param name="obstacle">Who was in the way.</param>
    public static SqliteException MaintenanceGivenUp(
        SqlitePlace place, SqliteFault fault, bool mayHaveHappened, MaintenanceStatement statement, int before, int count, int attempts, TimeSpan waited,
        SqliteObstacle? obstacle)
    {
        (SqliteError error, string next) = Kind(fault.Code);
        next = obstacle?.NextStep ?? next;
        if (mayHaveHappened)
        {
            error = SqliteError.SqliteOutcomeUnknown;
            next = Message.Of(statement.IsVacuumInto ? Key.SqliteMaintenanceUnknownCopyNext : Key.SqliteMaintenanceUnknownNext);
        }

        string cause = Message.Of(
            Key.SqliteMaintenanceCause, Shown(statement.Sql), Shown(place.Display), fault.Code, attempts, attempts == 1 ? "try" : "tries",
            waited.TotalSeconds, Sentence(fault.Message), obstacle is null ? string.Empty : obstacle.Sentence + " ",
            Message.Of(mayHaveHappened ? Key.SqliteMaintenanceUnknown : Key.SqliteMaintenanceUndone),
            count == 1 ? string.Empty
                : " " + (before == 0 ? Message.Of(Key.SqliteMaintenanceFirst, count) : Message.Of(Key.SqliteMaintenancePosition, before + 1, count)));
        return new SqliteException(error, place.Display, cause, next)
        {
            Code = fault.Code,
            Stage = fault.Stage,
            Outcome = mayHaveHappened ? SqliteOutcome.Unknown : SqliteOutcome.NotCommitted,
            Attempts = attempts,
            Waited = waited,
            Statements = [Shown(statement.Sql)],
            Holders = obstacle?.Holders ?? [],
        };
    }

    private static string StageName(SqliteStage stage) => stage switch
    {
        SqliteStage.Open => "opening",
        SqliteStage.Begin => "BEGIN",
        SqliteStage.Commit => "COMMIT",
        _ => Message.Of(Key.SqliteStageStatement),
    };

    private static string Sentence(string message) => message.Length == 0 ? Message.Of(Key.SqliteNoFurtherWords)
        : message.EndsWith('.') ? Shown(message) : Shown(message) + ".";

    private static (SqliteError Error, string Next) Kind(SqliteCode code) => code.PrimaryNumber switch
    {
        1 or 20 or 25 => (SqliteError.SqliteStatementInvalid, Message.Of(Key.SqliteStatementInvalidNext)),
        // In a shared cache it is another connection's.
        6 when code.Number is 6 => (SqliteError.SqliteLocked, Message.Of(Key.SqliteLockedNext)),
        5 or 6 => (SqliteError.SqliteBusy, Message.Of(Key.SqliteBusyNext)),
        8 => (SqliteError.SqliteReadOnly, Message.Of(Key.SqliteFileReadOnlyNext)),
        11 => (SqliteError.SqliteCorrupt, Message.Of(Key.SqliteCorruptNext)),
        13 => (SqliteError.SqliteFull, Message.Of(Key.SqliteFullNext)),
        14 => (SqliteError.SqliteCannotOpen, Message.Of(Key.SqliteCannotOpenNext)),
        10 when SqliteClassification.IsSharedMemory(code) => (SqliteError.SqliteIoError, Message.Of(Key.SqliteSharedMemoryNext)),
        10 when code.Number == 5898 => (SqliteError.SqliteIoError, Message.Of(Key.SqliteFileRemovedNext)),
        10 or 15 => (SqliteError.SqliteIoError, Message.Of(Key.SqliteIoErrorNext)),
        19 => (SqliteError.SqliteConstraint, Message.Of(Key.SqliteConstraintNext)),
        26 => (SqliteError.SqliteNotADatabase, Message.Of(Key.SqliteNotADatabaseNext)),
        _ => (SqliteError.SqliteFailed, Message.Of(Key.SqliteFailedNext)),
    };
}
