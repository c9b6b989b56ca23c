using System.Linq;
using System.Management.Automation;
using ProcessDedup.Locks;

namespace ProcessDedup.Cmdlets;

/// <summary>Tells whether a lock is held, without taking it.</summary>
[Cmdlet(VerbsDiagnostic.Test, "FileLock", DefaultParameterSetName = ByName)]
[OutputType(typeof(bool))]
public sealed class TestFileLockCommand : LockCmdlet
{
    private Coordination.Coordinator? _fleet;

    /// <summary>Names of locks. With wildcards: whether any of the locks that match is held.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = ByName, ValueFromPipeline = true)]
    [LockNameArgument]
    [ArgumentCompleter(typeof(LockNameCompleter))]
    [SupportsWildcards]
    [AllowEmptyString]
    public string[]? Name { get; set; }

    /// <summary>The very files to look at.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByPath, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "LP", "LockFile")]
    [AllowEmptyString]
    public string[]? LiteralPath { get; set; }

    /// <summary>
    /// The PostgreSQL server of a fleet, whose lock of the name counts as this machine's does; without it that of
    /// PROCESSDEDUP_COORDINATOR, and without that this machine alone.
    /// </summary>
    [Parameter(ParameterSetName = ByName)]
    [AllowEmptyString]
    public string? Coordinator { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        if (Coordinator is not null)
            _fleet = OrThrow(() => FleetCoordinator.Open(Coordinator));
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _fleet?.Dispose();
        base.Dispose(disposing);
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName == ByName)
        {
            foreach (string name in Name!)
                WriteObject(OrThrow(() => Matching([name]).Any(IsHeld) || IsHeldInFleet(new NamePattern(name))));
            return;
        }

        foreach (LockTarget target in OrThrow(() => Targets(null, LiteralPath)))
            WriteObject(OrThrow(() => IsHeld(target)));
    }

    private static bool IsHeld(LockTarget target) => LockInspector.Inspect(target).State != LockState.Free;

    // A coordinator that cannot be asked must not pass for a lock that is free. It is opened only now: what comes through the
    // pipeline may be files, which are of this machine alone.
    private bool IsHeldInFleet(NamePattern pattern)
    {
        _fleet ??= FleetCoordinator.Open(Coordinator);
        return _fleet is not null && _fleet.Inspect(pattern.Literal, StopToken).Any(
            status => status.State != LockState.Free && (pattern.Literal is not null || pattern.IsMatch(status.Name)));
    }
}
