using System.Collections.Generic;
using ProcessDedup.Locks;
using ProcessDedup.Telemetry;

namespace ProcessDedup.Sqlite;

/// <summary>Statements without a transaction, from the first try of the first to the outcome of the last.</summary>
/// <remarks>
/// No token can tell whether such a statement took effect. It need not: after a fault that hides it, VACUUM and PRAGMA run again, which
/// does no harm, and only if that fails too the outcome stays unknown. VACUUM INTO is not run again then, as it refuses the file that it
/// has begun itself. SQLite undoes a statement that it refuses as busy, so that one can always run again.
/// </remarks>
internal sealed class MaintenanceRun(SqliteSession session, SqliteOptions options, SqliteWait wait)
{
    private readonly Dictionary<int, int> _earlier = [];
    private readonly SqliteHolderWatch _watch = new(session.Place);
    private readonly StrayLock _stray = new(session);
    private bool _mayHaveHappened;

    public SqlitePlace Place => session.Place;

    /// <summary>How often the statements were tried, all together.</summary>
    public int Attempts { get; private set; }

    public SqliteResult<IReadOnlyList<IReadOnlyList<SqliteRow>>> Execute(IReadOnlyList<MaintenanceStatement> statements, SqliteParameters parameters)
    {
        var rows = new List<IReadOnlyList<SqliteRow>>();
        foreach (MaintenanceStatement statement in statements)
        {
            if (Execute(statement, parameters, out IReadOnlyList<SqliteRow> ofOne) is { } fault)
                return GiveUp(fault, statements, rows);
            rows.Add(ofOne);
        }

        return new(SqliteOutcome.Completed, rows, Attempts, wait.Waited, null);
    }

    /// <summary>Tries one statement until it succeeds. Else the fault because of which it is given up.</summary>
    private SqliteFault? Execute(MaintenanceStatement statement, SqliteParameters parameters, out IReadOnlyList<SqliteRow> rows)
    {
        _mayHaveHappened = false;
        _earlier.Clear();
        for (int tries = 1; ; tries++)
        {
            wait.Cancellation.ThrowIfCancellationRequested();
            Attempts++;
            rows = [];
            SqliteFault? fault = TryOnce(statement, parameters, ref rows);
            if (fault is null)
                return null;
            if (fault.Code == SqliteCode.Interrupt)
                wait.Cancellation.ThrowIfCancellationRequested();
            if (!Prepare(fault, statement, tries))
                return fault;
            SqliteMeasures.Retried(fault.Code);
        }
    }

    private SqliteFault? TryOnce(MaintenanceStatement statement, SqliteParameters parameters, ref IReadOnlyList<SqliteRow> rows)
    {
        try
        {
            DatabaseConnection connection = session.Connect();
            connection.Stage = SqliteStage.Begin;
            // What only reads, such as integrity_check, would keep writers waiting for nothing.
            bool isWriting = !statement.IsVacuumInto && !StatementShape.Of(connection, statement.Sql).IsReading;
            using LockLease? gate = wait.ForGate(isWriting ? options.Gate : null);
            connection.Stage = SqliteStage.Body;
            using var interrupt = new StatementInterrupt(connection, wait.Cancellation);
            rows = connection.Read(statement.Sql, parameters, out _);
            statement.Check(session.Place, rows);
            return null;
        }
        catch (SqliteFaultException e)
        {
            return e.Fault;
        }
    }

    /// <summary>Waits for the next try, with new handles where the fault asks for that; false if there is to be none.</summary>
    private bool Prepare(SqliteFault fault, MaintenanceStatement statement, int tries)
    {
        if (fault.Code.Matches(SqliteCode.Busy) && (session.IsDiscarded || _stray.Notice(fault)))
        {
            session.DiscardAll();
            Attempts--;
            return !wait.Deadline.IsOver;
        }

        _earlier.TryGetValue(fault.Code.Number, out int earlier);
        _earlier[fault.Code.Number] = earlier + 1;
        // Until the statement runs nothing of it can have happened.
        SqliteVerdict verdict = fault.Stage == SqliteStage.Body
            ? SqliteClassification.OfForeign(fault.Code, earlier)
            : SqliteClassification.Of(fault.Code, fault.Stage, fault.Autocommit, options.Role, earlier, session.Place.DirectoryExists);
        bool isHidden = verdict == SqliteVerdict.Verify && fault.Stage == SqliteStage.Body && !fault.Code.Matches(SqliteCode.Full);
        _mayHaveHappened |= isHidden;
        if (verdict == SqliteVerdict.Never || fault.Code.Matches(SqliteCode.Full)
            || isHidden && (statement.IsVacuumInto || earlier >= SqliteClassification.MostReopens)
            || options.MaxAttempts > 0 && tries >= options.MaxAttempts
            || _watch.Notice(fault))
        {
            return false;
        }

        if (verdict is not (SqliteVerdict.Reopen or SqliteVerdict.Verify))
            return wait.ForLock(earlier + 1);
        session.DiscardAll();
        return wait.ForHandle(earlier + 1);
    }

    private SqliteResult<IReadOnlyList<IReadOnlyList<SqliteRow>>> GiveUp(
        SqliteFault fault, IReadOnlyList<MaintenanceStatement> statements, List<IReadOnlyList<SqliteRow>> rows)
    {
        SqliteObstacle? obstacle = SqliteObstacle.Find(session.Place, fault, _watch);
        MaintenanceStatement failed = statements[rows.Count];
        SqliteException failure = SqliteFailures.MaintenanceGivenUp(
            session.Place, fault, _mayHaveHappened, failed, rows.Count, statements.Count, Attempts, wait.Waited, obstacle);
        if (options.Role == SqliteRole.Primary || _mayHaveHappened || !SqliteClassification.IsPassing(fault.Code))
            throw failure;
        return new(SqliteOutcome.Skipped, rows, Attempts, wait.Waited, failure);
    }
}
