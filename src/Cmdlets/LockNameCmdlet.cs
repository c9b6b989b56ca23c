using System.Management.Automation;
using ProcessDedup.Locks;

namespace ProcessDedup.Cmdlets;

/// <summary>What every cmdlet about registered names has: of this machine, or of a fleet.</summary>
public abstract class LockNameCmdlet : LockCmdlet
{
    private Coordination.Coordinator? _fleet;

    /// <summary>
    /// The PostgreSQL server of a fleet, as 'Host=db;Database=agents;Username=ci'; without it the names of this machine, also where
    /// PROCESSDEDUP_COORDINATOR names one: what is registered outlives the shell, and nobody should do it by accident.
    /// </summary>
    [Parameter]
    [AllowEmptyString]
    public string? Coordinator { get; set; }

    private protected LockNames Names()
    {
        if (Coordinator is null)
            return NameRegistry.Of(LockRoot.Default());
        _fleet ??= FleetCoordinator.Open(Coordinator);
        return _fleet!.Names;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _fleet?.Dispose();
        base.Dispose(disposing);
    }
}
