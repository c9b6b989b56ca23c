using System;
using System.Threading;
using ProcessDedup.Locks;
using ProcessDedup.Store;

namespace ProcessDedup.Flight;

/// <summary>The one who does the work for a key, as a plan sees it.</summary>
internal sealed class FlightLeader(LockLease? lease, Action<StoreStep>? reached, CancellationToken cancellation)
{
    /// <summary>The key's lock; null if the work is done without it.</summary>
    public LockLease? Lease => lease;

    /// <summary>Ends the work.</summary>
    public CancellationToken Cancellation { get; } = cancellation;

    /// <summary>Is told of every step; null if nobody wants to know.</summary>
    public Action<StoreStep>? Reached { get; } = reached;

    /// <summary>How far the work is, for those who wait for it.</summary>
    public void Tell(string progress)
    {
        if (lease is not null)
            lease.Progress = progress;
    }
}
