using System;
using System.Threading;
using System.Threading.Tasks;
using Npgsql;
using NpgsqlTypes;
using ProcessDedup.Locks;

namespace ProcessDedup.Postgres;

/// <summary>
/// What a session says of its process, for people on every machine. Nothing is decided by it, and it ends with the session:
/// a row is looked at only together with the server's own list of sessions.
/// </summary>
internal static class SessionRecord
{
    private const int AnswerSeconds = 15;

    private const string Write =
        """
        INSERT INTO procdedup.session(backend_pid, is_waiting, slot, machine, pid, os_user, command, reason, progress, since)
        VALUES(pg_backend_pid(), $1, $2, $3, $4, $5, $6, $7, $8, clock_timestamp() - $9 * interval '1 millisecond')
        ON CONFLICT (backend_pid) DO UPDATE SET is_waiting = excluded.is_waiting, slot = excluded.slot, machine = excluded.machine,
          pid = excluded.pid, os_user = excluded.os_user, command = excluded.command, reason = excluded.reason,
          progress = excluded.progress, since = excluded.since
        """;

    public static Task SetAsync(Session session, bool isWaiting, int? slot, string? reason, string? progress, TimeSpan since, CancellationToken cancellation)
    {
        OwnerRecord self = OwnerRecord.ForThisProcess(LockMode.Exclusive, reason, default);
        return session.Ask(
            Write, AnswerSeconds, cancellation, Given(isWaiting, NpgsqlDbType.Boolean), Given(slot, NpgsqlDbType.Integer), Text(self.Host),
            Given(self.Process.ProcessId, NpgsqlDbType.Integer), Text(self.User), Text(self.CommandLine), Text(self.Reason), Text(progress),
            Given(since.TotalMilliseconds, NpgsqlDbType.Double));
    }

    private static NpgsqlParameter Given(object? value, NpgsqlDbType type) => new() { Value = value ?? DBNull.Value, NpgsqlDbType = type };

    private static NpgsqlParameter Text(string? text) => Given(WithoutNul(text), NpgsqlDbType.Text);

    // The one character that no text of the server can have.
    [return: System.Diagnostics.CodeAnalysis.NotNullIfNotNull(nameof(text))]
    private static string? WithoutNul(string? text) => text?.Replace('\0', '?');
}
