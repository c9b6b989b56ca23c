using System;
using System.Threading;
using System.Threading.Tasks;
using Npgsql;
using ProcessDedup.Coordination;
using ProcessDedup.Locks;
using ProcessDedup.Messages;

namespace ProcessDedup.Postgres;

/// <summary>
/// A lock of the fleet for the time of a transaction of one's own: the commit, the rollback or the end of the connection
/// gives it back, and nothing else can. It excludes whoever takes the lock of that name with the coordinator in the same database.
/// </summary>
/// <remarks>
/// The same as <c>SELECT procdedup.lock_in_transaction('name')</c> in any language. This machine's own lock of the name is not
/// taken. <c>SET LOCAL lock_timeout</c> limits the wait.
/// </remarks>
public static class TransactionLock
{
    private const string Wait = "SELECT procdedup.lock_in_transaction($1)";
    private const string Try = "SELECT procdedup.try_lock_in_transaction($1)";

    /// <summary>Waits for the lock.</summary>
    /// <returns>The fencing number: larger than that of every holder before. It is certain when the transaction is committed.</returns>
    /// <exception cref="LockException"><see cref="LockError.LockNameInvalid"/></exception>
    /// <exception cref="CoordinatorException">The database has no schema of ProcessDedup.</exception>
    /// <exception cref="PostgresException">Anything else that the server says; the transaction has failed then.</exception>
    public static async Task<long> TakeAsync(NpgsqlTransaction transaction, string name, CancellationToken cancellation = default) =>
        (long)(await Ask(transaction, Wait, name, cancellation).ConfigureAwait(false))!;

    /// <summary>Takes the lock if it is free; null if it is held.</summary>
    /// <inheritdoc cref="TakeAsync"/>
    public static async Task<long?> TryTakeAsync(NpgsqlTransaction transaction, string name, CancellationToken cancellation = default) =>
        await Ask(transaction, Try, name, cancellation).ConfigureAwait(false) as long?;

    private static async Task<object?> Ask(NpgsqlTransaction transaction, string sql, string name, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        string text = LockName.Parse(name).Text;
        NpgsqlConnection connection = transaction.Connection
            ?? throw new ArgumentException(Message.Of(Key.MisuseTransactionIsOver), nameof(transaction));
        // The time is the caller's: a wait for a lock is no slow statement.
        await using var command = new NpgsqlCommand(sql, connection, transaction) { CommandTimeout = 0 };
        command.Parameters.Add(new NpgsqlParameter { Value = text });
        try
        {
            return await command.ExecuteScalarAsync(cancellation).ConfigureAwait(false);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.InvalidSchemaName or PostgresErrorCodes.UndefinedFunction)
        {
            throw CoordinatorFailures.SchemaMissing(ServerAddress.PlaceOf(connection.ConnectionString));
        }
    }
}
