using System.Collections.Generic;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using ProcessDedup.Locks;

namespace ProcessDedup.Cmdlets;

/// <summary>Takes locks and keeps them until Exit-FileLock, the end of the runspace or of the process.</summary>
[Cmdlet(VerbsCommon.Enter, "FileLock", DefaultParameterSetName = ByName)]
[OutputType(typeof(LockLease))]
public sealed class EnterFileLockCommand : LockTakingCmdlet
{
    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        IReadOnlyList<LockLease> leases = OrThrow(Take);
        EnteredLocks.Add(Runspace.DefaultRunspace, leases);
        WriteObject(leases, enumerateCollection: true);
    }
}
