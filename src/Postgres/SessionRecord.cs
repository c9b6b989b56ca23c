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

    private static readonly Text Uncertain = new(false, null, null);

    /// <summary>Says it, whatever was said before.</summary>
    /// <param name="session">Of whom.</param>
    /// <param name="text">What it does.</param>
    /// <param name="progress">How far it is.</param>
    /// <param name="since">How long it has done so.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async Task SetAsync(Session session, Text text, string? progress, TimeSpan since, CancellationToken cancellation)
    {
        // A question that is cut short may have written it or not.
        session.Said = Uncertain;
        OwnerRecord self = OwnerRecord.ForThisProcess(LockMode.Exclusive, text.Reason, default);
        await session.Ask(
            Write, AnswerSeconds, cancellation, Given(text.IsWaiting, NpgsqlDbType.Boolean), Given(text.Slot, NpgsqlDbType.Integer), Given(self.Host),
            Given(self.Process.ProcessId, NpgsqlDbType.Integer), Given(self.User), Given(self.CommandLine), Given(self.Reason), Given(progress),
            Given(since.TotalMilliseconds, NpgsqlDbType.Double));
        session.Said = text;
    }

    /// <param name="IsWaiting">Does it wait, or did it before it got what it has?</param>
    /// <param name="Slot">The slot that it holds; zero if it waits for one.</param>
    /// <param name="Reason">What for.</param>
    internal sealed record Text(bool IsWaiting, int? Slot, string? Reason);

    private static NpgsqlParameter Given(object? value, NpgsqlDbType type) => new() { Value = value ?? DBNull.Value, NpgsqlDbType = type };

    private static NpgsqlParameter Given(string? text) => Given(WithoutNul(text), NpgsqlDbType.Text);

    // The one character that no text of the server can have.
    [return: System.Diagnostics.CodeAnalysis.NotNullIfNotNull(nameof(text))]
    private static string? WithoutNul(string? text) => text?.Replace('\0', '?');
}
