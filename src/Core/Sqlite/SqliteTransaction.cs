using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Microsoft.Data.Sqlite;
using ProcessDedup.Locks;
using ProcessDedup.Messages;
using ProcessDedup.Platform;
using ProcessDedup.Retry;
using ProviderException = Microsoft.Data.Sqlite.SqliteException;

namespace ProcessDedup.Sqlite;

/// <summary>
/// An open transaction, for the block that does its work. Whatever the block reads is complete when a call returns; it
/// neither begins nor ends transactions. The block may run again, so it must not count on having run once.
/// </summary>
public sealed class SqliteTransaction
{
    // The text of an error must stay readable, and a block may insert a million rows.
    private const int MostStatementsTold = 100;

    // SQLITE_AUTH, as the guard's refusal comes back.
    private const int Unauthorized = 23;

    private readonly DatabaseConnection _connection;
    private readonly Func<SqliteFault, bool> _wait;
    private readonly Deadline _deadline;
    private readonly List<LockLease> _locks = [];
    private readonly List<(string Sql, string Values)> _statements = [];
    private TransactionGuard? _guard;
    private int _untold;
    private bool _hasEnded;
    private bool _hasClosed;
    private bool _hasWritten;

    internal SqliteTransaction(DatabaseConnection connection, int attempt, Func<SqliteFault, bool> wait, Deadline deadline, CancellationToken cancellation)
    {
        _connection = connection;
        _wait = wait;
        _deadline = deadline;
        Attempt = attempt;
        Cancellation = cancellation;
    }

    /// <summary>Which try of the block this is, from 1.</summary>
    public int Attempt { get; }

    /// <summary>The path of the database.</summary>
    public string Path => _connection.Place.Display;

    /// <summary>
    /// The provider's connection with this transaction open, for whatever works on a connection: Dapper, DataTable, functions.
    /// </summary>
    /// <remarks>
    /// <para>Commands need no transaction object. Make them with CreateCommand. A busy database is an error at once, after which the
    /// whole block runs again; a CommandTimeout that the block sets is a wait of the provider's own, in steps of 150 ms.</para>
    /// <para>It ends with the block: kept, it is closed. COMMIT, ROLLBACK, BEGIN and Close in a block are errors.</para>
    /// </remarks>
    /// <exception cref="SqliteException">The transaction has ended.</exception>
    public SqliteConnection Connection
    {
        get
        {
            if (_hasEnded)
                throw SqliteFailures.TransactionEnded(Path);
            return _connection.Lend(this, out _guard);
        }
    }

    /// <summary>Ends statements under way; long blocks may look at it.</summary>
    public CancellationToken Cancellation { get; }

    /// <summary>The first error after which the transaction cannot be committed any more; null if there was none.</summary>
    internal SqliteFault? Fault { get; private set; }

    /// <summary>Has a statement run that may have changed something?</summary>
    internal bool HasWritten => _hasWritten || _guard is { HasWritten: true };

    /// <summary>Has the block had the connection itself?</summary>
    internal bool IsLent => _guard is not null;

    /// <summary>Has the block tried to end the transaction, or to close its connection?</summary>
    internal bool HasOverstepped(Exception? thrown) =>
        _hasClosed || thrown is not null && _guard is { HasRefused: true } && SqliteLoan.ErrorIn(thrown) is { SqliteErrorCode: Unauthorized };

    /// <summary>
    /// Has a statement run that changes the connection, which ROLLBACK does not undo? Its handle serves no other try: a second
    /// ATTACH would fail.
    /// </summary>
    internal bool HasChangedConnection { get; private set; }

    /// <summary>What was run, without the values.</summary>
    internal IReadOnlyList<string> Statements
    {
        get
        {
            List<string> told = _statements.Select(s => SqliteFailures.Shown(s.Sql) + s.Values).ToList();
            if (_untold > 0)
                told.Add(Message.Of(Key.ReasonAndMoreOfThem, _untold));
            return told;
        }
    }

    /// <summary>Runs one statement and returns all of its rows.</summary>
    /// <param name="sql">One statement.</param>
    /// <param name="parameters">The values; each must belong to a parameter, and each parameter must have one.</param>
    /// <exception cref="SqliteException">It is wrong, or SQLite failed.</exception>
    /// <exception cref="OperationCanceledException"><see cref="Cancellation"/> was cancelled.</exception>
    public IReadOnlyList<SqliteRow> Query(string sql, SqliteParameters? parameters = null)
    {
        ArgumentNullException.ThrowIfNull(sql);
        if (_hasEnded)
            throw SqliteFailures.TransactionEnded(Path);
        Cancellation.ThrowIfCancellationRequested();
        if (SqliteText.ControlsTransaction(sql))
            throw SqliteFailures.TransactionControl(Path, sql);
        if (SqliteText.SetsForeignKeys(sql))
            throw SqliteFailures.ForeignKeysIgnored(Path, sql);
        // After an error that has ended the transaction a statement would be committed on its own.
        if (Fault is not null)
            throw SqliteFailures.FromFault(_connection.Place, Fault, sql);
        // SQLite interrupts what runs: an order to end that came between two statements would pass unheard.
        Cancellation.ThrowIfCancellationRequested();
        parameters ??= SqliteParameters.None;
        Remember(sql, parameters.All());
        HasChangedConnection |= SqliteText.ChangesConnection(sql);
        for (; ; )
        {
            try
            {
                IReadOnlyList<SqliteRow> rows = _connection.Read(sql, parameters, out bool isReading);
                _hasWritten |= !isReading;
                return rows;
            }
            catch (SqliteFaultException e) when (IsInTheWay(e.Fault) && _wait(e.Fault))
            {
                // Another process mends the log after a crash; nothing of the statement has happened.
            }
            catch (SqliteFaultException e)
            {
                // A constraint may have let a part of the statement stand (INSERT OR FAIL).
                _hasWritten = true;
                if (!IsHarmless(e.Fault))
                    Fault ??= e.Fault;
                throw SqliteFailures.FromFault(_connection.Place, e.Fault, sql);
            }
        }
    }

