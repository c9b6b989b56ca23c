using System.Linq;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using ProcessDedup.Locks;

namespace ProcessDedup.Cmdlets;

/// <summary>Releases locks that Enter-FileLock has taken.</summary>
[Cmdlet(VerbsCommon.Exit, "FileLock", DefaultParameterSetName = ByName)]
public sealed class ExitFileLockCommand : LockCmdlet
{
    private const string ByLease = "ByLease";

    /// <summary>Names of locks that were entered in this runspace; wildcards are allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = ByName, ValueFromPipeline = true)]
    [LockNameArgument]
    [ArgumentCompleter(typeof(LockNameCompleter))]
    [SupportsWildcards]
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
        foreach (string name in Name ?? [])
        {
            var pattern = new NamePattern(name);
            if (pattern.Literal is { } literal)
                Release(OrThrow(() => Targets([literal], null)[0]));
            else
                EnteredLocks.All(Runspace.DefaultRunspace).Where(lease => lease.Target.IsNamed && pattern.IsMatch(lease.Target.Display)).ToList().ForEach(Release);
        }

        foreach (LockTarget target in OrThrow(() => Targets(null, LiteralPath)))
            Release(target);
    }

    private void Release(LockTarget target)
    {
        if (EnteredLocks.Find(Runspace.DefaultRunspace, target) is { } entered)
            Release(entered.Lease);
        else
            WriteError(CmdletFailures.NotEntered(target.Display));
    }

    private void Release(LockLease lease)
    {
        lease.Dispose();
        if (lease.Loss is { } loss)
            WriteError(DedupErrorRecords.From(loss));
    }
}
