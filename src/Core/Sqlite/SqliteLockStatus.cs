using System.Collections.Generic;
using ProcessDedup.Locks;

namespace ProcessDedup.Sqlite;

/// <summary>The locks on a database as they were seen at one moment, without opening it.</summary>
public sealed record SqliteLockStatus
{
    /// <summary>The path as it was given.</summary>
    public string Path { get; init; } = string.Empty;

    /// <summary>What is going on.</summary>
    public SqliteLockState State { get; init; }

    /// <summary>Who has a lock, strongest lock first; a process with several locks of a log comes several times.</summary>
    public IReadOnlyList<SqliteLockHolder> Holders { get; init; } = [];

    /// <summary>Who holds the gate beside the database; empty if it is free, or there is none.</summary>
    public IReadOnlyList<LockHolder> GateHolders { get; init; } = [];

    /// <summary>
    /// Who waits at the gate, next one first. Whoever waits without a gate looks again and again, which no table shows.
    /// </summary>
    public IReadOnlyList<LockWaiter> Waiters { get; init; } = [];

    /// <summary>What could not be seen, such as processes of other machines; null if all could.</summary>
    public string? Blindness { get; init; }
}
