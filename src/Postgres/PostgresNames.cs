using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using Npgsql;
using NpgsqlTypes;
using ProcessDedup.Locks;

namespace ProcessDedup.Postgres;

/// <summary>The registered names of a fleet: a row for each. What is asked twice, as a connection broke, changes nothing more.</summary>
internal sealed class PostgresNames(PostgresCoordinator coordinator) : LockNames
{
    private const int AnswerSeconds = 15;
    private const string Columns = "encoded, name, owner, purpose, longest_hold_ms, registered_by, since";

    public override bool IsStrict => coordinator.Ask(async session =>
    {
        await using NpgsqlCommand command = session.Command("SELECT is_strict FROM procdedup.meta", AnswerSeconds);
        return await command.ExecuteScalarAsync() is true;
    });

    public override void SetStrict(bool isStrict) =>
        coordinator.Ask(session => session.Execute("UPDATE procdedup.meta SET is_strict = $1 WHERE is_strict <> $1", default, isStrict));

    protected override RegisteredName Put(LockName name, RegisteredName wanted) => coordinator.Ask(async session =>
    {
        await using NpgsqlTransaction transaction = await session.Connection.BeginTransactionAsync();
        await Insert(session, name, wanted);
        // Whoever was first has a row now, and nobody changes it until this is over.
        RegisteredName found = (await Read(session, "WHERE encoded = $1 FOR UPDATE", name.Encoded)).Single().Value;
        if (!IsSame(found.Owner, wanted.Owner))
            throw LockFailures.NameTaken(found);
        await session.Execute(
            "UPDATE procdedup.registered_name SET owner = $2, purpose = $3, longest_hold_ms = $4, registered_by = $5 WHERE encoded = $1",
            default, name.Encoded, wanted.Owner, ClaimRecord.Text(wanted.Purpose), Milliseconds(wanted), ClaimRecord.Text(wanted.RegisteredBy));
        await transaction.CommitAsync();
        return wanted with { Since = found.Since };
    });

    protected override RegisteredName Take(LockName name, string? owner, bool force) => coordinator.Ask(async session =>
    {
        await using NpgsqlTransaction transaction = await session.Connection.BeginTransactionAsync();
        Dictionary<string, RegisteredName> rows = await Read(session, "WHERE encoded = $1 FOR UPDATE", name.Encoded);
        if (!rows.TryGetValue(name.Encoded, out RegisteredName? found))
            throw LockFailures.NameUnknown(name.Text);
        if (!force && !(owner is not null && IsSame(found.Owner, owner.Trim())))
            throw LockFailures.NameTaken(found);
        await session.Execute("DELETE FROM procdedup.registered_name WHERE encoded = $1", default, name.Encoded);
        await transaction.CommitAsync();
        return found;
    });

    protected override RegisteredName? Covering(string encoded) => coordinator.Ask(session => Covering(session, encoded));

    public override IReadOnlyList<RegisteredName> All() => coordinator.Ask(async session =>
        (await Read(session, "")).Values.OrderBy(n => n.Namespace, StringComparer.Ordinal).ToList());

    /// <summary>The registration that covers a name.</summary>
    public static async Task<RegisteredName?> Covering(Session session, string encoded) =>
        Of(encoded, await Read(session, "WHERE encoded = ANY($1)", (object)Chain(encoded).ToArray()));

    /// <summary>Every registration, by its encoded name.</summary>
    public static Task<Dictionary<string, RegisteredName>> Everything(Session session) => Read(session, "");

    /// <summary>Which of them covers a name.</summary>
    public static RegisteredName? Of(string encoded, Dictionary<string, RegisteredName> all) =>
        Chain(encoded).Select(all.GetValueOrDefault).FirstOrDefault(found => found is not null);

    /// <summary>Refuses a name that a strict fleet does not know.</summary>
    /// <exception cref="LockException"><see cref="LockError.LockNameUnregistered"/></exception>
    public static async Task Demand(Session session, LockName name)
    {
        await using NpgsqlCommand command = session.Command(
            "SELECT is_strict AND NOT EXISTS (SELECT FROM procdedup.registered_name WHERE encoded = ANY($1)) FROM procdedup.meta",
            AnswerSeconds, (object)Chain(name.Encoded).ToArray());
        if (await command.ExecuteScalarAsync() is true)
            throw LockFailures.NameUnregistered(name.Text, session.Place, " -Coordinator …");
    }

    private static Task<int> Insert(Session session, LockName name, RegisteredName wanted) => session.Execute(
        """
        INSERT INTO procdedup.registered_name(encoded, key, name, owner, purpose, longest_hold_ms, registered_by, since)
        VALUES($1, $2, $3, $4, $5, $6, $7, clock_timestamp()) ON CONFLICT DO NOTHING
        """,
        default, name.Encoded, LockKey.Of(name.Text), name.Text, wanted.Owner, ClaimRecord.Text(wanted.Purpose), Milliseconds(wanted),
        ClaimRecord.Text(wanted.RegisteredBy));

    private static NpgsqlParameter Milliseconds(RegisteredName name) => new()
    {
        Value = name.LongestHold is { } longest ? (long)Math.Ceiling(longest.TotalMilliseconds) : DBNull.Value,
        NpgsqlDbType = NpgsqlDbType.Bigint,
    };

    private static async Task<Dictionary<string, RegisteredName>> Read(Session session, string where, params object[] values)
    {
        await using NpgsqlCommand command = session.Command($"SELECT {Columns} FROM procdedup.registered_name {where}", AnswerSeconds, values);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
        var found = new Dictionary<string, RegisteredName>(StringComparer.Ordinal);
        while (await reader.ReadAsync())
        {
            string Text(int column) => Platform.RedactedCommandLine.Sanitize(reader.GetString(column));
            found[reader.GetString(0)] = new RegisteredName
            {
                Namespace = Text(1),
                Owner = Text(2),
                Purpose = reader.IsDBNull(3) ? null : Text(3),
                LongestHold = reader.IsDBNull(4) ? null : TimeSpan.FromMilliseconds(reader.GetInt64(4)),
                RegisteredBy = Text(5),
                Since = new DateTimeOffset(reader.GetDateTime(6)).ToLocalTime(),
            };
        }

        return found;
    }
}
