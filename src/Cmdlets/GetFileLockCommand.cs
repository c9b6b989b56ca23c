using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using ProcessDedup.Locks;

namespace ProcessDedup.Cmdlets;

/// <summary>Shows locks with their holders and waiters, without taking any.</summary>
[Cmdlet(VerbsCommon.Get, "FileLock", DefaultParameterSetName = ByName)]
[OutputType(typeof(LockStatus))]
public sealed class GetFileLockCommand : LockCmdlet
{
    private Coordination.Coordinator? _fleet;

    /// <summary>Names of locks; wildcards are allowed. Without names, every lock below the root directory.</summary>
    [Parameter(Position = 0, ParameterSetName = ByName, ValueFromPipeline = true)]
    [ArgumentCompleter(typeof(LockNameCompleter))]
    [SupportsWildcards]
    [AllowEmptyString]
    [ValidateNotNull]
    public string[] Name { get; set; } = ["*"];

    /// <summary>The very files to look at.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByPath, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "LP", "LockFile")]
    [AllowEmptyString]
    public string[]? LiteralPath { get; set; }

    /// <summary>
    /// The PostgreSQL server of a fleet, whose locks are shown beside this machine's; without it that of PROCESSDEDUP_COORDINATOR.
    /// </summary>
    [Parameter(ParameterSetName = ByName)]
    [AllowEmptyString]
    public string? Coordinator { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing() =>
        _fleet = OrThrow(() => FleetCoordinator.Open(Coordinator, hasNames: ParameterSetName == ByName));

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
        if (ParameterSetName == ByPath)
        {
            foreach (LockTarget target in OrThrow(() => Targets(null, LiteralPath)))
                WriteObject(OrThrow(() => LockInspector.Inspect(target)));
            return;
        }

        IReadOnlyList<LockStatus>? all = null, ofFleet = null;
        foreach (string name in Name)
        {
            if (!WildcardPattern.ContainsWildcardCharacters(name))
            {
                WriteObject(OrThrow(() => LockInspector.Inspect(Targets([name], null)[0])));
                if (_fleet is not null)
                    WriteObject(OrThrow(() => _fleet.Inspect(name, StopToken)), enumerateCollection: true);
                continue;
            }

            var pattern = new WildcardPattern(name, WildcardOptions.IgnoreCase);
            all ??= OrThrow(() => LockInspector.InspectAll(LockRoot.Default()));
            if (_fleet is not null)
                ofFleet ??= OrThrow(() => _fleet.Inspect(null, StopToken));
            foreach (LockStatus status in all.Concat(ofFleet ?? []))
            {
                if (pattern.IsMatch(status.Name))
                    WriteObject(status);
            }
        }
    }
}
