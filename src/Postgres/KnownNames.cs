using System;
using System.Collections.Concurrent;
using System.Threading;
using System.Threading.Tasks;
using Npgsql;
using ProcessDedup.Coordination;
using ProcessDedup.Locks;
using ProcessDedup.Messages;

namespace ProcessDedup.Postgres;

/// <summary>
/// The names of locks as the server knows them. A name is written down before its first use by each process, so that people
/// can be told names and not numbers, and so that two names with one number are noticed.
/// </summary>
internal sealed class KnownNames
{
    private readonly ConcurrentDictionary<(string Name, int? Slots), bool> _known = new();

    /// <summary>Is there nothing to write down?</summary>
    public bool HasAll(FleetRequest request)
    {
        int? slots = request.Mode == LockMode.Slot ? request.Slots : null;
        foreach (string name in request.Names)
        {
            if (!_known.ContainsKey((name, slots)))
                return false;
        }

        return true;
    }

    /// <exception cref="CoordinatorException"><see cref="CoordinatorError.CoordinatorNameCollision"/></exception>
    /// <exception cref="LockException"><see cref="LockError.LockSlotsMismatch"/></exception>
    public async Task Ensure(Session session, FleetRequest request, CancellationToken cancellation)
    {
        int? slots = request.Mode == LockMode.Slot ? request.Slots : null;
        foreach (string name in request.Names)
        {
            if (_known.ContainsKey((name, slots)))
                continue;
            LockName parsed = LockName.Parse(name);
            if (request.IsNamed)
                await PostgresNames.Demand(session, parsed);
            await Ensure(session, parsed, slots, cancellation);
            _known[(name, slots)] = true;
        }
    }

    private static async Task Ensure(Session session, LockName name, int? slots, CancellationToken cancellation)
    {
        long key = LockKey.Of(name.Text);
        await session.Execute("INSERT INTO procdedup.lock_name(key, name) VALUES($1, $2) ON CONFLICT DO NOTHING", cancellation, key, name.Text);
        if (slots is { } number)
            await session.Execute("UPDATE procdedup.lock_name SET slots = $2 WHERE key = $1 AND slots IS NULL", cancellation, key, number);
        await using NpgsqlCommand command = session.Command("SELECT name, slots FROM procdedup.lock_name WHERE key = $1", 15, key);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellation);
        if (!await reader.ReadAsync(cancellation))
            throw new InvalidOperationException(Message.Of(Key.MisuseNameThatWasJustWrittenIs));
        string found = reader.GetString(0);
        if (!string.Equals(LockName.Parse(found).Encoded, name.Encoded, StringComparison.Ordinal))
            throw CoordinatorFailures.NameCollision(session.Place, name.Text, found);
        if (slots is not null && reader.GetInt32(1) != slots)
            throw CoordinatorFailures.SlotsMismatch(name.Text, session.Place, slots.Value, reader.GetInt32(1));
    }
}
