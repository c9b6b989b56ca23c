using System;
using System.Threading;
using ProcessDedup.Messages;
using ProcessDedup.Retry;
using ProcessDedup.Telemetry;

namespace ProcessDedup.Sqlite;

/// <summary>Runs transactions on a database that many processes share, each until its outcome is known.</summary>
/// <remarks>
/// <para><b>Guaranteed</b> to a primary: what is returned as committed is in the database, once; an error says whether the
/// transaction is in the database, or that this could not be found out; after it no transaction is open.</para>
/// <para><b>Not guaranteed</b>: anything once a program opens the database file by other means than SQLite in this very
/// process, or loads a second copy of SQLite that opens it (https://sqlite.org/howtocorrupt.html); effects of a block
/// outside of the database, since a block may run several times.</para>
/// <para>A runner keeps one connection; threads that share a runner take turns.</para>
/// </remarks>
public sealed class SqliteRunner : IDisposable
{
    private readonly SqliteOptions _options;
    private readonly SqliteSession _session;

    /// <summary>Prepares for work on a database. Nothing is opened or loaded yet.</summary>
    /// <exception cref="SqliteException">The path cannot be one of a database.</exception>
    public SqliteRunner(string path, SqliteOptions? options = null)
    {
        _options = options ?? new SqliteOptions();
        SqlitePlace place = SqlitePlace.Of(path);
        if (_options.RecoverFrom is not null)
            CheckRecovery(place);
        _session = new SqliteSession(place, _options);
    }

    /// <summary>One transaction on a database that is closed again afterwards.</summary>
    public static SqliteResult<T> Run<T>(
        string path, SqliteOptions? options, Func<SqliteTransaction, T> block, CancellationToken cancellation = default)
    {
        using var runner = new SqliteRunner(path, options);
        return runner.Run(block, isLast: true, cancellation);
    }

    /// <summary>Runs a transaction.</summary>
    /// <param name="block">Its work. It may run several times; only the last one counts.</param>
    /// <param name="cancellation">Ends waits and statements within milliseconds.</param>
    /// <exception cref="SqliteException">It was given up; says what is known about the outcome.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; nothing of it is in the database.</exception>
    public SqliteResult<T> Run<T>(Func<SqliteTransaction, T> block, CancellationToken cancellation = default) =>
        Run(block, isLast: false, cancellation);

    private SqliteResult<T> Run<T>(Func<SqliteTransaction, T> block, bool isLast, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(block);
        Deadline deadline = Deadline.After(_options.Budget);
        var wait = new SqliteWait(_options, deadline, cancellation);
        if (!_session.TakeTurn(deadline.Remaining, cancellation))
        {
            var fault = new SqliteFault(SqliteCode.Busy, SqliteStage.Open, true, Message.Of(Key.ReasonAnotherThreadOfThisProcessUses));
            SqliteException failure = SqliteFailures.GivenUp(
                _session.Place, fault, SqliteOutcome.NotCommitted, 0, _options.Budget, [], null);
            return _options.Role == SqliteRole.Cache
                ? new SqliteResult<T>(SqliteOutcome.Skipped, default, 0, _options.Budget, failure)
                : throw failure;
        }

        try
        {
            _session.Patience = wait;
            return Execute(new SqliteRun<T>(_session, _options, wait, block), wait);
        }
        finally
        {
            // Closing may wait as well, and whoever has given a budget has no other time.
            if (isLast)
                _session.Close(isDone: true);
            _session.Patience = null;
            _session.EndTurn();
        }
    }

    private SqliteResult<T> Execute<T>(SqliteRun<T> run, SqliteWait wait) =>
        SqliteMeasures.Measure(_session.Place.Display, _options.Role, wait, run.Execute, () => run.Attempts);

    /// <summary>Runs a transaction that returns nothing.</summary>
    public SqliteResult<bool> Run(Action<SqliteTransaction> block, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(block);
        return Run(
            transaction =>
            {
                block(transaction);
                return true;
            },
            cancellation);
    }

    private void CheckRecovery(SqlitePlace place)
    {
        if (_options.Role != SqliteRole.Cache)
            throw SqliteFailures.RecoveryInvalid(place.Display, Message.Of(Key.ReasonOnlyCacheCanBeMadeFrom));
        if (SqlitePlace.Of(_options.RecoverFrom!).File == place.File)
            throw SqliteFailures.RecoveryInvalid(place.Display, Message.Of(Key.ReasonDatabaseCannotBeMadeFromItself));
    }

    /// <summary>Closes the connection.</summary>
    public void Dispose() => _session.Dispose();
}
