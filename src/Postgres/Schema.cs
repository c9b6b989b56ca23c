using System.Globalization;
using System.Threading;
using System.Threading.Tasks;
using Npgsql;
using ProcessDedup.Coordination;

namespace ProcessDedup.Postgres;

/// <summary>The tables of the coordinator: the first process to come makes them, and those of a later version are left alone.</summary>
internal static class Schema
{
    public const int Version = 1;

    /// <summary>Makes them if they are missing.</summary>
    /// <exception cref="CoordinatorException"><see cref="CoordinatorError.CoordinatorSchemaNewer"/></exception>
    /// <exception cref="PostgresException">The user must not make or read them.</exception>
    public static async Task Ensure(NpgsqlConnection connection, string place, CancellationToken cancellation)
    {
        int? found = await VersionOf(connection, cancellation);
        if (found is null)
        {
            await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellation);
            await Execute(connection, string.Create(CultureInfo.InvariantCulture, $"SELECT pg_advisory_xact_lock({LockKey.OfSchema})"), cancellation);
            // Were it forgotten in a crash, the numbers that were given since would be given again.
            await Execute(
                connection, "SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'", cancellation);
            // Somebody else may have been first.
            found = await VersionOf(connection, cancellation);
            if (found is null)
                await Execute(connection, SchemaDefinition.Text, cancellation);
            await transaction.CommitAsync(cancellation);
        }

        if (found is { } version && version > Version)
            throw CoordinatorFailures.SchemaNewer(place, version, Version);
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
