using System;
using System.Threading;
using ProcessDedup.Locks;
using ProcessDedup.Store;

namespace ProcessDedup.Flight;

/// <summary>The one who does the work for a key, as a plan sees it.</summary>
internal sealed class FlightLeader(LockLease? lease, Action<StoreStep>? reached, CancellationToken cancellation)
{
    private volatile Func<string>? _describe;

    /// <summary>The key's lock; null if the work is done without it.</summary>
    public LockLease? Lease => lease;

    /// <summary>Ends the work.</summary>
    public CancellationToken Cancellation { get; } = cancellation;

    /// <summary>Is told of every step; null if nobody wants to know.</summary>
    public Action<StoreStep>? Reached { get; } = reached;

    /// <summary>From now on those who wait are told this of how far the work is.</summary>
    public void TellBy(Func<string> describe)
    {
        _describe = describe;
        if (lease is not null)
            lease.ProgressSource = describe;
    }

    /// <summary>How far the work is; null if nothing has been said of it.</summary>
    public string? Describe() => _describe?.Invoke();
}
