using System;
using ProcessDedup.Store;

namespace ProcessDedup.Flight;

/// <summary>Where tests reach in: to die at a step, and to show that nothing but work depends on the locks.</summary>
internal sealed record FlightHooks
{
    public static readonly FlightHooks None = new();

    /// <summary>Is told of every step of every flight.</summary>
    public Action<StoreStep>? Reached { get; init; }

    /// <summary>Locks that never lock.</summary>
    public bool WithoutLocks { get; init; }
}
