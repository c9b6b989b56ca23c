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
    private Coordination.FleetLook? _fleet;
    private bool _isToldOfFleet;

    /// <summary>
    /// Names of locks; wildcards are allowed. Without names every lock below the root directory, but not the free ones that
    /// ProcessDedup has made for itself.
    /// </summary>
    [Parameter(Position = 0, ParameterSetName = ByName, ValueFromPipeline = true)]
    [LockNameArgument]
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

    /// <summary>Without names: also the free locks that ProcessDedup has made for itself.</summary>
    [Parameter(ParameterSetName = ByName)]
    public SwitchParameter Force { get; set; }

    /// <summary>
    /// Show the locks anew until Ctrl+C. On a terminal the picture is painted over; elsewhere a new one is written, as lines of
    /// text, when something has changed, and it ends when nobody reads them any more.
    /// </summary>
    [Parameter]
    public SwitchParameter Watch { get; set; }

    /// <summary>With -Watch: seconds from one look to the next; 2 unless said otherwise.</summary>
    [Parameter]
    [ValidateRange(0.1, 86400.0)]
    [Duration]
    public double IntervalSec { get; set; } = DefaultIntervalSec;

    // LockWatch.DefaultInterval as a constant: Core is not loaded yet when PowerShell reads the defaults.
    private const double DefaultIntervalSec = 2;

    private readonly List<string> _names = [];
    private readonly List<string> _paths = [];
    private IReadOnlyList<LockStatus>? _all, _allOfFleet;

    /// <inheritdoc/>
    protected override void BeginProcessing() =>
        _fleet = OrThrow(() => FleetCoordinator.Look(Coordinator, hasNames: ParameterSetName == ByName));

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
        string[] names = ParameterSetName == ByName ? Name : [];
        IReadOnlyList<string> paths = ParameterSetName == ByPath ? LiteralPath! : [];
        _names.AddRange(names);
        _paths.AddRange(paths);
        if (Watch)
            return;
        (_all, _allOfFleet) = (null, null);
        // What this very process has just taken is not written down yet.
        LeaseKeeper.WriteRecords();
        foreach (string name in names)
        {
            // This machine's come at once, however long the fleet lets wait.
            WriteObject(OrThrow(() => Own(name).ToList()), enumerateCollection: true);
            WriteObject(OrThrow(() => OfFleet(name).ToList()), enumerateCollection: true);
        }

        if (names.Length > 0 && _fleet!.Failure is { } failure && !_isToldOfFleet)
        {
            _isToldOfFleet = true;
            WriteError(DedupErrorRecords.From(failure));
        }

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
            var watch = new LockWatch(LookAnew, TimeSpan.FromSeconds(IntervalSec), () => _names.Count > 0 ? _fleet!.Failure?.Cause : null);
            bool isLast = MyInvocation.PipelinePosition == MyInvocation.PipelineLength;
            if (isLast && TerminalKind.IsInteractive())
                watch.Paint(Console.Out, TerminalKind.Window, StopToken);
            else
                watch.Tell(WriteObject, isForOutput: isLast, StopToken);
            StopToken.ThrowIfCancellationRequested();
            return true;
        });
    }

    private List<LockStatus> ByFile(IReadOnlyList<string> paths) => [.. Targets(null, [.. paths]).Select(LockInspector.Inspect)];

    private List<LockStatus> LookAnew()
    {
        _fleet!.Renew();
        (_all, _allOfFleet) = (null, null);
        return [.. _names.SelectMany(name => Own(name).Concat(OfFleet(name))), .. ByFile(_paths)];
    }

    private IEnumerable<LockStatus> Own(string name)
    {
        var pattern = new NamePattern(name);
        return pattern.Literal is { } literal ? [LockInspector.Inspect(Targets([literal], null)[0])]
            : Matching(pattern, _all ??= IsAsked ? LockInspector.InspectAll(LockRoot.Default()) : OwnLocks.Without(LockInspector.InspectAll(LockRoot.Default())));
    }

    private IEnumerable<LockStatus> OfFleet(string name)
    {
        var pattern = new NamePattern(name);
        return pattern.Literal is { } literal ? _fleet!.Inspect(literal, StopToken)
            : Matching(pattern, _allOfFleet ??= _fleet!.Inspect(null, StopToken));
    }

    // Whoever gives a pattern means all that it matches.
    private bool IsAsked => Force || MyInvocation.BoundParameters.ContainsKey(nameof(Name));

    private static IEnumerable<LockStatus> Matching(NamePattern pattern, IReadOnlyList<LockStatus> all) =>
        all.Where(status => pattern.IsMatch(status.Name));
}
