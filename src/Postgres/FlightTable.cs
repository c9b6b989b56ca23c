using System;
using System.Threading;
using System.Threading.Tasks;
using Npgsql;
using NpgsqlTypes;
using ProcessDedup.Coordination;
using ProcessDedup.Platform;

namespace ProcessDedup.Postgres;

/// <summary>What came of the flights of a fleet, in a table: a row a key, with times by the server's clock alone.</summary>
/// <param name="run">Runs a question in a session, which may be asked again if the session ends.</param>
/// <param name="rest">Closes the session that is kept for the next question.</param>
internal sealed class FlightTable(FlightTable.Runner run, Action rest) : FleetRecords
{
    /// <summary>The table, as the schema has it.</summary>
    public const string Definition =
        """
        CREATE TABLE procdedup.flight(
          key text COLLATE "C" PRIMARY KEY, fence bigint NOT NULL, entry text, content bytea, committed timestamptz, age_ms bigint,
          failure text, failed timestamptz, used timestamptz NOT NULL);
        CREATE INDEX flight_used ON procdedup.flight(used);
        """;

    private const int AnswerSeconds = 0; // The caller's token has the time, and else the patience below.

    // A row with the largest content takes a second at a tenth of a gigabit.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    // How many rows one who writes removes on the way.
    private const int MostOnTheWay = 100;

    private const string Look =
        """
        SELECT fence, entry, octet_length(content), clock_timestamp() - committed, age_ms, failure, clock_timestamp() - failed,
          used < clock_timestamp() - interval '1 day'
        FROM procdedup.flight WHERE key = $1
        """;

    // Who has no lock comes last of all who have written so far.
    private const string Good =
        """
        INSERT INTO procdedup.flight AS f (key, fence, entry, content, committed, age_ms, used)
        VALUES($1, coalesce($2, nextval('procdedup.fence')), $3, $4, clock_timestamp(), $5, clock_timestamp())
        ON CONFLICT (key) DO UPDATE SET fence = excluded.fence, entry = excluded.entry, content = excluded.content,
          committed = excluded.committed, age_ms = excluded.age_ms, failure = NULL, failed = NULL, used = excluded.used
        WHERE f.fence <= excluded.fence
        """;

    // The failure of one who has no lock must not keep out what the holder is still at work on.
    private const string Bad =
        """
        INSERT INTO procdedup.flight AS f (key, fence, failure, failed, used)
        VALUES($1, coalesce($2, 0), $3, clock_timestamp(), clock_timestamp())
        ON CONFLICT (key) DO UPDATE SET fence = greatest(f.fence, excluded.fence), failure = excluded.failure, failed = excluded.failed,
          used = excluded.used
        WHERE $2 IS NULL OR f.fence <= excluded.fence
        """;

    // Those whom somebody else removes or uses at this moment are left to him. The names of locks that nobody uses go too.
    private const string Old =
        """
        WITH gone AS (
          DELETE FROM procdedup.flight WHERE key IN (
            SELECT key FROM procdedup.flight WHERE used < clock_timestamp() - $1 * interval '1 second'
            ORDER BY used LIMIT $2 FOR UPDATE SKIP LOCKED)
          RETURNING key),
        names AS (
          DELETE FROM procdedup.lock_name n USING gone WHERE n.name = 'fetch-' || gone.key
            AND NOT EXISTS (SELECT FROM pg_locks l WHERE l.locktype = 'advisory' AND l.objsubid = 1
              AND n.key = ((l.classid::bigint << 32) | l.objid::bigint)))
        SELECT count(*) FROM gone
        """;

    /// <summary>Runs something in a session.</summary>
    public delegate object? Runner(Func<Session, CancellationToken, Task<object?>> work, TimeSpan patience, CancellationToken cancellation);

    internal override FleetRecord? Find(string key, CancellationToken cancellation) => (FleetRecord?)run(
        async (session, end) =>
        {
            MachineMoment before = MachineMoment.Now;
            bool isLongUnused;
            FleetRecord record;
            await using (NpgsqlCommand command = session.Command(Look, AnswerSeconds, key))
            await using (NpgsqlDataReader row = await command.ExecuteReaderAsync(end))
            {
                if (!await row.ReadAsync(end))
                    return null;
                record = RecordOf(row, before);
                isLongUnused = row.GetBoolean(7);
            }

            if (isLongUnused)
                await session.Execute("UPDATE procdedup.flight SET used = clock_timestamp() WHERE key = $1", end, key);
            return record;
        },
        Patience, cancellation);

    private static FleetRecord RecordOf(NpgsqlDataReader row, MachineMoment before)
    {
        byte[]? Text(int column) => row.IsDBNull(column) ? null : System.Text.Encoding.UTF8.GetBytes(row.GetString(column));
        TimeSpan Ago(int column) => row.IsDBNull(column) ? TimeSpan.Zero : row.GetTimeSpan(column);
        return new FleetRecord
        {
            Fence = row.GetInt64(0),
            Entry = Text(1),
            ContentSize = row.IsDBNull(2) ? null : row.GetInt32(2),
            Committed = before.Before(Ago(3)),
            Since = Ago(3),
            Age = row.IsDBNull(4) ? TimeSpan.Zero : TimeSpan.FromMilliseconds(row.GetInt64(4)),
            Failure = Text(5),
            Failed = before.Before(Ago(6)),
        };
    }

    internal override byte[]? ReadContent(string key, long fence, CancellationToken cancellation) => (byte[]?)run(
        async (session, end) =>
        {
            await using NpgsqlCommand command = session.Command(
                "SELECT content FROM procdedup.flight WHERE key = $1 AND fence = $2", AnswerSeconds, key, fence);
            return await command.ExecuteScalarAsync(end) as byte[];
        },
        Patience, cancellation);

    internal override bool Write(string key, long? fence, byte[] entry, byte[]? content, TimeSpan age, CancellationToken cancellation) =>
        (bool)run(
            async (session, end) =>
            {
                int rows = await session.Execute(
                    Good, end, key, Number(fence), Text(entry), new NpgsqlParameter { Value = (object?)content ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bytea },
                    (long)age.TotalMilliseconds);
                await Remove(session, Kept, MostOnTheWay, end);
                return rows > 0;
            },
            Patience, cancellation)!;

    internal override bool WriteFailure(string key, long? fence, byte[] failure, CancellationToken cancellation) => (bool)run(
        async (session, end) =>
        {
            int rows = await session.Execute(Bad, end, key, Number(fence), Text(failure));
            // Who only ever fails leaves rows as well.
            await Remove(session, Kept, MostOnTheWay, end);
            return rows > 0;
        },
        Patience, cancellation)!;

    /// <inheritdoc/>
    public override long Prune(TimeSpan unused, CancellationToken cancellation = default) => (long)run(
        async (session, end) => await Remove(session, unused, int.MaxValue, end), Patience, cancellation)!;

    internal override void Rest() => rest();

    private static async Task<long> Remove(Session session, TimeSpan unused, int most, CancellationToken cancellation)
    {
        await using NpgsqlCommand command = session.Command(Old, AnswerSeconds, unused.TotalSeconds, most);
        return (long)(await command.ExecuteScalarAsync(cancellation))!;
    }

    private static NpgsqlParameter Number(long? number) =>
        new() { Value = number is { } given ? given : DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bigint };

    private static NpgsqlParameter Text(byte[] text) =>
        new() { Value = System.Text.Encoding.UTF8.GetString(text), NpgsqlDbType = NpgsqlDbType.Text };
}
