using System;
using System.Threading;
using ProcessDedup.Platform;

namespace ProcessDedup.Sqlite;

/// <summary>One user's connection to a database: opened when it is needed, kept between transactions, used by one thread at a time.</summary>
internal sealed class SqliteSession : IDisposable
{
    private readonly SqliteOptions _options;
    private readonly OpenDatabase _file;
    private readonly SemaphoreSlim _turn = new(1);
    private DatabaseConnection? _connection;
    private int _generation;
    private int _owner;
    private bool _isInTransaction;

    public SqliteSession(SqlitePlace place, SqliteOptions options)
    {
        Place = place;
        _options = options;
        _file = OpenDatabase.Of(place);
        Token = _file.TakeToken();
    }

    public SqlitePlace Place { get; }

    public CommitToken Token { get; private set; }

    /// <summary>Has this been seen to be a cache of ours? Its first page may be what is broken.</summary>
    public bool IsOurs { get; private set; }

    /// <summary>Is its connection between BEGIN and the end of the transaction? Other threads look at it.</summary>
    public bool IsInTransaction
    {
        get => Volatile.Read(ref _isInTransaction);
        set => Volatile.Write(ref _isInTransaction, value);
    }

    /// <summary>Is another connection of this process to the file in a transaction?</summary>
    public bool IsAnotherInTransaction => _file.IsAnotherInTransaction(this);

    /// <summary>Has another thread asked for all connections to be closed since this one was opened?</summary>
    public bool IsDiscarded => _connection is not null && _generation != _file.Generation;

    /// <summary>The budget that closing is a part of; null outside of a transaction.</summary>
    public SqliteWait? Patience { get; set; }

    private TimeSpan PatienceToClose => Patience?.Deadline.Remaining is { } left && left < _options.LongestWaitToClose
        ? left
        : _options.LongestWaitToClose;

    /// <summary>Takes the session for a transaction; false if the time is up.</summary>
    public bool TakeTurn(TimeSpan longest, CancellationToken cancellation)
    {
        if (_owner == Environment.CurrentManagedThreadId)
            throw SqliteFailures.Reentered(Place.Display);
        // The semaphore takes no more than 2^31 ms.
        int milliseconds = longest.TotalMilliseconds >= int.MaxValue ? Timeout.Infinite : (int)longest.TotalMilliseconds;
        if (!_turn.Wait(milliseconds, cancellation))
            return false;
        _owner = Environment.CurrentManagedThreadId;
        return true;
    }

    public void EndTurn()
    {
        // What was discarded meanwhile is closed now, as somebody waits for that.
        if (IsDiscarded)
            Close();
        _owner = 0;
        _turn.Release();
    }

    /// <summary>The connection, opened if there is none. Only in one's turn.</summary>
    /// <exception cref="SqliteFaultException">SQLite could not open it.</exception>
    public DatabaseConnection Connect()
    {
        if (_connection is not null && _generation == _file.Generation)
            return _connection;
        Close();
        _file.Enter(this);
        _generation = _file.Generation;
        try
        {
            _connection = SqliteSetup.Open(Place, _options);
            IsOurs |= _options.Role == SqliteRole.Cache && SqliteSchema.IsOurs(_connection);
        }
        catch
        {
            _connection?.Dispose();
            _connection = null;
            _file.Leave(this);
            throw;
        }

        return _connection;
    }

    /// <summary>Closes the connection; an open transaction is rolled back.</summary>
    /// <param name="isDone">Its work is done, and nothing is wrong: it may tidy up.</param>
    public void Close(bool isDone = false)
    {
        if (_connection is null)
            return;
        // The last one out empties the log, which some versions do wrong while another process begins to write (fixed in
        // SQLite 3.51.3): writers that use the gate are kept apart from that as well.
        using (SqliteGate.TryTake(_options.Gate, PatienceToClose, Patience?.Cancellation ?? CancellationToken.None))
        {
            if (isDone)
                TruncateLog(_connection);
            _connection.Dispose();
        }

        _connection = null;
        _file.Leave(this);
    }

    /// <summary>
    /// A log is removed by the last connection, but a reader that stays open would leave it as large as it once was. Where somebody
    /// still needs it, SQLite leaves it.
    /// </summary>
    private void TruncateLog(DatabaseConnection connection)
    {
        if (connection is { Autocommit: true, IsReadOnly: false } && FileSystem.TryGetFacts(Place.File + "-wal", out FileFacts log)
            && log.Size > SqliteSetup.LargestIdleJournal)
        {
            _ = connection.Run("PRAGMA wal_checkpoint(TRUNCATE)");
        }
    }

    /// <summary>Closes every connection of this process to the file.</summary>
    public void DiscardAll()
    {
        Close();
        _file.Discard(this);
    }

    /// <summary>For another thread: closes the connection if it is not in use just now.</summary>
    public void TryCloseIdle()
    {
        if (!_turn.Wait(0))
            return;
        Close();
        _turn.Release();
    }

    public void Dispose()
    {
        _turn.Wait();
        Close(isDone: true);
        _file.ReturnToken(Token);
        // What is used after all must not share the token with its next owner.
        Token = new CommitToken();
        _turn.Release();
    }
}
