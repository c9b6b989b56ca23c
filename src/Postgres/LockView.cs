using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Npgsql;
using ProcessDedup.Locks;
using ProcessDedup.Messages;
using ProcessDedup.Platform;

namespace ProcessDedup.Postgres;

/// <summary>Who holds what and who waits, as the server's own table of locks has it; rows of sessions only add names.</summary>
internal static class LockView
{
    private const string Query =
        """
        SELECT n.name, n.slots, l.mode, l.granted, a.application_name, s.is_waiting, s.slot, s.machine, s.pid, s.os_user, s.command,
          s.reason, s.progress, CASE WHEN NOT s.is_waiting OR s.slot = 0 THEN s.since - clock_timestamp() END, a.usename, coalesce(a.client_hostname, host(a.client_addr)), l.pid
        FROM (
          SELECT key, name, slots FROM procdedup.lock_name
          UNION ALL
          SELECT $1, $2, NULL WHERE $1 IS NOT NULL AND NOT EXISTS (SELECT FROM procdedup.lock_name WHERE key = $1)
          UNION ALL
          SELECT key, name, NULL FROM procdedup.registered_name r
          WHERE $1 IS NULL AND NOT EXISTS (SELECT FROM procdedup.lock_name o WHERE o.key = r.key)
        ) n
        LEFT JOIN pg_locks l ON l.locktype = 'advisory' AND l.objsubid = 1 AND n.key = ((l.classid::bigint << 32) | l.objid::bigint)
          AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        LEFT JOIN pg_stat_activity a ON a.pid = l.pid
        LEFT JOIN procdedup.session s ON s.backend_pid = l.pid AND coalesce(s.since > a.backend_start - interval '1 second', true)
        WHERE CASE WHEN $1 IS NULL THEN l.mode IS NOT NULL ELSE n.key = $1 END
        ORDER BY n.name, CASE WHEN l.granted THEN s.since ELSE l.waitstart END
        """;

    public static async Task<IReadOnlyList<LockStatus>> Read(Session session, LockName? name, CancellationToken cancellation)
    {
        var rows = new List<Row>();
        await using NpgsqlCommand command = session.Command(
            Query, 15, new NpgsqlParameter { Value = name is { } given ? LockKey.Of(given.Text) : DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Bigint },
            ClaimRecord.Text(name?.Text));
        await using (NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellation))
        {
            while (await reader.ReadAsync(cancellation))
                rows.Add(Row.Of(reader));
        }

        Dictionary<string, RegisteredName> registered = rows.Count == 0 ? [] : await PostgresNames.Everything(session);
        return rows.GroupBy(r => r.Name).Select(g => StatusOf(session.Place, g.Key, [.. g], registered)).ToList();
    }

    private static LockStatus StatusOf(string place, string name, List<Row> rows, Dictionary<string, RegisteredName> registered)
    {
        List<LockHolder> holders = rows.Where(r => r.IsHolder).Select(r => r.ToHolder()).ToList();
        return new LockStatus
        {
            Name = name,
            Coordinator = place,
            Slots = rows.Count == 0 ? null : rows[0].Slots,
            State = holders.Count == 0 ? LockState.Free : holders[0].Mode switch
            {
                LockMode.Exclusive => LockState.Exclusive,
                LockMode.Slot => LockState.Slots,
                _ => LockState.Shared,
            },
            Holders = holders,
            Waiters = rows.Where(r => r.IsWaiter).Select((r, i) => r.ToWaiter(i + 1)).ToList(),
            Registration = TryEncode(name) is { } encoded ? PostgresNames.Of(encoded, registered) : null,
            IsFromKernel = true,
        };
    }

    // Whoever may write the table of names may write there what is none.
    private static string? TryEncode(string name)
    {
        try
        {
            return LockName.Parse(name).Encoded;
        }
        catch (LockException)
        {
            return null;
        }
    }

    private sealed record Row(
        string Name, int? Slots, string? LockMode, bool IsGranted, LockHolder Process, bool IsWaiting, int? Slot,
        string? Reason, string? Progress, TimeSpan? Since)
    {
        // A slot's holder, and who waits for a slot, keep exclusive requests away in the same way; zero says that it waits.
        private bool IsBeforeSlots => IsWaiting && Slot == 0;

        public bool IsHolder => LockMode is not null && IsGranted && !IsBeforeSlots;

        public bool IsWaiter => LockMode is not null && (!IsGranted || IsBeforeSlots);

        public static Row Of(NpgsqlDataReader row)
        {
            string? Text(int column) => row.IsDBNull(column) ? null : RedactedCommandLine.Sanitize(row.GetString(column));
            int? Number(int column) => row.IsDBNull(column) ? null : row.GetInt32(column);
            LockHolder process = Text(7) is { } machine
                ? new LockHolder { Host = machine, ProcessId = Number(8), User = Text(9), CommandLine = Text(10) }
                : ServerAddress.HolderFrom(Text(4)) ?? OtherProgram(Text(4), Text(14), Text(15), Number(16));
            return new Row(
                Text(0)!, Number(1), Text(2), !row.IsDBNull(3) && row.GetBoolean(3), process, !row.IsDBNull(5) && row.GetBoolean(5), Number(6),
                Text(11), Text(12), row.IsDBNull(13) ? null : row.GetTimeSpan(13));
        }

        // Whoever uses the functions of the schema, or the same number: what the server knows of it. Its machine is not known
        // if it came over the server's own socket.
        private static LockHolder OtherProgram(string? program, string? user, string? machine, int? backend) => new()
        {
            CommandLine = program,
            User = user,
            Host = machine,
            Reason = backend is null ? Message.Of(Key.ReasonPreparedTransaction) : Message.Of(Key.ReasonSessionOfServer, backend),
        };

        public LockHolder ToHolder() => Process with
        {
            Mode = LockMode == "ExclusiveLock" ? Locks.LockMode.Exclusive : Slot > 0 ? Locks.LockMode.Slot : Locks.LockMode.Shared,
            Slot = Slot > 0 ? Slot : null,
            Reason = Reason ?? Process.Reason,
            Progress = Progress,
            Since = Since is { } ago ? DateTimeOffset.Now + ago : null,
            IsVerified = true,
        };

        public LockWaiter ToWaiter(int position) => new()
        {
            ProcessId = Process.ProcessId ?? 0,
            Host = Process.Host,
            User = Process.User,
            CommandLine = Process.CommandLine,
            Position = position,
        };
    }
}
