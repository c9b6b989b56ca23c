using System;
using System.Globalization;

namespace ProcessDedup.Sqlite;

/// <summary>
/// Tables by version. Step n brings the database from version n to n+1 (PRAGMA user_version); steps are only ever added.
/// </summary>
public sealed class SqliteSchema
{
    /// <summary>Marks a cache as ours (PRAGMA application_id): only such a file is ever moved away. "PDdp".</summary>
    internal const int ApplicationId = 0x50446470;

    private readonly string[] _steps;

    /// <summary>Creates the schema.</summary>
    /// <param name="steps">SQL; a step may have several statements, without BEGIN and COMMIT.</param>
    public SqliteSchema(params string[] steps) => _steps = steps ?? throw new ArgumentNullException(nameof(steps));

    /// <summary>The newest version that is known.</summary>
    public int Version => _steps.Length;

    /// <summary>
    /// Brings the database up to date in one transaction. Two processes may do so at once: who gets the write lock looks
    /// again, as the other may have been first.
    /// </summary>
    /// <exception cref="SqliteFaultException">SQLite failed; nothing has changed, or all of it is there.</exception>
    internal static void Ensure(DatabaseConnection connection, SqliteSchema? schema, SqliteRole role)
    {
        if (!IsDue(connection, schema, role))
            return;
        connection.Demand("BEGIN IMMEDIATE");
        // Whatever fails from here on: the connection is given up by its opener, which rolls back.
        long version = VersionOf(connection);
        if (IsToBeMarked(connection, role))
            Mark(connection);
        if (schema is not null && version < schema.Version)
        {
            for (int step = (int)version; step < schema.Version; step++)
                connection.RunScript(schema._steps[step]);
            connection.RunScript("PRAGMA user_version=" + schema.Version.ToString(CultureInfo.InvariantCulture));
        }

        connection.Demand("COMMIT");
    }

    internal static void Mark(DatabaseConnection connection) =>
        connection.RunScript("PRAGMA application_id=" + ApplicationId.ToString(CultureInfo.InvariantCulture));

    internal static bool IsOurs(DatabaseConnection connection) => connection.Ask("PRAGMA application_id") is (long)ApplicationId;

    private static bool IsDue(DatabaseConnection connection, SqliteSchema? schema, SqliteRole role)
    {
        if (schema is not null)
        {
            long version = VersionOf(connection);
            if (version > schema.Version)
                throw SqliteFailures.SchemaNewer(connection.Place.Display, version, schema.Version);
            if (version < schema.Version)
                return true;
        }

        return IsToBeMarked(connection, role);
    }

    /// <summary>A cache that is still empty; a file with somebody's tables in it is never marked.</summary>
    private static bool IsToBeMarked(DatabaseConnection connection, SqliteRole role) =>
        role == SqliteRole.Cache
        && connection.Ask("PRAGMA application_id") is 0L
        && VersionOf(connection) == 0
        && connection.Ask("SELECT count(*) FROM sqlite_master") is 0L;

    private static long VersionOf(DatabaseConnection connection) => connection.Ask("PRAGMA user_version") is long version ? version : 0;
}
