using ProcessDedup.Sqlite;

namespace ProcessDedup.Claims;

/// <summary>
/// The tables of claims in a database, which may be somebody else's: they have names of this project's own, and their version
/// is in one of them. PRAGMA user_version and application_id belong to the program whose file it is.
/// </summary>
internal static class ClaimTables
{
    public const string Claims = "processdedup_claim";

    private const string Versions = "processdedup_schema";
    private const long Version = 1;

    private const string Create =
        $"""
        CREATE TABLE {Claims}(
          namespace TEXT NOT NULL, key TEXT NOT NULL, fence INTEGER NOT NULL, token BLOB, since INTEGER NOT NULL, reason TEXT,
          granted_utc INTEGER NOT NULL, granted_ticks INTEGER NOT NULL, lease_ms INTEGER,
          pid INTEGER NOT NULL, start INTEGER NOT NULL, boot TEXT NOT NULL, pid_namespace TEXT NOT NULL,
          user TEXT NOT NULL, machine TEXT NOT NULL, command TEXT NOT NULL,
          PRIMARY KEY(namespace, key)) WITHOUT ROWID
        """;

    /// <summary>Are there any? Changes nothing.</summary>
    /// <exception cref="SqliteException"><see cref="SqliteError.SqliteSchemaNewer"/></exception>
    public static bool Exist(SqliteTransaction transaction)
    {
        if (transaction.Query($"SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '{Versions}'").Count == 0)
            return false;
        if (transaction.Query($"SELECT version FROM {Versions} WHERE part = 'claim'") is not [{ } row])
            return false;
        return row[0] is long version and > Version
            ? throw SqliteFailures.SchemaNewer(transaction.Path, version, (int)Version)
            : true;
    }

    /// <summary>Makes them in a transaction that has the write lock, if they are missing.</summary>
    /// <exception cref="SqliteException"><see cref="SqliteError.SqliteSchemaNewer"/></exception>
    public static void Ensure(SqliteTransaction transaction)
    {
        if (Exist(transaction))
            return;
        transaction.Execute($"CREATE TABLE IF NOT EXISTS {Versions}(part TEXT PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID");
        transaction.Execute(Create);
        transaction.Execute($"INSERT INTO {Versions} VALUES('claim', {Version})");
    }
}
