using System;
using System.Collections.Generic;
using System.Threading;
using ProcessDedup.Locks;

namespace ProcessDedup.Coordination;

/// <summary>
/// The locks of a fleet, looked at beside those of this machine. A coordinator that cannot be asked hides its own locks only:
/// this machine's are shown all the same, as that is the moment when people look.
/// </summary>
public sealed class FleetLook : IDisposable
{
    private readonly bool _isClosed;

    /// <param name="open">Opens the coordinator; its result is null for this machine alone.</param>
    /// <param name="isGiven">
    /// Was it given by whoever looks? Then what was given is to be corrected, and nothing is shown; the variable of the
    /// environment may be somebody else's.
    /// </param>
    /// <exception cref="CoordinatorException">It is given, and cannot be one.</exception>
    public FleetLook(Func<Coordinator?> open, bool isGiven)
    {
        ArgumentNullException.ThrowIfNull(open);
        try
        {
            Coordinator = open();
        }
        catch (CoordinatorException e) when (!isGiven)
        {
            _isClosed = true;
            Failure = e;
        }
    }

    /// <summary>Null for this machine alone, or if there is none behind what the environment says.</summary>
    public Coordinator? Coordinator { get; }

    /// <summary>Why its locks are missing; null if they are not.</summary>
    public CoordinatorException? Failure { get; private set; }

    /// <summary>As <see cref="Coordinator.Inspect"/>; nothing where there is none, or it has failed before.</summary>
    public IReadOnlyList<LockStatus> Inspect(string? name, CancellationToken cancellation = default)
    {
        if (Coordinator is null || Failure is not null)
            return [];
        try
        {
            return Coordinator.Inspect(name, cancellation);
        }
        catch (CoordinatorException e)
        {
            Failure = e;
            return [];
        }
    }

    /// <summary>Asks again with the next look, though it has failed before.</summary>
    public void Renew()
    {
        if (!_isClosed)
            Failure = null;
    }

    /// <inheritdoc/>
    public void Dispose() => Coordinator?.Dispose();
}
