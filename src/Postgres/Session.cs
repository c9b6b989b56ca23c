using System;
using System.Collections.Generic;
using System.Data;
using System.Diagnostics;
using System.Globalization;
using System.Threading;
using System.Threading.Tasks;
using Npgsql;
using ProcessDedup.Coordination;
using ProcessDedup.Messages;

namespace ProcessDedup.Postgres;

/// <summary>
/// One connection to the server, known to be to the server itself. What it holds ends with it, whatever ends it.
/// </summary>
internal sealed class Session : IDisposable
{
    /// <summary>Longest time for an answer to anything but a wait for a lock.</summary>
    private const int AnswerSeconds = 15;

    // What is not given back is free when the session ends: that is worth less patience.
    private const int FarewellSeconds = 5;

    // client_connection_check_interval came with it: without it a killed waiter stays in the queue and is granted the lock.
    private const int LeastVersion = 140000;

    // A machine that has vanished without a word loses its locks after 10 + 3 * 5 seconds: later than it learns of that by itself.
    private const string Settings =
        """
        SELECT set_config('lock_timeout', '0', false), set_config('statement_timeout', '0', false),
          set_config('idle_session_timeout', '0', false), set_config('idle_in_transaction_session_timeout', '0', false),
          set_config('default_transaction_isolation', 'read committed', false), set_config('default_transaction_deferrable', 'off', false),
          set_config('search_path', 'pg_catalog', false),
          CASE WHEN current_setting('server_version_num')::int >= 170000 THEN set_config('transaction_timeout', '0', false) END,
          CASE WHEN current_setting('synchronous_commit') = 'off' THEN set_config('synchronous_commit', 'on', false) END,
          set_config('tcp_keepalives_idle', '10', false), set_config('tcp_keepalives_interval', '5', false),
          set_config('tcp_keepalives_count', '3', false), set_config('tcp_user_timeout', '25000', false);
        DELETE FROM procdedup.session WHERE backend_pid IN (
          SELECT backend_pid FROM procdedup.session s WHERE backend_pid = pg_backend_pid()
            OR NOT EXISTS (SELECT FROM pg_stat_get_activity(NULL) a WHERE a.pid = s.backend_pid)
          FOR UPDATE SKIP LOCKED);
        SELECT procdedup.keep_fence()
        """;

    /// <summary>Milliseconds without a question after which the server ends a session that was granted what it waited for.</summary>
    public const string LongestSilence = "20000";

    /// <summary>The question that tells the server that whoever was granted a lock runs; from here on it may be silent.</summary>
    public const string StillThere = "SELECT set_config('idle_session_timeout', '0', false)";

    private const string Unlock = "SELECT pg_advisory_unlock_all(), set_config('idle_session_timeout', '0', false)";
    private const string UnlockAndForget =
        "WITH forgotten AS (DELETE FROM procdedup.session WHERE backend_pid = pg_backend_pid()) SELECT pg_advisory_unlock_all(), set_config('idle_session_timeout', '0', false)";

