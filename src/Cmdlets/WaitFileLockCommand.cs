using System;
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using ProcessDedup.Locks;

namespace ProcessDedup.Cmdlets;

/// <summary>Waits until nobody holds the locks. They are free when it returns, and may be taken right after.</summary>
[Cmdlet(VerbsLifecycle.Wait, "FileLock", DefaultParameterSetName = ByName)]
public sealed class WaitFileLockCommand : LockCmdlet
{
    /// <summary>Names of locks. With wildcards: the locks that are there now.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = ByName, ValueFromPipeline = true)]
    [LockNameArgument]
    [ArgumentCompleter(typeof(LockNameCompleter))]
    [SupportsWildcards]
    [AllowEmptyString]
    public string[]? Name { get; set; }

    /// <summary>The very files to wait for.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByPath, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "LP", "LockFile")]
    [AllowEmptyString]
    public string[]? LiteralPath { get; set; }

    /// <summary>Longest wait in seconds; 0 waits for ever.</summary>
    [Parameter]
    [ValidateRange(0.0, 631152000.0)]
    [Duration]
    public double TimeoutSec { get; set; }

    /// <summary>Do not show whom the wait is for.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    /// <summary>
    /// The PostgreSQL server of a fleet, whose lock of the name must be free as well; without it that of PROCESSDEDUP_COORDINATOR,
    /// and without that this machine alone.
    /// </summary>
    [Parameter(ParameterSetName = ByName)]
    [AllowEmptyString]
    public string? Coordinator { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (LockLease lease in OrThrow(Take))
            lease.Dispose();
    }

    // Queueing for the lock is the one way to learn of its release without polling.
    private IReadOnlyList<LockLease> Take()
    {
        // What is held needs its session, and not this.
        using Coordination.Coordinator? fleet = FleetCoordinator.Open(Coordinator, hasNames: ParameterSetName == ByName);
        IReadOnlyList<LockTarget> targets = ParameterSetName == ByName ? Named(fleet) : Targets(null, LiteralPath);
        return targets.Count == 0 ? [] : VisibleWait.Acquire(
            this,
            new LockRequest(targets)
            {
                Timeout = TimeSpan.FromSeconds(TimeoutSec),
                Flow = Runspace.DefaultRunspace?.InstanceId,
                Reason = "Wait-FileLock",
                LeaveCrashRecord = true,
                Coordinator = fleet,
            },
            Quiet,
            StopToken);
    }

    private IReadOnlyList<LockTarget> Named(Coordination.Coordinator? fleet)
    {
        if (fleet is null || Name!.All(name => new NamePattern(name).Literal is not null))
            return Matching(Name!);
        IReadOnlyList<LockStatus> all = fleet.Inspect(null, StopToken);
        return Matching([.. Name!, .. NamePattern.Select(Name!, all, status => status.Name).Select(status => NamePattern.Of(status.Name))]);
    }
}
