using System;
using System.Collections.Generic;
using System.Linq;
using ProcessDedup.Messages;

namespace ProcessDedup.Sqlite;

/// <summary>
/// One statement that runs without a transaction around it. Only VACUUM and PRAGMA may: what they do is the same however often it
/// is done, and SQLite refuses most of it within a transaction.
/// </summary>
internal sealed record MaintenanceStatement(string Sql)
{
    /// <summary>Would a second run after an unknown outcome find the file that the first one has begun?</summary>
    public bool IsVacuumInto { get; } = SqliteText.Keyword(Sql) == "VACUUM" && SqliteText.Words(Sql).Contains("INTO", StringComparer.OrdinalIgnoreCase);

    private string Pragma { get; } = SqliteText.Pragma(Sql, out _).ToUpperInvariant();

    private string? Value { get; } = Pragmatic(Sql);

    /// <summary>Would it change the journal to a write-ahead log?</summary>
    public bool WantsLog => Pragma == "JOURNAL_MODE" && Value == "WAL";

    // PASSIVE, which is meant without a word as well, does what it can without waiting.
    private bool IsWaitingCheckpoint => Pragma == "WAL_CHECKPOINT" && Value is not null and not "PASSIVE" and not "NOOP";

    /// <summary>The statements of a text, checked before the first of them runs.</summary>
    /// <exception cref="SqliteException">There is none, or one that is not for this.</exception>
    public static IReadOnlyList<MaintenanceStatement> All(string database, string sql)
    {
        if (sql.Contains('\0'))
            throw SqliteFailures.StatementCount(database, sql, Message.Of(Key.ReasonStatementHasNul));
        var statements = SqliteText.Split(sql).Select(s => new MaintenanceStatement(s)).ToList();
        if (statements.Count == 0)
            throw SqliteFailures.StatementCount(database, sql, Message.Of(Key.ReasonContainsNoStatement));
        if (statements.Find(s => SqliteText.Keyword(s.Sql) is not ("VACUUM" or "PRAGMA")) is { } other)
            throw SqliteFailures.NotMaintenance(database, other.Sql);
        return statements;
    }

    /// <summary>
    /// Is the answer a refusal? A checkpoint tells with a row that others were in its way; a journal that did not change, with the
    /// name of the one that there still is.
    /// </summary>
    /// <exception cref="SqliteFaultException">Others are in the way.</exception>
    /// <exception cref="SqliteException">It cannot be done here.</exception>
    public void Check(SqlitePlace place, IReadOnlyList<SqliteRow> rows)
    {
        object? first = rows.Count > 0 && rows[0].Count > 0 ? rows[0][0] : null;
        if (IsWaitingCheckpoint && first is 1L)
            throw new SqliteFaultException(new SqliteFault(SqliteCode.Busy, SqliteStage.Body, true, Message.Of(Key.ReasonCheckpointIncomplete)));
        if (WantsLog && first is string journal && !journal.Equals("wal", StringComparison.OrdinalIgnoreCase))
            throw SqliteFailures.JournalUnsupported(place.Display, Message.Of(Key.ReasonSqliteCannotShareMemoryThere));
    }

    private static string? Pragmatic(string sql)
    {
        _ = SqliteText.Pragma(sql, out string? value);
        return value?.ToUpperInvariant();
    }
}