    private readonly Dictionary<string, NpgsqlCommand> _prepared = new(StringComparer.Ordinal);
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);

    private bool _isUnreplicated;

    private Session(NpgsqlConnection connection, string place)
    {
        (Connection, Place) = (connection, place);
        // By the name of the server's function: its words are in the server's language, and it has no code of its own.
        connection.Notice += (_, said) => _isUnreplicated |= said.Notice.Routine == "SyncRepWaitForLSN";
    }

    public NpgsqlConnection Connection { get; }

    public string Place { get; }

    // Until then the server has just answered. What comes next is asked on the caller's own thread, which is half as dear but
    // cannot be cancelled: only where an answer can be relied on.
    private static readonly TimeSpan Recently = TimeSpan.FromSeconds(1);

    private long _heard = Stopwatch.GetTimestamp();

    /// <summary>Somebody has just heard of it.</summary>
    public void Heard() => _heard = Stopwatch.GetTimestamp();

    /// <summary>Is it uncertain whether it still answers?</summary>
    public bool HasRested => Stopwatch.GetElapsedTime(_heard) > Recently;

    /// <summary>
    /// Has a COMMIT since the last call been told to wait no longer for a standby (synchronous_standby_names)? The server then
    /// answers that it is committed, which another server that takes over may know nothing of.
    /// </summary>
    public bool TakeUnreplicated()
    {
        bool was = _isUnreplicated;
        _isUnreplicated = false;
        return was;
    }

    public bool IsOpen => Connection.State == ConnectionState.Open;

    /// <summary>Connects, and makes sure that this is a server which can be relied on.</summary>
    /// <exception cref="CoordinatorException">It is not, or there is none.</exception>
    public static async Task<Session> Open(ServerAddress address, CancellationToken cancellation)
    {
        NpgsqlConnection connection = address.NewConnection();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        // A server that accepts and then says nothing would be waited for at each of its questions.
        patience.CancelAfter(address.ConnectTimeout);
        try
        {
            await connection.OpenAsync(patience.Token);
            await Check(connection, address.Place, patience.Token);
            await Schema.Ensure(connection, address.Place, patience.Token);
            await Prepare(connection, patience.Token);
            return new Session(connection, address.Place);
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            await connection.DisposeAsync();
            throw CoordinatorFailures.Slow(address.Place,
                Message.Of(Key.ReasonNoConnectionWithin, ProcessDedup.Locks.Durations.Describe(address.ConnectTimeout)), e);
        }
        catch (Exception e) when (ServerFailures.IsFailure(e) || e is DedupException or OperationCanceledException)
        {
            await connection.DisposeAsync();
            cancellation.ThrowIfCancellationRequested();
            throw ServerFailures.From(address.Place, e);
        }
    }

    private static async Task Check(NpgsqlConnection connection, string place, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(
            "SELECT pg_backend_pid(), current_setting('server_version_num')::int, current_setting('server_encoding'), pg_is_in_recovery()", connection);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        // The server names its process to whoever connects; a pooler has a number of its own for that.
        if (reader.GetInt32(0) != connection.ProcessID)
            throw CoordinatorFailures.Pooled(place, Message.Of(Key.ReasonProcessThatAnswersIsNotOne));
        CheckVersion(place, reader.GetInt32(1));
        if (reader.GetString(2) != "UTF8")
        {
            throw CoordinatorFailures.NotUtf8(place, reader.GetString(2));
        }

        if (reader.GetBoolean(3))
            throw CoordinatorFailures.Standby(place);
    }

    internal static void CheckVersion(string place, int version)
    {
        if (version < LeastVersion)
            throw CoordinatorFailures.VersionUnsupported(place, (version / 10000).ToString(CultureInfo.InvariantCulture), "14");
    }

    private static async Task Prepare(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var settings = new NpgsqlCommand(Settings, connection);
        await settings.ExecuteNonQueryAsync(cancellation);
        try
        {
            await using var check = new NpgsqlCommand("SET client_connection_check_interval = 1000", connection);
            await check.ExecuteNonQueryAsync(cancellation);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InvalidParameterValue)
        {
            // A server on a system that cannot do it (Windows): there a killed waiter leaves the queue when it is its turn.
        }
    }

    /// <summary>A statement that the server has understood already the second time.</summary>
    public NpgsqlCommand Prepared(string sql, params object[] values) => Prepared(sql, AnswerSeconds, values);

    private NpgsqlCommand Prepared(string sql, int seconds, object[] values)
    {
        if (!_prepared.TryGetValue(sql, out NpgsqlCommand? command))
        {
            command = new NpgsqlCommand(sql, Connection) { CommandTimeout = seconds };
            foreach (object value in values)
                command.Parameters.Add(new NpgsqlParameter { Value = value });
            command.Prepare();
            _prepared.Add(sql, command);
            return command;
        }

        for (int i = 0; i < values.Length; i++)
            command.Parameters[i].Value = values[i];
        return command;
    }

    /// <summary>
    /// Asks what may take long, or may be wanted again: from its second time on the server has understood it already.
    /// </summary>
    /// <param name="sql">The statement.</param>
    /// <param name="seconds">Longest time for the answer; null is for ever.</param>
    /// <param name="cancellation">Ends it; the server is told.</param>
    /// <param name="values">Of the same types each time.</param>
    public async Task<object?> Ask(string sql, int? seconds, CancellationToken cancellation, params NpgsqlParameter[] values)
    {
        if (_asked.Add(sql))
        {
            await using NpgsqlCommand once = Command(sql, seconds, values);
            return await once.ExecuteScalarAsync(cancellation);
        }

        if (!_prepared.TryGetValue(sql, out NpgsqlCommand? command))
        {
            command = Command(sql, seconds, values);
            await command.PrepareAsync(cancellation);
            _prepared.Add(sql, command);
        }
        else
        {
            for (int i = 0; i < values.Length; i++)
                command.Parameters[i].Value = values[i].Value;
        }

        return await command.ExecuteScalarAsync(cancellation);
    }

    /// <summary>A statement for once. Without <paramref name="seconds"/> it lasts as long as it must.</summary>
    public NpgsqlCommand Command(string sql, int? seconds, params object?[] values)
    {
        var command = new NpgsqlCommand(sql, Connection) { CommandTimeout = seconds ?? 0 };
        foreach (object? value in values)
            command.Parameters.Add(value as NpgsqlParameter ?? new NpgsqlParameter { Value = value ?? DBNull.Value });
        return command;
    }

    public async Task<int> Execute(string sql, CancellationToken cancellation, params object?[] values)
    {
        await using NpgsqlCommand command = Command(sql, AnswerSeconds, values);
        return await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>What its row says, if it has one.</summary>
    public SessionRecord.Text? Said { get; set; }

    /// <summary>Gives back whatever it holds. False if that is not certain: then it must be closed.</summary>
    /// <param name="forget">
    /// Remove its row in any case. Otherwise one that says only that it waited is left for its next wait: the server's table of
    /// locks tells that it waits no more.
    /// </param>
    public bool TryUnlock(bool forget = false)
    {
        if (!IsOpen)
            return false;
        try
        {
            if (Said is null || (!forget && Said is { IsWaiting: true, Slot: null }))
            {
                Prepared(Unlock, FarewellSeconds, []).ExecuteNonQuery();
                return IsOpen;
            }

            Prepared(UnlockAndForget, FarewellSeconds, []).ExecuteNonQuery();
            Said = null;
            return IsOpen;
        }
        catch (Exception e) when (ServerFailures.IsFailure(e))
        {
            return false;
        }
    }

    public void Dispose()
    {
        foreach (NpgsqlCommand command in _prepared.Values)
            command.Dispose();
        _prepared.Clear();
        Connection.Dispose();
    }
}
