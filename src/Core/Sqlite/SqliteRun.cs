using System;
using System.Collections.Generic;
using System.Diagnostics;
using ProcessDedup.Locks;
using ProcessDedup.Messages;
using ProcessDedup.Telemetry;

namespace ProcessDedup.Sqlite;

/// <summary>One transaction from its first try to its known outcome.</summary>
internal sealed partial class SqliteRun<T>(SqliteSession session, SqliteOptions options, SqliteWait wait, Func<SqliteTransaction, T> block)
{
    private readonly Dictionary<int, int> _earlier = [];
    private readonly bool _hasToken = options.Role == SqliteRole.Primary;
    private readonly SqliteHolderWatch _watch = new(session.Place);
    private readonly StrayLock _stray = new(session);
    private bool _hasStrayLock;
    private int _attempts;
    private bool _isUnsettled;
    private T? _value;
    private SqliteTransaction? _transaction;
    private Exception? _blockFailure;
    private SqliteFault? _lastFault;

    /// <summary>How often it has been tried.</summary>
    public int Attempts => _attempts;

    private IReadOnlyList<string> Statements => _transaction?.Statements ?? [];

    public SqliteResult<T> Execute()
    {
        session.Token.Next();
        try
        {
            for (; ; )
            {
                wait.Cancellation.ThrowIfCancellationRequested();
                _attempts++;
                if (TryOnce() is not { } fault)
                    return Result(SqliteOutcome.Committed);
                _lastFault = fault;
                if (fault.Code == SqliteCode.Interrupt)
                    wait.Cancellation.ThrowIfCancellationRequested();
                if (!Prepare(fault))
                    return GiveUp(fault);
                SqliteMeasures.Retried(fault.Code);
            }
        }
        catch (Exception e) when (_isUnsettled)
        {
            // Stopped between a COMMIT without an answer and the look for it: the answer is owed first.
            SqliteOutcome outcome = Settle();
            if (outcome == SqliteOutcome.Committed)
                return Result(outcome);
            if (outcome == SqliteOutcome.NotCommitted)
                throw;
            throw SqliteFailures.GivenUp(session.Place, _lastFault!, outcome, _attempts, wait.Waited, Statements, e);
        }
        finally
        {
            _transaction?.ReleaseLocks();
        }
    }

    /// <summary>One try. Null: committed. No transaction is open afterwards.</summary>
    private SqliteFault? TryOnce()
    {
        DatabaseConnection? connection = null;
        bool isCommitted = false;
        _blockFailure = null;
        try
        {
            SqliteRecovery.MakeIfMissing(session, options, wait);
            connection = session.Connect();
            var clock = Stopwatch.StartNew();
            using LockLease? gate = wait.ForGate(options.Gate);
            SqliteFault? fault = Transact(connection, clock);
            isCommitted = fault is null;
            return fault;
        }
        catch (SqliteFaultException e)
        {
            return e.Fault;
        }
        finally
        {
            if (connection is { Autocommit: false })
                Leave(connection);
            session.IsInTransaction = false;
            if (_transaction is { IsLent: true } || _transaction is { HasChangedConnection: true } && !isCommitted)
                session.Close(isCommitted);
            // Not before it is known what became of the work that was done under them.
            if (!_isUnsettled)
                _transaction?.ReleaseLocks();
        }
    }

    private SqliteFault? Transact(DatabaseConnection connection, Stopwatch sinceGate)
    {
        connection.Stage = SqliteStage.Begin;
        if (Insist(connection, Begin, sinceGate) is { } refused)
            return refused;
        session.IsInTransaction = true;
        if (_isUnsettled)
        {
            // The write lock makes the look final: of what is not there now nothing can appear beside this transaction.
            connection.Stage = SqliteStage.Body;
            if (session.Token.IsCommitted(connection))
                return null;
        }

        connection.Stage = SqliteStage.Body;
        T value = RunBlock(connection, out SqliteTransaction transaction);
        if (transaction.Fault is { } fault)
            return fault;
        if (connection.Autocommit)
            throw SqliteFailures.TransactionControl(session.Place.Display, Message.Of(Key.ReasonBlock));
        if (_hasToken && (transaction.HasWritten || _isUnsettled))
            session.Token.Write(connection);
        connection.Stage = SqliteStage.Commit;
        SqliteFault? failed = Insist(connection, "COMMIT", Stopwatch.StartNew());
        if (failed is null || !failed.IsBeforeCommit(options.Role) && transaction.HasWritten)
        {
            _value = value;
            _isUnsettled = failed is not null;
        }

        return failed;
    }

    /// <summary>Runs the block. If it has failed by an error of SQLite, the transaction has the fault.</summary>
    private T RunBlock(DatabaseConnection connection, out SqliteTransaction transaction)
    {
        int looks = 0;
        _transaction?.ReleaseLocks();
        SqliteTransaction given = _transaction = transaction = new SqliteTransaction(
            connection, _attempts, busy => !IsStray(busy) && wait.ForLock(++looks), wait.Deadline, wait.Cancellation);
        using var interrupt = new StatementInterrupt(connection, wait.Cancellation);
        try
        {
            T value = block(given);
            given.TakeBack();
            if (given.HasOverstepped(null))
                throw SqliteFailures.TransactionControl(session.Place.Display, Message.Of(Key.ReasonBlock));
            given.DemandLocks();
            return value;
        }
        catch (Exception e) when (given.HasOverstepped(e))
        {
            throw SqliteFailures.TransactionControl(session.Place.Display, Message.Of(Key.ReasonBlock));
        }
        catch (Exception e) when (given.FaultIn(e) is { } fault && fault.Code != SqliteCode.Interrupt)
        {
            // Whatever the block's language made of the error: what counts is what SQLite said.
            _blockFailure = e;
            return default!;
        }
        catch (Exception e) when (wait.Cancellation.IsCancellationRequested && (e is SqliteException || given.Fault is not null))
        {
            throw new OperationCanceledException(wait.Cancellation);
        }
        finally
        {
            given.End();
        }
    }

    private SqliteResult<T> GiveUp(SqliteFault fault)
    {
        SqliteObstacle? obstacle = SqliteObstacle.Find(session.Place, fault, _watch);
        SqliteOutcome outcome = Settle();
        SqliteException failure = SqliteFailures.GivenUp(
            session.Place, fault, outcome, _attempts, wait.Waited, Statements, _blockFailure, obstacle);
        if (outcome == SqliteOutcome.Committed)
            return new SqliteResult<T>(outcome, _value, _attempts, wait.Waited, failure);
        bool isWorthAnError = options.Role == SqliteRole.Primary || !SqliteClassification.IsPassing(fault.Code);
        if (isWorthAnError)
            throw failure;
        return new SqliteResult<T>(
            outcome == SqliteOutcome.Unknown ? outcome : SqliteOutcome.Skipped, default, _attempts, wait.Waited, failure);
    }

    /// <summary>Finds out what became of a COMMIT without an answer.</summary>
    private SqliteOutcome Settle()
    {
        if (!_isUnsettled)
            return SqliteOutcome.NotCommitted;
        SqliteOutcome outcome = _hasToken ? SqliteSettlement.Find(session, options) : SqliteOutcome.Unknown;
        _isUnsettled = false;
        return outcome;
    }

    /// <summary>Whatever happened: no transaction stays open.</summary>
    private void Leave(DatabaseConnection connection)
    {
        _ = connection.Run("ROLLBACK");
        if (!connection.Autocommit)
            session.Close();
    }

    private SqliteResult<T> Result(SqliteOutcome outcome) => new(outcome, _value, _attempts, wait.Waited, null);
}
