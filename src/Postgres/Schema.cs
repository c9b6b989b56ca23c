using System.Globalization;
using System.Threading;
using System.Threading.Tasks;
using Npgsql;
using ProcessDedup.Coordination;

namespace ProcessDedup.Postgres;

/// <summary>The tables of the coordinator: made once by whoever comes first, and left alone if a later version made them.</summary>
internal static class Schema
{
    public const int Version = 1;

    // Who holds what is of no use after a crash of the server, and must not wait for its disk: the table is not logged.
    private const string Tables =
        """
        CREATE SCHEMA IF NOT EXISTS procdedup;
        CREATE TABLE procdedup.meta(version integer NOT NULL);
        CREATE SEQUENCE procdedup.fence AS bigint;
        CREATE TABLE procdedup.lock_name(key bigint PRIMARY KEY, name text NOT NULL, slots integer);
        CREATE UNLOGGED TABLE procdedup.session(
          backend_pid integer PRIMARY KEY, is_waiting boolean NOT NULL, slot integer, machine text NOT NULL, pid integer NOT NULL,
          os_user text NOT NULL, command text NOT NULL, reason text, progress text, since timestamptz NOT NULL);
        CREATE TABLE procdedup.claim(
          namespace text COLLATE "C" NOT NULL, key text COLLATE "C" NOT NULL, fence bigint NOT NULL, token bytea,
          since timestamptz NOT NULL, reason text, granted timestamptz NOT NULL, lease_ms bigint,
          pid integer NOT NULL, start bigint NOT NULL, boot text NOT NULL, pid_namespace text NOT NULL,
          os_user text NOT NULL, machine text NOT NULL, command text NOT NULL,
          PRIMARY KEY(namespace, key));
        """;

    /// <summary>Makes the tables if they are missing.</summary>
    /// <exception cref="CoordinatorException"><see cref="CoordinatorError.CoordinatorSchemaNewer"/></exception>
    /// <exception cref="PostgresException">The user must not make or read them.</exception>
    public static async Task Ensure(NpgsqlConnection connection, string place, CancellationToken cancellation)
    {
        if (await VersionOf(connection, cancellation) is not { } found)
        {
            await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellation);
            await Execute(connection, string.Create(CultureInfo.InvariantCulture, $"SELECT pg_advisory_xact_lock({LockKey.OfSchema})"), cancellation);
            // Somebody else may have been first.
            found = await VersionOf(connection, cancellation) ?? 0;
            if (found == 0)
            {
                await Execute(
                    connection, Tables + string.Create(CultureInfo.InvariantCulture, $"INSERT INTO procdedup.meta VALUES({Version})"), cancellation);
                found = Version;
            }

            await transaction.CommitAsync(cancellation);
        }

        if (found > Version)
            throw CoordinatorFailures.SchemaNewer(place, found, Version);
    }

    private static async Task<int?> VersionOf(NpgsqlConnection connection, CancellationToken cancellation)
    {
        // Not to_regclass: it remembers that there was none, and the advisory lock does not make it look again.
        await using var exists = new NpgsqlCommand(
            "SELECT EXISTS(SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'procdedup' AND c.relname = 'meta')",
            connection);
        if (await exists.ExecuteScalarAsync(cancellation) is not true)
            return null;
        await using var version = new NpgsqlCommand("SELECT max(version) FROM procdedup.meta", connection);
        return await version.ExecuteScalarAsync(cancellation) as int?;
    }

    private static async Task Execute(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