    /// <summary>Runs one statement.</summary>
    /// <returns>How many rows it inserted, changed or deleted.</returns>
    /// <exception cref="SqliteException">It is wrong, or SQLite failed.</exception>
    public int Execute(string sql, SqliteParameters? parameters = null)
    {
        int before = _connection.TotalChanges;
        Query(sql, parameters);
        // What is no INSERT, UPDATE or DELETE leaves the number of an earlier statement as it is.
        return _connection.TotalChanges == before ? 0 : _connection.Changes;
    }

    /// <summary>
    /// Takes a lock that lasts as long as this transaction: it is released after the commit or the rollback, however that
    /// comes, and taken anew should the block run again. A lock that is lost meanwhile (its file was removed) rolls back.
    /// </summary>
    /// <remarks>
    /// <b>Danger</b>: whoever waits here has the database's write lock, and keeps all other writers waiting as well. If the
    /// lock's holder wants the database, both wait for each other. What can be taken before the transaction should be. The
    /// wait ends with the transaction's budget, or at once where the circle is seen (<see cref="LockError.LockCycle"/>).
    /// </remarks>
    /// <param name="target">The lock.</param>
    /// <param name="reason">What it is for, shown to those who wait.</param>
    /// <param name="flow">See <see cref="LockRequest.Flow"/>.</param>
    /// <returns>The lock's last holder, if it died holding it.</returns>
    /// <exception cref="LockException">It cannot be had, or not in time; the transaction may go on without it.</exception>
    public LockHolder? TakeLock(LockTarget target, string? reason = null, object? flow = null)
    {
        ArgumentNullException.ThrowIfNull(target);
        if (_hasEnded)
            throw SqliteFailures.TransactionEnded(Path);
        TimeSpan left = _deadline.IsNever ? TimeSpan.Zero : _deadline.Remaining;
        LockLease lease = FileLock.Acquire(
            new LockRequest(target)
            {
                // To a lock request zero is without end.
                Timeout = _deadline.IsNever || left > TimeSpan.Zero ? left : TimeSpan.FromTicks(1),
                Reason = reason ?? $"a transaction on {SqliteFailures.Shown(Path)}",
                // A transaction that takes a lock of its own again would wait for itself.
                Flow = flow ?? this,
            },
            Cancellation);
        _locks.Add(lease);
        return lease.CrashedHolder;
    }

    /// <exception cref="LockException">A lock of the transaction was lost: somebody else may have worked under it.</exception>
    internal void DemandLocks()
    {
        foreach (LockLease lease in _locks)
        {
            try
            {
                // The keeper looks from time to time; a commit is for good.
                lease.Look(recordIsDue: false);
            }
            catch (PlatformException e)
            {
                throw LockFailures.FromPlatform(lease.Target.Display, e);
            }

            if (lease.IsLost)
                throw LockException.Lost(lease.Target.Display);
        }
    }

    /// <summary>The transaction's outcome is settled, or its block is about to run again.</summary>
    internal void ReleaseLocks()
    {
        foreach (LockLease lease in _locks)
            lease.Dispose();
        _locks.Clear();
    }

    /// <summary>Takes the connection back from the block, with what it left open.</summary>
    internal void TakeBack()
    {
        try
        {
            _hasClosed |= _connection.TakeBack();
        }
        catch (ProviderException e)
        {
            NoteError(e);
        }
    }

    internal void End()
    {
        TakeBack();
        _hasEnded = true;
    }

    /// <summary>A statement that the block runs on the connection itself.</summary>
    /// <exception cref="SqliteException">An earlier error has ended the transaction.</exception>
    internal void NoteStatement(string sql, IEnumerable<KeyValuePair<string, object?>> values)
    {
        Cancellation.ThrowIfCancellationRequested();
        if (Fault is not null)
            throw SqliteFailures.FromFault(_connection.Place, Fault, sql);
        Remember(sql, values);
    }

    internal void NoteError(ProviderException error)
    {
        SqliteFault fault = _connection.FaultOf(error);
        if (!IsHarmless(fault) && error.SqliteErrorCode != Unauthorized)
            Fault ??= fault;
    }

    /// <summary>Why the block has failed, if SQLite is the reason.</summary>
    internal SqliteFault? FaultIn(Exception thrown)
    {
        if (Fault is null && IsLent && SqliteLoan.ErrorIn(thrown) is { } error)
            NoteError(error);
        return Fault;
    }

    private static bool IsInTheWay(SqliteFault fault) =>
        SqliteClassification.Of(fault.Code, SqliteStage.Body, fault.Autocommit, SqliteRole.Primary) == SqliteVerdict.RetryInPlace;

    /// <summary>A block may catch what only its own statement suffers from, and go on.</summary>
    private static bool IsHarmless(SqliteFault fault) =>
        !fault.Autocommit && fault.Code.PrimaryNumber is 1 or 18 or 19 or 20 or 25;

    private void Remember(string sql, IEnumerable<KeyValuePair<string, object?>> given)
    {
        if (_statements.Count == MostStatementsTold)
        {
            _untold++;
            return;
        }

        string values = string.Join(", ", given.Select(p => $"{p.Key}: {SqliteValue.Shape(p.Value)}"));
        _statements.Add((sql, values.Length == 0 ? string.Empty : $" ({values})"));
    }
}
