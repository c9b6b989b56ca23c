using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Npgsql;
using ProcessDedup.Coordination;
using ProcessDedup.Locks;

namespace ProcessDedup.Postgres;

/// <summary>Takes the locks of one request in one session, in the order of their numbers.</summary>
internal sealed class Acquisition
{
    // CASE takes the number after the lock, never before: only so it is larger than that of every holder before. Every 32nd is
    // written to the log, and the lock does not wait for the disk: procdedup.keep_fence sees to it that none comes twice.
    private const string NoDisk = "FROM set_config('synchronous_commit', 'off', true) disk";
    private const string TryExclusive = $"SELECT CASE WHEN pg_try_advisory_lock($1) THEN nextval('procdedup.fence') END {NoDisk}";
    private const string TryShared = $"SELECT CASE WHEN pg_try_advisory_lock_shared($1) THEN nextval('procdedup.fence') END {NoDisk}";

    // A process that is stopped while it waits is granted the lock all the same: it has to say something afterwards, or the
    // server ends its session. What does not count here is how long it waits.
    private const string AndNoSilence = $"FROM set_config('synchronous_commit', 'off', true) disk, set_config('idle_session_timeout', '{Session.LongestSilence}', false) silence";
    private const string WaitExclusive = $"SELECT CASE WHEN pg_advisory_lock($1) IS NOT NULL THEN nextval('procdedup.fence') END {AndNoSilence}";
    private const string WaitShared = $"SELECT CASE WHEN pg_advisory_lock_shared($1) IS NOT NULL THEN nextval('procdedup.fence') END {AndNoSilence}";

    // Shorter than the silence after which the server ends a session: one that was stopped for less still has its lock.
    private static readonly TimeSpan LongWait = TimeSpan.FromSeconds(10);

    private static readonly int[] OnlyOne = [0];

    private readonly FleetRequest _request;
    private readonly FleetGrant[] _grants;
    private readonly int[] _order;

    public Acquisition(FleetRequest request)
    {
        _request = request;
        _grants = new FleetGrant[request.Names.Count];
        _order = request.Names.Count == 1 ? OnlyOne : [.. Enumerable.Range(0, request.Names.Count).OrderBy(i => LockKey.Of(request.Names[i]))];
    }

    /// <summary>In the order of the names.</summary>
    public IReadOnlyList<FleetGrant> Grants => _grants;

    /// <summary>Sessions besides the first that hold something as well.</summary>
    public List<Session> Others { get; } = [];

    /// <summary>May the session hold something although not everything was to be had?</summary>
    public bool LeavesSome => _request.Mode == LockMode.Slot || _order.Length > 1;

    /// <summary>Without waiting. What was taken before one was refused is still held.</summary>
    public bool TryTake(Session session)
    {
        foreach (int i in _order)
        {
            if (TryTake(session, _request.Names[i]) is not { } grant)
                return false;
            _grants[i] = grant;
        }

        return true;
    }

    private FleetGrant? TryTake(Session session, string name)
    {
        bool isExclusive = _request.Mode == LockMode.Exclusive;
        if (session.Prepared(isExclusive ? TryExclusive : TryShared, LockKey.Of(name)).ExecuteScalar() is not long fence)
            return null;
        if (_request.Mode != LockMode.Slot)
            return new FleetGrant(name, fence, null);
        return TrySlots(session, name);
    }

    private FleetGrant? TrySlots(Session session, string name)
    {
        for (int slot = 1; slot <= _request.Slots; slot++)
        {
            if (session.Prepared(TryExclusive, LockKey.OfSlot(name, slot)).ExecuteScalar() is long fence)
                return new FleetGrant(name, fence, slot);
        }

        return null;
    }

    /// <summary>
    /// Waits in the queues of the server. If it fails, what was taken is still held by the session, which must be unlocked or closed.
    /// </summary>
    /// <param name="session">Where it is to be held.</param>
    /// <param name="another">Opens another session, for a wait for several slots at once.</param>
    /// <param name="cancellation">Ends the wait; the server is told.</param>
    public async Task Wait(Session session, Func<CancellationToken, Task<Session>> another, CancellationToken cancellation)
    {
        bool isSlot = _request.Mode == LockMode.Slot;
        var said = new SessionRecord.Text(true, isSlot ? 0 : null, _request.Reason);
        if (session.Said != said)
            await SessionRecord.SetAsync(session, said, null, TimeSpan.Zero, cancellation);
        foreach (int i in _order)
        {
            string name = _request.Names[i];
            long key = LockKey.Of(name);
            long fence = await Lock(session, key, _request.Mode == LockMode.Exclusive, cancellation);
            _grants[i] = isSlot ? await WaitForSlot(session, name, another, cancellation) : new FleetGrant(name, fence, null);
        }
    }

    private async Task<FleetGrant> WaitForSlot(
        Session session, string name, Func<CancellationToken, Task<Session>> another, CancellationToken cancellation)
    {
        long queue = LockKey.OfSlotQueue(name);
        await Lock(session, queue, true, cancellation);
        FleetGrant? grant = TrySlots(session, name);
        if (grant is null)
        {
            (int slot, Session? winner) = await SlotRace.Run(session, name, _request.Slots, another, cancellation);
            if (winner is not null)
                Others.Add(winner);
            grant = new FleetGrant(name, await Fence(session, cancellation), slot);
        }

        await session.Execute("SELECT pg_advisory_unlock($1)", cancellation, queue);
        return grant;
    }

    /// <returns>The fencing number: its question waits with the lock's, and the grant needs no second answer.</returns>
    public static async Task<long> Lock(Session session, long key, bool isExclusive, CancellationToken cancellation)
    {
        long began = Stopwatch.GetTimestamp();
        object? fence = await session.Ask(isExclusive ? WaitExclusive : WaitShared, null, cancellation, new NpgsqlParameter { Value = key });
        // A process that was stopped meanwhile reads of a grant that may be over.
        if (Stopwatch.GetElapsedTime(began) > LongWait)
            await session.Execute("SELECT 1", cancellation);
        return (long)fence!;
    }

    private static async Task<long> Fence(Session session, CancellationToken cancellation)
    {
        await using NpgsqlCommand command = session.Command($"SELECT nextval('procdedup.fence') {NoDisk}", 15);
        return (long)(await command.ExecuteScalarAsync(cancellation))!;
    }
}
