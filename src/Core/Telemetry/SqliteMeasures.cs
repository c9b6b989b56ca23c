using System;
using System.Collections.Generic;
using ProcessDedup.Sqlite;

namespace ProcessDedup.Telemetry;

/// <summary>What is measured of transactions.</summary>
internal static class SqliteMeasures
{
    /// <summary>A transaction begins.</summary>
    public static Followed Begin(string database) =>
        Followed.Begin("procdedup.sqlite.transaction").With("db.system.name", "sqlite").With("db.namespace", database);

    /// <summary>It will be tried again.</summary>
    public static void Retried(SqliteCode code)
    {
        if (Instruments.SqliteRetries.Enabled)
            Instruments.SqliteRetries.Add(1, new KeyValuePair<string, object?>("procdedup.sqlite.code", code.Name));
    }

    /// <summary>It has ended.</summary>
    /// <param name="activity">From <see cref="Begin"/>.</param>
    /// <param name="role">Of the database.</param>
    /// <param name="result">What is known about the transaction; null: the caller's block, or the caller, ended it.</param>
    /// <param name="attempts">How often it was tried.</param>
    /// <param name="took">From its beginning to now.</param>
    /// <param name="waited">How much of that it waited.</param>
    public static void Ended(Followed activity, SqliteRole role, SqliteOutcome? result, int attempts, TimeSpan took, TimeSpan waited)
    {
        var outcome = new KeyValuePair<string, object?>("procdedup.sqlite.outcome", NameOf(result));
        var of = new KeyValuePair<string, object?>("procdedup.sqlite.role", role == SqliteRole.Primary ? "primary" : "cache");
        Instruments.SqliteTransaction.Record(took, outcome, of);
        if (waited > TimeSpan.Zero)
            Instruments.SqliteWait.Record(waited, outcome, of);
        activity.With(outcome).With(of).With("procdedup.sqlite.attempts", attempts);
        if (result is SqliteOutcome.NotCommitted or SqliteOutcome.Unknown)
            activity.Failed(null);
    }

    private static string NameOf(SqliteOutcome? outcome) => outcome switch
    {
        SqliteOutcome.Committed => "committed",
        SqliteOutcome.NotCommitted => "not_committed",
        SqliteOutcome.Skipped => "skipped",
        SqliteOutcome.Unknown => "unknown",
        SqliteOutcome.Completed => "completed",
        _ => "aborted",
    };
}
