using System;
using ProcessDedup.Locks;
using ProcessDedup.Platform;

namespace ProcessDedup.Flight;

/// <summary>How somebody waits for a leader.</summary>
internal sealed record FlightOptions
{
    /// <summary>Longest wait for the leader; zero waits for ever.</summary>
    public TimeSpan Timeout { get; init; }

    /// <summary>When it was asked for, if that was before the flight begins.</summary>
    public MachineMoment? Asked { get; init; }

    /// <summary>Try once, never wait.</summary>
    public bool NoWait { get; init; }

    /// <summary>Who does not get the lock in time does the work too: twice is safe, only wasteful.</summary>
    public bool ProceedOnTimeout { get; init; }

    /// <summary>
    /// Who waits for a leader that makes no progress for this long does the work too; zero waits for it all the same.
    /// </summary>
    public TimeSpan StallTimeout { get; init; }

    /// <summary>See <see cref="LockRequest.AllowNetworkFileSystem"/>.</summary>
    public bool AllowNetworkFileSystem { get; init; }

    /// <summary>See <see cref="LockRequest.Flow"/>.</summary>
    public object? Flow { get; init; }

    /// <summary>
    /// Is told whose lock is awaited, and with null that the wait is over; the function looks whether the result has arrived,
    /// and ends the wait if it has. Null: nothing arrives but the lock.
    /// </summary>
    public Action<LockTarget?, Func<bool>?>? Waiting { get; init; }

    /// <summary>The other machines with which the work is shared; null: none.</summary>
    public Fleet? Fleet { get; init; }

    /// <summary>Is told of a wait for another machine, and with null that it is over.</summary>
    public Action<FleetWait?>? WaitingInFleet { get; init; }

    /// <summary>Is told that the wait was given up and the work begins without the lock.</summary>
    public Action? Proceeding { get; init; }

    /// <summary>Is told, before <see cref="Proceeding"/>, of a leader that made no progress; null if it cannot be seen.</summary>
    public Action<LockHolder?>? Stalled { get; init; }
}
