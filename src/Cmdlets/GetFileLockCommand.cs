using System;
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using ProcessDedup.Locks;

namespace ProcessDedup.Cmdlets;

/// <summary>Shows locks with their holders and waiters, without taking any.</summary>
[Cmdlet(VerbsCommon.Get, "FileLock", DefaultParameterSetName = ByName)]
[OutputType(typeof(LockStatus), typeof(string))]
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

    /// <summary>
    /// Show the locks anew until Ctrl+C. On a terminal the picture is painted over; elsewhere a new one is written, as lines of
    /// text, when something has changed.
    /// </summary>
    [Parameter]
    public SwitchParameter Watch { get; set; }

    /// <summary>With -Watch: seconds from one look to the next; 2 unless said otherwise.</summary>
    [Parameter]
    [ValidateRange(0.1, 86400.0)]
    public double IntervalSec { get; set; } = DefaultIntervalSec;

    // LockWatch.DefaultInterval as a constant: Core is not loaded yet when PowerShell reads the defaults.
    private const double DefaultIntervalSec = 2;

    private readonly List<string> _names = [];
    private readonly List<string> _paths = [];

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
        IReadOnlyList<string> names = ParameterSetName == ByName ? Name : [];
        IReadOnlyList<string> paths = ParameterSetName == ByPath ? LiteralPath! : [];
        _names.AddRange(names);
        _paths.AddRange(paths);
        if (Watch)
            return;
        foreach (string name in names)
            WriteObject(OrThrow(() => ByNameOrPattern([name])), enumerateCollection: true);
        foreach (string path in paths)
            WriteObject(OrThrow(() => ByFile([path])), enumerateCollection: true);
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (!Watch)
            return;
        OrThrow(() =>
        {
            var watch = new LockWatch(() => [.. ByNameOrPattern(_names), .. ByFile(_paths)], TimeSpan.FromSeconds(IntervalSec));
            if (TerminalKind.IsInteractive() && MyInvocation.PipelinePosition == MyInvocation.PipelineLength)
                watch.Paint(Console.Out, TerminalKind.Window, StopToken);
            else
                watch.Tell(WriteObject, StopToken);
            StopToken.ThrowIfCancellationRequested();
            return true;
        });
    }

    private List<LockStatus> ByFile(IReadOnlyList<string> paths) => [.. Targets(null, [.. paths]).Select(LockInspector.Inspect)];

    private List<LockStatus> ByNameOrPattern(IReadOnlyList<string> names)
    {
        var found = new List<LockStatus>();
        IReadOnlyList<LockStatus>? all = null, ofFleet = null;
        foreach (string name in names)
        {
            if (!WildcardPattern.ContainsWildcardCharacters(name))
            {
                found.Add(LockInspector.Inspect(Targets([name], null)[0]));
                if (_fleet is not null)
                    found.AddRange(_fleet.Inspect(name, StopToken));
                continue;
            }

            var pattern = new WildcardPattern(name, WildcardOptions.IgnoreCase);
            all ??= LockInspector.InspectAll(LockRoot.Default());
            if (_fleet is not null)
                ofFleet ??= _fleet.Inspect(null, StopToken);
            found.AddRange(all.Concat(ofFleet ?? []).Where(status => pattern.IsMatch(status.Name)));
        }

        return found;
    }
}
