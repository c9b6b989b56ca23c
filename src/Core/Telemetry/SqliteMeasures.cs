using System;
using System.Collections.Generic;
using System.Diagnostics;
using ProcessDedup.Sqlite;

namespace ProcessDedup.Telemetry;

/// <summary>What is measured of transactions.</summary>
internal static class SqliteMeasures
{
    /// <summary>Measures a transaction, or what stands in the place of one.</summary>
    /// <param name="database">As it is shown.</param>
    /// <param name="role">Of the database.</param>
    /// <param name="wait">Counts how long it waits.</param>
    /// <param name="work">Does it.</param>
    /// <param name="attempts">How often it was tried, when it has ended.</param>
    public static SqliteResult<T> Measure<T>(
        string database, SqliteRole role, SqliteWait wait, Func<SqliteResult<T>> work, Func<int> attempts)
    {
        var clock = Stopwatch.StartNew();
        // Null: the caller's block, or the caller, ended it.
        SqliteOutcome? outcome = null;
        using Followed activity = Followed.Begin("procdedup.sqlite.transaction").With("db.system.name", "sqlite").With("db.namespace", database);
        try
        {
            SqliteResult<T> result = work();
            outcome = result.Outcome;
            return result;
        }
        catch (SqliteException e)
        {
            outcome = e.Outcome;
            throw;
        }
        finally
        {
            Ended(activity, role, outcome, attempts(), clock.Elapsed, wait.Waited);
        }
    }

    /// <summary>It will be tried again.</summary>
    public static void Retried(SqliteCode code)
    {
        if (Instruments.SqliteRetries.Enabled)
            Instruments.SqliteRetries.Add(1, new KeyValuePair<string, object?>("procdedup.sqlite.code", code.Name));
    }

    private static void Ended(Followed activity, SqliteRole role, SqliteOutcome? result, int attempts, TimeSpan took, TimeSpan waited)
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
