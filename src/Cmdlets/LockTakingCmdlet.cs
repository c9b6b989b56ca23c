using System;
using System.Collections.Generic;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using ProcessDedup.Locks;
using ProcessDedup.Messages;
using ProcessDedup.Retry;

namespace ProcessDedup.Cmdlets;

/// <summary>What the cmdlets that take locks have in common: which locks, how, and how long to wait.</summary>
public abstract class LockTakingCmdlet : LockCmdlet
{
    /// <summary>Names of locks below the root directory; several are taken all or none, in a safe order.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = ByName)]
    [ArgumentCompleter(typeof(LockNameCompleter))]
    [AllowEmptyString]
    [ValidateNotNull]
    public string[]? Name { get; set; }

    /// <summary>The very files to lock; flock(1) on the same file is excluded as well.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByPath)]
    [Alias("PSPath", "LP")]
    [AllowEmptyString]
    [ValidateNotNull]
    public string[]? LiteralPath { get; set; }

    /// <summary>Longest wait in seconds; 0 waits for ever.</summary>
    [Parameter]
    [ValidateRange(0.0, LongestDurations.WaitSec)]
    public double TimeoutSec { get; set; }

    /// <summary>Try once; do not wait.</summary>
    [Parameter]
    public SwitchParameter NoWait { get; set; }

    /// <summary>Hold the lock together with other shared holders.</summary>
    [Parameter]
    public SwitchParameter Shared { get; set; }

    /// <summary>At most this many holders at the same time, 1 to 128; the same number everywhere.</summary>
    [Parameter]
    public int Slots { get; set; }

    /// <summary>What the lock is for; shown to those who wait.</summary>
    [Parameter]
    [AllowNull]
    [AllowEmptyString]
    public string? Reason { get; set; }

    /// <summary>Use locks on NFS, SMB, 9P or FUSE all the same; they may not exclude anybody.</summary>
    [Parameter]
    public SwitchParameter AllowNetworkFileSystem { get; set; }

    /// <summary>Do not show whom the wait is for.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    /// <summary>
    /// The PostgreSQL server of a fleet, as 'Host=db;Database=agents;Username=ci'; without it that of PROCESSDEDUP_COORDINATOR,
    /// and without that this machine alone.
    /// </summary>
    [Parameter]
    [AllowEmptyString]
    public string? Coordinator { get; set; }

    /// <summary>Takes the locks; waits on another thread, so that this one can show whom the wait is for.</summary>
    /// <exception cref="LockException">They were not granted.</exception>
    /// <exception cref="Coordination.CoordinatorException">The fleet's coordinator cannot be asked.</exception>
    private protected IReadOnlyList<LockLease> Take()
    {
        bool hasSlots = MyInvocation.BoundParameters.ContainsKey(nameof(Slots));
        if (hasSlots && Shared)
            ThrowTerminatingError(CmdletFailures.SharedWithSlots());
        if (NoWait && TimeoutSec > 0)
            ThrowTerminatingError(CmdletFailures.NoWaitWithTimeout());
        // What is held needs its session, and not this.
        using Coordination.Coordinator? fleet = FleetCoordinator.Open(Coordinator, LiteralPath is null);
        var request = new LockRequest(Targets(Name, LiteralPath))
        {
            Mode = hasSlots ? LockMode.Slot : Shared ? LockMode.Shared : LockMode.Exclusive,
            Slots = hasSlots ? Slots : 1,
            Timeout = TimeSpan.FromSeconds(TimeoutSec),
            NoWait = NoWait,
            Reason = Reason,
            Flow = Runspace.DefaultRunspace?.InstanceId,
            Coordinator = fleet,
            AllowNetworkFileSystem = AllowNetworkFileSystem,
        };
        IReadOnlyList<LockLease> leases = VisibleWait.Acquire(this, request, Quiet, StopToken);
        foreach (LockLease lease in leases)
        {
            if (lease.CrashedHolder is { } crashed)
                WriteWarning(Message.Of(Key.NoticeLastHolderOfLockDiedHoldingIt, lease.Target, crashed.Describe()));
        }

        return leases;
    }
}
