using System;

namespace ProcessDedup.Sqlite;

/// <summary>
/// Settles whether a transaction is in the database when COMMIT failed halfway: its number is written in the same
/// transaction. One row for each writer, not for each transaction, so the table stays as small as the number of writers.
/// </summary>
internal sealed class CommitToken
{
    private const string Table = "processdedup_commit";

    // A writer asks for its number within its own deadline, right after the fault; a week is for waits without end.
    private const long KeepSeconds = 7 * 24 * 3600;

    // Looking through the writers of a week takes milliseconds; most processes write once and would all pay for it.
    private const int PruneOneIn = 32;

    private readonly byte[] _writer = Guid.NewGuid().ToByteArray();
    private bool _hasPruned;
    private long _denials;

    /// <summary>The transaction under way.</summary>
    public long Number { get; private set; }

    /// <summary>Another transaction begins.</summary>
    public void Next() => Number++;

    /// <summary>Is this transaction in the database? Asked within a transaction that has the write lock.</summary>
    public bool IsCommitted(SqliteConnection connection) =>
        HasTable(connection)
        && connection.Ask($"SELECT number FROM {Table} WHERE token = ?", _writer) is long number
        && number >= Number;

    /// <summary>Writes the number into the open transaction.</summary>
    public void Write(SqliteConnection connection) => Write(connection, Number);

    /// <summary>
    /// Writes that this transaction is not there. In a write-ahead log this also overwrites what a failed sync left
    /// behind, which would else come back with the next recovery.
    /// </summary>
    /// <remarks>
    /// Each time another number, below those of all transactions: SQLite compares a row with the one that it replaces, and
    /// if they are equal (built without SQLITE_ENABLE_PREUPDATE_HOOK) it changes no page, and COMMIT writes nothing.
    /// </remarks>
    public void WriteMissing(SqliteConnection connection) => Write(connection, -++_denials);

    private void Write(SqliteConnection connection, long number)
    {
        long now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        try
        {
            Put(connection, number, now);
        }
        catch (SqliteFaultException e) when (e.Fault.Code == SqliteCode.Error && !HasTable(connection))
        {
            // Looked for only here: once there it stays, and a look in each transaction would cost more than the row.
            connection.Ask($"CREATE TABLE IF NOT EXISTS {Table}(token BLOB PRIMARY KEY, number INTEGER NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID");
            Put(connection, number, now);
        }

        if (!_hasPruned && _writer[0] % PruneOneIn == 0)
            connection.Ask($"DELETE FROM {Table} WHERE at < ?", now - KeepSeconds);
        _hasPruned = true;
    }

    private void Put(SqliteConnection connection, long number, long now) =>
        connection.Ask($"INSERT OR REPLACE INTO {Table}(token, number, at) VALUES(?, ?, ?)", _writer, number, now);

    private static bool HasTable(SqliteConnection connection) =>
        connection.Ask($"SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '{Table}'") is not null;
}
