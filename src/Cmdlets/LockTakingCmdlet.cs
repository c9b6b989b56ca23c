using System;
using System.Collections.Generic;
using System.Linq;
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
    public abstract string[]? Name { get; set; }

    /// <summary>The very files to lock; flock(1) on the same file is excluded as well.</summary>
    public abstract string[]? LiteralPath { get; set; }

    /// <summary>Longest wait in seconds; 0 waits for ever.</summary>
    [Parameter]
    [ValidateRange(0.0, LongestDurations.WaitSec)]
    [Duration]
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
        foreach (string name in Name ?? [])
            WarnOfFile(name);
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
        IReadOnlyList<LockLease> leases = Acquire(request);
        foreach (LockLease lease in leases)
        {
            if (lease.CrashedHolder is { } crashed)
                WriteWarning(Message.Of(Key.NoticeLastHolderOfLockDiedHoldingIt, lease.Target, crashed.Describe()));
        }

        return leases;
    }

    private IReadOnlyList<LockLease> Acquire(LockRequest request)
    {
        try
        {
            return VisibleWait.Acquire(this, request, Quiet, StopToken);
        }
        catch (LockException e) when (e.Error == LockError.LockReentered)
        {
            // A pool uses its runspaces again: the pipeline that entered it may have failed long ago, in code that is not this.
            EnteredLocks.Entry? entered = request.Targets.Select(target => EnteredLocks.Find(Runspace.DefaultRunspace, target)).FirstOrDefault(found => found is not null);
            if (entered is null)
                throw;
            throw LockFailures.EnteredBefore(entered.Lease.Target.Display, $"{entered.Since:HH:mm:ss}", entered.Place);
        }
    }

    // "build.lock" looks like the file beside it, which others may lock by flock(1).
    private void WarnOfFile(string name)
    {
        if (System.IO.Path.HasExtension(name) && SessionState.Path.CurrentLocation is { Provider.Name: "FileSystem" } here
            && System.IO.File.Exists(System.IO.Path.Combine(here.ProviderPath, name)))
            WriteWarning(Message.Of(Key.NoticeNameIsFileToo, name));
    }

    /// <summary>The line of the caller, for people.</summary>
    private protected string Place =>
        $"{(string.IsNullOrEmpty(MyInvocation.ScriptName) ? "line" : MyInvocation.ScriptName)}:{MyInvocation.ScriptLineNumber}";
}
