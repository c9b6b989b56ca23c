using System;
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using ProcessDedup.Locks;
using ProcessDedup.Messages;

namespace ProcessDedup.Cmdlets;

/// <summary>
/// Ends the processes that hold locks: asks them (SIGTERM), waits, then kills. The system releases their locks; no lock file is
/// removed. Only the very processes that were seen are ended, never one that got their PID.
/// </summary>
[Cmdlet(VerbsLifecycle.Stop, "FileLockHolder", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High, DefaultParameterSetName = ByName)]
[OutputType(typeof(StoppedHolder))]
public sealed class StopFileLockHolderCommand : LockCmdlet
{
    private const string BySight = "InputObject";

    // HolderStop.DefaultGrace as a constant: Core is not loaded yet when PowerShell reads the defaults.
    private const double DefaultGraceSec = 10;

    private readonly HashSet<int> _stopped = [];
    private Coordination.FleetLook? _fleet;
    private bool _isToldOfFleet;

    /// <summary>Names of locks; wildcards are allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = ByName)]
    [ArgumentCompleter(typeof(LockNameCompleter))]
    [SupportsWildcards]
    [AllowEmptyString]
    public string[]? Name { get; set; }

    /// <summary>The very files whose holders are to end.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByPath)]
    [Alias("PSPath", "LP", "LockFile")]
    [AllowEmptyString]
    public string[]? LiteralPath { get; set; }

    /// <summary>Locks as Get-FileLock showed them: those who held them then, and still do.</summary>
    [Parameter(Mandatory = true, ParameterSetName = BySight, ValueFromPipeline = true)]
    public PSObject[]? InputObject { get; set; }

    /// <summary>How many seconds a holder has to end by itself before it is killed; 0 kills at once, 10 unless said otherwise.</summary>
    [Parameter]
    [ValidateRange(0.0, 86400.0)]
    [Duration]
    public double GraceSec { get; set; } = DefaultGraceSec;

    /// <summary>Also stop a holder under which this very process runs; it may end with it.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>The PostgreSQL server of a fleet; without it that of PROCESSDEDUP_COORDINATOR. Holders on other machines are refused.</summary>
    [Parameter]
    [AllowEmptyString]
    public string? Coordinator { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing() =>
        _fleet = OrThrow(() => FleetCoordinator.Look(Coordinator, hasNames: ParameterSetName != ByPath));

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
        List<LockStatus> seen = Seen();
        // Said first: whoever is asked should know that others may hold the lock as well.
        bool isOfFleet = ParameterSetName == ByName || seen.Exists(status => status.Coordinator is not null);
        if (isOfFleet && _fleet!.Failure is { } failure && !_isToldOfFleet)
        {
            _isToldOfFleet = true;
            WriteError(DedupErrorRecords.From(failure));
        }

        foreach (LockStatus status in seen)
        {
            HolderStop stop = OrThrow(() => new HolderStop(status, _fleet!.Coordinator, TimeSpan.FromSeconds(GraceSec), Force, _stopped));
            if (status.Coordinator is null && seen.TrueForAll(s => s.Name != status.Name || s.Holders.Count == 0))
                TellOfNobody(status.Name);
            foreach (LockHolder holder in stop.Holders)
                End(status, stop, holder);
            while (!MyInvocation.BoundParameters.ContainsKey("WhatIf") && stop.NextHeir() is { } heir)
                End(status, stop, heir);
        }
    }

    // Whoever names a lock thinks that somebody holds it; what comes through a pipeline is not chosen one by one.
    private void TellOfNobody(string name)
    {
        string text = Message.Of(_fleet!.Failure is null ? Key.NoticeNobodyHoldsLock : Key.NoticeNobodyHoldsLockHere, name);
        if (ParameterSetName == BySight)
            WriteVerbose(text);
        else
            WriteWarning(text);
    }

    private void End(LockStatus status, HolderStop stop, LockHolder holder)
    {
        try
        {
            stop.Check(holder);
            if (!ShouldProcess(Message.Of(Key.ActionHolderOfLock, holder.Describe(), status.Name), Message.Of(Key.ActionStopProcess)))
                return;
            StoppedHolder result = stop.Stop(holder, StopToken);
            if (result.WasForced)
                WriteVerbose(Message.Of(Key.VerboseDidNotEndWithinAndWas, holder.Describe(), Durations.Describe(TimeSpan.FromSeconds(GraceSec))));
            WriteObject(result);
        }
        catch (DedupException e)
        {
            WriteError(DedupErrorRecords.From(e));
        }
        catch (OperationCanceledException)
        {
            throw new PipelineStoppedException();
        }
    }

    private List<LockStatus> Seen() => ParameterSetName switch
    {
        BySight => InputObject!.SelectMany(Statuses).ToList(),
        ByPath => OrThrow(() => Targets(null, LiteralPath).Select(LockInspector.Inspect).ToList()),
        _ => OrThrow(() => Named(Name!)),
    };

    private List<LockStatus> Named(string[] names) =>
    [
        .. Matching(names).Select(LockInspector.Inspect),
        .. names.Select(name => new NamePattern(name)).SelectMany(pattern => pattern.Literal is { } name
            ? _fleet!.Inspect(name, StopToken)
            : _fleet!.Inspect(null, StopToken).Where(status => pattern.IsMatch(status.Name))),
    ];

    // A file is as good as a lock that was seen: whoever holds it now.
    private List<LockStatus> Statuses(PSObject input)
    {
        switch (input.BaseObject)
        {
            case LockStatus status:
                return [status];
            case string name:
                return OrThrow(() => Named([name]));
            case System.IO.FileInfo file:
                return OrThrow(() => new List<LockStatus> { LockInspector.Inspect(LockTarget.FromPath(file.FullName)) });
            default:
                WriteError(CmdletFailures.NoLock(input));
                return [];
        }
    }
}
