using System.Collections.Generic;
using System.Threading;

namespace ProcessDedup.Coordination;

/// <summary>Locks of a fleet that are held together, and given back together.</summary>
public abstract class FleetHold
{
    /// <summary>Creates the hold.</summary>
    /// <param name="grants">One for each name of the request, in its order.</param>
    protected FleetHold(IReadOnlyList<FleetGrant> grants) => Grants = grants;

    /// <summary>What was granted, in the order of the names.</summary>
    public IReadOnlyList<FleetGrant> Grants { get; }

    /// <summary>Cancelled when the locks are lost, or it cannot be told any more whether they are.</summary>
    public abstract CancellationToken Lost { get; }

    /// <summary>Why they were lost, as a clause: "the connection was ended by the server".</summary>
    public abstract string? LossCause { get; }

    /// <summary>Shown to those who wait.</summary>
    public abstract void Say(string? progress);

    /// <summary>
    /// Gives one of them back. The coordinator is told with the last one; if it cannot be told, <see cref="LossCause"/> says so.
    /// </summary>
    public abstract void Release();
}
