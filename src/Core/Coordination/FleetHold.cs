using System;
using System.Collections.Generic;

namespace ProcessDedup.Coordination;

/// <summary>Locks of a fleet that are held together, and given back together.</summary>
public abstract class FleetHold
{
    /// <summary>Creates the hold.</summary>
    /// <param name="grants">One for each name of the request, in its order.</param>
    protected FleetHold(IReadOnlyList<FleetGrant> grants) => Grants = grants;

    /// <summary>What was granted, in the order of the names.</summary>
    public IReadOnlyList<FleetGrant> Grants { get; }

    /// <summary>
    /// Has somebody called when the locks are lost, or it cannot be told any more whether they are; at once if they are already.
    /// Not a token: most locks are given back before one would be of use, and a short one pays for it.
    /// </summary>
    public abstract void WhenLost(Action told);

    /// <summary>Why they were lost, as a clause: "the connection was ended by the server".</summary>
    public abstract string? LossCause { get; }

    /// <summary>Shown to those who wait.</summary>
    public abstract void Say(string? progress);

    /// <summary>
    /// Gives one of them back. The coordinator is told with the last one; if it cannot be told, <see cref="LossCause"/> says so.
    /// </summary>
    public abstract void Release();
}
