using System;
using System.Collections.Generic;
using ProcessDedup.Locks;

namespace ProcessDedup.Coordination;

/// <summary>What is wanted of the locks of a fleet.</summary>
/// <param name="Names">Names of locks, each once; all are taken, or none.</param>
/// <param name="Mode">How they are held.</param>
/// <param name="Slots">For <see cref="LockMode.Slot"/>: how many may hold each.</param>
/// <param name="Timeout">Longest wait; null waits for ever.</param>
/// <param name="NoWait">Try once, never wait.</param>
/// <param name="Reason">What they are needed for.</param>
public sealed record FleetRequest(
    IReadOnlyList<string> Names, LockMode Mode, int Slots, TimeSpan? Timeout, bool NoWait, string? Reason)
{
    /// <summary>Did people choose the names? Then a strict fleet must know them.</summary>
    public bool IsNamed { get; init; }
}

/// <summary>One lock of a fleet that is held.</summary>
/// <param name="Name">Which.</param>
/// <param name="Fence">
/// Larger than that of every holder before. Whoever the work is done upon can refuse a number lower than one that it has
/// seen: its holder has lost the lock meanwhile, and does not know it yet.
/// </param>
/// <param name="Slot">Which slot, counted from 1; null if it is not held by slot.</param>
public sealed record FleetGrant(string Name, long Fence, int? Slot);
