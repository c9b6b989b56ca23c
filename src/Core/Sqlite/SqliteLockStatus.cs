using System.Collections.Generic;
using ProcessDedup.Locks;
using ProcessDedup.Messages;

namespace ProcessDedup.Sqlite;

/// <summary>The locks on a database as they were seen at one moment, without opening it.</summary>
public sealed record SqliteLockStatus
{
    private readonly IReadOnlyList<LockWaiter> _waiters = new ReadableList<LockWaiter>([]);
    private readonly IReadOnlyList<LockHolder> _gateHolders = new ReadableList<LockHolder>([]);
    private readonly IReadOnlyList<SqliteLockHolder> _holders = new ReadableList<SqliteLockHolder>([]);

    /// <summary>The path as it was given.</summary>
    public string Path { get; init; } = string.Empty;

    /// <summary>What is going on.</summary>
    public SqliteLockState State { get; init; }

    /// <summary>Who has a lock, strongest lock first; a process with several locks of a log comes several times.</summary>
    public IReadOnlyList<SqliteLockHolder> Holders
    {
        get => _holders;
        init => _holders = new ReadableList<SqliteLockHolder>(value);
    }

    /// <summary>Who holds the gate beside the database; empty if it is free, or there is none.</summary>
    public IReadOnlyList<LockHolder> GateHolders
    {
        get => _gateHolders;
        init => _gateHolders = new ReadableList<LockHolder>(value);
    }

    /// <summary>
    /// Who waits at the gate, next one first. Whoever waits without a gate looks again and again, which no table shows.
    /// </summary>
    public IReadOnlyList<LockWaiter> Waiters
    {
        get => _waiters;
        init => _waiters = new ReadableList<LockWaiter>(value);
    }

    /// <summary>What could not be seen, such as processes of other machines; null if all could.</summary>
    public string? Blindness { get; init; }
}
