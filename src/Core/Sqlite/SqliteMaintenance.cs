using System;
using System.Collections.Generic;
using System.Threading;
using ProcessDedup.Messages;
using ProcessDedup.Retry;
using ProcessDedup.Telemetry;

namespace ProcessDedup.Sqlite;

/// <summary>VACUUM and PRAGMA: statements without a transaction around them, with the same waiting as transactions.</summary>
/// <remarks>
/// Each takes effect by itself, so the outcome is never <see cref="SqliteOutcome.Committed"/>. When one fails, those before it have
/// taken effect and those after it do not run; the error says so.
/// </remarks>
public static class SqliteMaintenance
{
    /// <summary>Runs the statements one after the other on one connection.</summary>
    /// <param name="path">The database. It is not made.</param>
    /// <param name="options">What it is and how long to try; the mode of transactions does not count.</param>
    /// <param name="sql">One or several statements, each VACUUM or PRAGMA.</param>
    /// <param name="parameters">Values of VACUUM INTO.</param>
    /// <param name="cancellation">Ends waits and the statement within milliseconds.</param>
    /// <returns>The rows of each statement; Completed, or of a cache Skipped.</returns>
    /// <exception cref="SqliteException">One is wrong, or was given up; says whether it may have taken effect.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static SqliteResult<IReadOnlyList<IReadOnlyList<SqliteRow>>> Run(
        string path, SqliteOptions options, string sql, SqliteParameters? parameters = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(sql);
        SqlitePlace place = SqlitePlace.Of(path);
        IReadOnlyList<MaintenanceStatement> statements = MaintenanceStatement.All(place.Display, sql);
        foreach (MaintenanceStatement statement in statements)
        {
            if (statement.WantsLog && !options.AllowNetworkFileSystem && place.ReasonAgainstSharing(out string type) is { } reason)
                throw SqliteFailures.JournalUnsupported(place.Display, Message.Of(Key.ReasonFileSystemIsUnfit, type.Length == 0 ? "unknown" : type, reason));
        }

        // DEFERRED: a database that may only be read can be checked, and copied by VACUUM INTO.
        SqliteOptions fit = options with { Mode = SqliteTransactionMode.Deferred, Create = false, RecoverFrom = null };
        Deadline deadline = Deadline.After(fit.Budget);
        var wait = new SqliteWait(fit, deadline, cancellation);
        using var session = new SqliteSession(place, fit);
        _ = session.TakeTurn(deadline.Remaining, cancellation);
        try
        {
            session.Patience = wait;
            var run = new MaintenanceRun(session, fit, wait);
            return SqliteMeasures.Measure(
                run.Place.Display, fit.Role, wait, () => run.Execute(statements, parameters ?? SqliteParameters.None), () => run.Attempts);
        }
        finally
        {
            session.Close(isDone: true);
            session.Patience = null;
            session.EndTurn();
        }
    }
}
