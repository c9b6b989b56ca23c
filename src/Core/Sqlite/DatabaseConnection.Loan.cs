using System;
using Microsoft.Data.Sqlite;
using ProviderException = Microsoft.Data.Sqlite.SqliteException;

namespace ProcessDedup.Sqlite;

/// <content>The connection in the hands of others.</content>
internal sealed partial class DatabaseConnection
{
    /// <summary>Gives it to a block for the rest of its transaction. It serves no other one afterwards.</summary>
    public SqliteConnection Lend(SqliteTransaction transaction, out TransactionGuard guard)
    {
        guard = _guard ??= new TransactionGuard(_handle);
        _provider.Loan = new SqliteLoan(transaction);
        return _provider;
    }

    /// <summary>The block has ended: what it reads is closed, and what it still knows of the connection is of no use to it.</summary>
    /// <returns>Has it tried to close the connection?</returns>
    /// <exception cref="ProviderException">What an unfinished reader still had to run has failed.</exception>
    public bool TakeBack()
    {
        if (_provider.Loan is not { } loan)
            return false;
        try
        {
            _provider.CloseReaders();
            return loan.HasClosed;
        }
        finally
        {
            _provider.Loan = null;
        }
    }

    /// <summary>Lets somebody prepare a new handle: functions, collations, PRAGMAs.</summary>
    /// <exception cref="SqliteFaultException">SQLite failed; trying again may help.</exception>
    /// <exception cref="SqliteException">It has begun a transaction, or closed the connection.</exception>
    public void Prepare(Action<SqliteConnection> initialize)
    {
        _provider.Loan = new SqliteLoan(null);
        bool hasClosed;
        try
        {
            initialize(_provider);
        }
        catch (Exception e) when (SqliteLoan.ErrorIn(e) is { } error)
        {
            throw new SqliteFaultException(Fault(error), e);
        }
        finally
        {
            hasClosed = TakeBack();
        }

        if (hasClosed || !Autocommit)
            throw SqliteFailures.TransactionControl(Place.Display, Messages.Message.Of(Messages.Key.ReasonInitialization));
    }

    // The guard lets BEGIN, COMMIT and ROLLBACK pass only while they are this class' own.
    private void SetOwnCall(bool isOwn)
    {
        if (_guard is not null)
            _guard.IsOwnCall = isOwn;
    }

    /// <summary>The provider's error as a fault of this connection.</summary>
    public SqliteFault FaultOf(ProviderException error) => Fault(error);
}
