using System.Collections.Generic;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using ProcessDedup.Locks;

namespace ProcessDedup.Cmdlets;

/// <summary>Releases locks that Enter-FileLock has taken.</summary>
[Cmdlet(VerbsCommon.Exit, "FileLock", DefaultParameterSetName = ByName)]
public sealed class ExitFileLockCommand : LockCmdlet
{
    private const string ByLease = "ByLease";

    /// <summary>Names of locks that were entered in this runspace.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = ByName)]
    [ArgumentCompleter(typeof(LockNameCompleter))]
    [AllowEmptyString]
    public string[]? Name { get; set; }

    /// <summary>Lock files that were entered in this runspace.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByPath, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "LP", "LockFile")]
    [AllowEmptyString]
    public string[]? LiteralPath { get; set; }

    /// <summary>What Enter-FileLock returned.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByLease, ValueFromPipeline = true)]
    public LockLease[]? Lease { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (LockLease lease in Lease ?? [])
            Release(lease);
        IReadOnlyList<LockTarget> targets = OrThrow(() => Targets(Name, LiteralPath));
        foreach (LockTarget target in targets)
        {
            if (EnteredLocks.Find(Runspace.DefaultRunspace, target) is { } lease)
                Release(lease);
            else
                WriteError(CmdletFailures.NotEntered(target.Display));
        }
    }

    private void Release(LockLease lease)
    {
        lease.Dispose();
        if (lease.Loss is { } loss)
            WriteError(DedupErrorRecords.From(loss));
    }
}
