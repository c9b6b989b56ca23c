using System.Management.Automation;
using ProcessDedup.Locks;

namespace ProcessDedup.Cmdlets;

/// <summary>Tells whether a lock is held, without taking it.</summary>
[Cmdlet(VerbsDiagnostic.Test, "FileLock", DefaultParameterSetName = ByName)]
[OutputType(typeof(bool))]
public sealed class TestFileLockCommand : LockCmdlet
{
    /// <summary>Names of locks.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = ByName, ValueFromPipeline = true)]
    [ArgumentCompleter(typeof(LockNameCompleter))]
    [AllowEmptyString]
    public string[]? Name { get; set; }

    /// <summary>The very files to look at.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByPath, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "LP", "LockFile")]
    [AllowEmptyString]
    public string[]? LiteralPath { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (LockTarget target in OrThrow(() => Targets(Name, LiteralPath)))
            WriteObject(OrThrow(() => LockInspector.Inspect(target)).State != LockState.Free);
    }
}
