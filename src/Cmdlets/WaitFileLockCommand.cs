using System;
using System.Collections.Generic;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using ProcessDedup.Locks;

namespace ProcessDedup.Cmdlets;

/// <summary>Waits until nobody holds the locks. They are free when it returns, and may be taken right after.</summary>
[Cmdlet(VerbsLifecycle.Wait, "FileLock", DefaultParameterSetName = ByName)]
public sealed class WaitFileLockCommand : LockCmdlet
{
    /// <summary>Names of locks.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = ByName)]
    [ArgumentCompleter(typeof(LockNameCompleter))]
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
    public double TimeoutSec { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        // Queueing for the lock is the one way to learn of its release without polling.
        IReadOnlyList<LockLease> leases = OrThrow(() => VisibleWait.Acquire(
            this,
            new LockRequest(Targets(Name, LiteralPath))
            {
                Timeout = TimeSpan.FromSeconds(TimeoutSec),
                Flow = Runspace.DefaultRunspace?.InstanceId,
                Reason = "Wait-FileLock",
                LeaveCrashRecord = true,
            },
            StopToken));
        foreach (LockLease lease in leases)
            lease.Dispose();
    }
}
