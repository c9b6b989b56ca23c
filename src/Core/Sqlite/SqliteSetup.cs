using System;
using ProcessDedup.Messages;

namespace ProcessDedup.Sqlite;

/// <summary>Opens a database as its role wants it: journal, durability, schema.</summary>
internal static class SqliteSetup
{
    private const string Wal = "wal";

    // What a journal that stays may keep of the disk; a larger one is cut after its transaction.
    public const int LargestIdleJournal = 1 << 20;
    private const string JournalLimit = "PRAGMA journal_size_limit=1048576";

    /// <exception cref="SqliteFaultException">SQLite failed; trying again may help.</exception>
    /// <exception cref="SqliteException">It cannot be used like this.</exception>
    public static DatabaseConnection Open(SqlitePlace place, SqliteOptions options)
    {
        place.Check(options.Create || options.RecoverFrom is not null);
        // What has a primary was made from it a moment ago. If another process has moved it away since, it is to be made
        // from it again, not empty.
        DatabaseConnection connection = DatabaseConnection.Open(place, options.Create && options.RecoverFrom is null, options.AllowExtensions);
        try
        {
            if (connection.IsReadOnly && options.Mode != SqliteTransactionMode.Deferred)
                throw SqliteFailures.ReadOnly(place.Display);
            bool isWal = ChooseJournal(connection, options);
            if (connection.IsReadOnly)
            {
                Initialize(connection, options);
                return connection;
            }

            if (!isWal && JournalRights.AreThoseOf(place))
                KeepJournalFile(connection);
            // EXTRA also syncs the directory after a journal is removed: else a power failure can bring it back, and with
            // it the state before the commit. Ours stays, but it is removed where the file system has no say in it.
            connection.RunScript(options.Role == SqliteRole.Cache ? "PRAGMA synchronous=NORMAL"
                : isWal ? "PRAGMA synchronous=FULL"
                : "PRAGMA synchronous=EXTRA");
            // Also off: some libraries, the bundled one among them, are built to enforce them by default.
            connection.RunScript(options.ForeignKeys ? "PRAGMA foreign_keys=ON" : "PRAGMA foreign_keys=OFF");
            Initialize(connection, options);
            SqliteSchema.Ensure(connection, options.Schema, options.Role);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private static void Initialize(DatabaseConnection connection, SqliteOptions options)
    {
        if (options.Initialize is { } initialize)
            connection.Prepare(initialize);
    }

    /// <summary>Gives a database that was copied the journal that a new one would get.</summary>
    public static void ChooseJournalOfNew(DatabaseConnection connection, SqliteOptions options) =>
        ChooseJournal(connection, options, isNew: true);

    private static bool ChooseJournal(DatabaseConnection connection, SqliteOptions options) =>
        ChooseJournal(connection, options, options.Create && connection.Ask("PRAGMA page_count") is 0L && !connection.IsReadOnly);

    private static bool ChooseJournal(DatabaseConnection connection, SqliteOptions options, bool isNew)
    {
        bool isWal = IsWal(connection.Ask("PRAGMA journal_mode"));
        string? reason = options.AllowNetworkFileSystem ? null : connection.Place.ReasonAgainstSharing(out _);
        if ((isWal || options.Journal == SqliteJournal.WriteAheadLog) && reason is not null)
        {
            connection.Place.ReasonAgainstSharing(out string type);
            throw SqliteFailures.JournalUnsupported(
                connection.Place.Display, Message.Of(Key.ReasonFileSystemIsUnfit, type.Length == 0 ? "unknown" : type, reason));
        }

        bool wantsWal = options.Journal switch
        {
            SqliteJournal.WriteAheadLog => true,
            SqliteJournal.Rollback => false,
            _ => isNew ? reason is null : isWal,
        };
        if (wantsWal == isWal || connection.IsReadOnly)
            return isWal;
        // A wish that another connection hinders is an error with the code BUSY; one that the file layer hinders is not
        // followed, without an error.
        if (IsWal(connection.Ask(wantsWal ? "PRAGMA journal_mode=WAL" : "PRAGMA journal_mode=DELETE")) == wantsWal)
            return wantsWal;
        return options.Journal != SqliteJournal.WriteAheadLog
            ? !wantsWal
            : throw SqliteFailures.JournalUnsupported(connection.Place.Display, Message.Of(Key.ReasonSqliteCannotShareMemoryThere));
    }

    /// <summary>
    /// Lets the journal stay, with zeros for a header, between transactions. Making and removing it changes the directory
    /// twice in each of them, which a file system with a journal of its own writes out each time: seven times slower.
    /// It is no less safe: the zeros are synced before COMMIT returns, and other programs remove it if they like.
    /// </summary>
    private static void KeepJournalFile(DatabaseConnection connection)
    {
        // Within a transaction, as in between another process may have changed to a log, which this would undo.
        connection.Demand("BEGIN");
        connection.Ask("PRAGMA page_count");
        try
        {
            connection.Ask("PRAGMA journal_mode=PERSIST");
        }
        catch (SqliteFaultException e) when (e.Fault.Code == SqliteCode.Error)
        {
            // It has become a log just now: as if somebody was in the way, it is opened again and taken as it is.
            throw new SqliteFaultException(e.Fault with { Code = SqliteCode.Busy });
        }

        connection.Demand("COMMIT");
        connection.RunScript(JournalLimit);
    }

    private static bool IsWal(object? mode) => mode is string text && text.Equals(Wal, StringComparison.OrdinalIgnoreCase);
}
