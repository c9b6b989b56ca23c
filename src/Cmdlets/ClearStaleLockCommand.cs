using System;
using System.Collections.Generic;
using System.Management.Automation;
using ProcessDedup.Locks;
using ProcessDedup.Messages;
using ProcessDedup.Retry;

namespace ProcessDedup.Cmdlets;

/// <summary>Removes the files of locks that nobody holds or waits for.</summary>
[Cmdlet(VerbsCommon.Clear, "StaleLock", SupportsShouldProcess = true, DefaultParameterSetName = ByName)]
[OutputType(typeof(ClearedLock))]
public sealed class ClearStaleLockCommand : LockCmdlet
{
    /// <summary>Names of locks; wildcards are allowed. Without names, every lock below the root directory.</summary>
    [Parameter(Position = 0, ParameterSetName = ByName, ValueFromPipeline = true)]
    [LockNameArgument]
    [ArgumentCompleter(typeof(LockNameCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = ["*"];

    /// <summary>The very lock files to clear.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByPath, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "LP", "LockFile")]
    [AllowEmptyString]
    public string[]? LiteralPath { get; set; }

    /// <summary>Leave locks that were made or used within this many hours; 24 unless said otherwise.</summary>
    [Parameter]
    [ValidateRange(0.0, LongestDurations.AgeHours)]
    [Duration(DurationAttribute.Hours)]
    public double OlderThanHours { get; set; } = StaleAgeHours;

    /// <summary>Return what became of each lock.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    // StaleLocks.DefaultAge as a constant: Core is not loaded yet when PowerShell reads the defaults.
    private const double StaleAgeHours = 24;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        TimeSpan age = TimeSpan.FromHours(OlderThanHours);
        foreach (LockTarget target in OrThrow(Candidates))
        {
            ClearedLock result = OrThrow(() => StaleLocks.Clear(
                target, age, () => ShouldProcess(target.Display, Message.Of(Key.ActionClearStaleLock))));
            if (result.Outcome != ClearOutcome.Gone)
                Report(result);
        }
    }

    private IReadOnlyList<LockTarget> Candidates() => ParameterSetName == ByPath ? Targets(null, LiteralPath) : Matching(Name);

    private void Report(ClearedLock result)
    {
        if (result.Outcome == ClearOutcome.Failed)
        {
            WriteError(CmdletFailures.NotCleared(result.Name, (result.Reason ?? string.Empty).TrimEnd('.')));
        }
        else if (result.Reason is not null)
        {
            WriteVerbose(Message.Of(Key.VerboseLockIsLeft, result.Name, result.Reason));
        }

        if (PassThru)
            WriteObject(result);
    }
}
