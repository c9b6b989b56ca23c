using System;
using System.Globalization;
using ProcessDedup.Platform;

namespace ProcessDedup.Sqlite;

/// <summary>
/// Settles whether a transaction is in the database when COMMIT failed halfway: its number is written in the same
/// transaction. One row for each writer, not for each transaction. A writer passes its row on to the next one of its process, and
/// the rows of processes that are gone are removed: there are about as many as there are writers at the same time.
/// </summary>
internal sealed class CommitToken
{
    private const string Table = "processdedup_commit";

    // Of processes that cannot be looked for: other containers, other machines, the time before a restart. A writer asks for its
    // number within its own deadline, right after the fault; a week is for waits without end.
    private const long KeepSeconds = 7 * 24 * 3600;

    private static readonly string Owner = Describe(ProcessIdentity.Current);

    private readonly byte[] _writer = Guid.NewGuid().ToByteArray();
    private bool _hasPruned;
    private long _denials;

    /// <summary>The transaction under way.</summary>
    public long Number { get; private set; }

    /// <summary>Another transaction begins.</summary>
    public void Next() => Number++;

    /// <summary>Is this transaction in the database? Asked within a transaction that has the write lock.</summary>
    public bool IsCommitted(DatabaseConnection connection) =>
        HasTable(connection)
        && connection.Ask($"SELECT number FROM {Table} WHERE token = ?", _writer) is long number
        && number >= Number;

    /// <summary>Writes the number into the open transaction.</summary>
    public void Write(DatabaseConnection connection) => Write(connection, Number);

    /// <summary>
    /// Writes that this transaction is not there. In a write-ahead log this also overwrites what a failed sync left
    /// behind, which would else come back with the next recovery.
    /// </summary>
    /// <remarks>
    /// Each time another number, below those of all transactions: SQLite compares a row with the one that it replaces, and
    /// if they are equal (built without SQLITE_ENABLE_PREUPDATE_HOOK) it changes no page, and COMMIT writes nothing.
    /// </remarks>
    public void WriteMissing(DatabaseConnection connection) => Write(connection, -++_denials);

    private void Write(DatabaseConnection connection, long number)
    {
        long now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        try
        {
            Put(connection, number, now);
        }
        catch (SqliteFaultException e) when (e.Fault.Code == SqliteCode.Error && !HasTable(connection))
        {
            // Looked for only here: once there it stays, and a look in each transaction would cost more than the row.
            connection.Ask($"CREATE TABLE IF NOT EXISTS {Table}(token BLOB PRIMARY KEY, number INTEGER NOT NULL, at INTEGER NOT NULL, owner TEXT NOT NULL) WITHOUT ROWID");
            Put(connection, number, now);
        }

        if (!_hasPruned)
            Prune(connection, now);
        _hasPruned = true;
    }

    private static void Prune(DatabaseConnection connection, long now)
    {
        connection.Ask($"DELETE FROM {Table} WHERE at < ?", now - KeepSeconds);
        foreach (SqliteRow row in connection.Read($"SELECT DISTINCT owner FROM {Table} WHERE owner <> ?", SqliteParameters.Ordered(Owner), out _))
        {
            // Only what is certain: the number of a writer that lives is what keeps its transaction from being run again.
            if (row[0] is string owner && TryParse(owner) is { IsComparable: true, IsAlive: false })
                connection.Ask($"DELETE FROM {Table} WHERE owner = ?", owner);
        }
    }

    private static string Describe(in ProcessIdentity process) => string.Create(
        CultureInfo.InvariantCulture, $"{process.ProcessId} {process.StartTicks} {Environment.MachineName} {process.BootId} {process.Namespace}");

    private static ProcessIdentity? TryParse(string owner) =>
        owner.Split(' ') is [var id, var start, var machine, var boot, var space]
        && machine == Environment.MachineName
        && int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out int processId)
        && long.TryParse(start, NumberStyles.None, CultureInfo.InvariantCulture, out long ticks)
            ? new ProcessIdentity(processId, ticks, boot, space)
            : null;

    private void Put(DatabaseConnection connection, long number, long now) =>
        connection.Ask($"INSERT OR REPLACE INTO {Table}(token, number, at, owner) VALUES(?, ?, ?, ?)", _writer, number, now, Owner);

    private static bool HasTable(DatabaseConnection connection) =>
        connection.Ask($"SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '{Table}'") is not null;
}
