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
    private readonly List<string> _names = [];
    private readonly List<string> _paths = [];

    /// <inheritdoc/>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = ByName, ValueFromPipeline = true)]
    [LockNameArgument]
    [ArgumentCompleter(typeof(LockNameCompleter))]
    [AllowEmptyString]
    [ValidateNotNull]
    public override string[]? Name { get; set; }

    /// <inheritdoc/>
    [Parameter(Mandatory = true, ParameterSetName = ByPath, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "LP")]
    [AllowEmptyString]
    [ValidateNotNull]
    public override string[]? LiteralPath { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName == ByPath)
            _paths.AddRange(LiteralPath!);
        else
            _names.AddRange(Name!);
    }

    /// <summary>Only when all have come: several are taken all or none.</summary>
    protected override void EndProcessing()
    {
        if (_names.Count == 0 && _paths.Count == 0)
            return;
        (Name, LiteralPath) = (_names.Count == 0 ? null : [.. _names], _paths.Count == 0 ? null : [.. _paths]);
        IReadOnlyList<LockLease> leases = OrThrow(Take);
        EnteredLocks.Add(Runspace.DefaultRunspace, leases, Place);
        WriteObject(leases, enumerateCollection: true);
    }
}
