using System;
using System.Threading;
using ProcessDedup.Retry;

namespace ProcessDedup.Sqlite;

/// <summary>Finds out, when there will be no further try, whether a transaction whose COMMIT failed is in the database.</summary>
internal static class SqliteSettlement
{
    // Owed even when the budget is spent: "unknown" costs the caller more than a second.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    /// <returns>Committed, NotCommitted, or Unknown.</returns>
    public static SqliteOutcome Find(SqliteSession session, SqliteOptions options)
    {
        var wait = new SqliteWait(options, Deadline.After(Grace), CancellationToken.None);
        for (int times = 1; ; times++)
        {
            try
            {
                session.DiscardAll();
                if (Look(session) is { } outcome)
                    return outcome;
            }
            catch (SqliteFaultException)
            {
            }
            catch (SqliteException)
            {
                return SqliteOutcome.Unknown;
            }

            if (!wait.ForHandle(times))
                return SqliteOutcome.Unknown;
        }
    }

    private static SqliteOutcome? Look(SqliteSession session)
    {
        DatabaseConnection connection = session.Connect();
        try
        {
            connection.Stage = SqliteStage.Begin;
            if (connection.Run("BEGIN IMMEDIATE") != SqliteCode.Ok)
                return null;
            if (session.Token.IsCommitted(connection))
                return SqliteOutcome.Committed;
            // With a rollback journal this is final. A log may still hold the frames of it, until others lie over them.
            if (connection.Ask("PRAGMA journal_mode") is not "wal")
                return SqliteOutcome.NotCommitted;
            int before = connection.PagesWritten;
            session.Token.WriteMissing(connection);
            // A COMMIT that had nothing to write answers just as well, and has overwritten nothing.
            return connection.Run("COMMIT") == SqliteCode.Ok && connection.PagesWritten != before ? SqliteOutcome.NotCommitted : null;
        }
        finally
        {
            if (!connection.Autocommit && connection.Run("ROLLBACK") != SqliteCode.Ok)
                session.Close();
        }
    }
}
