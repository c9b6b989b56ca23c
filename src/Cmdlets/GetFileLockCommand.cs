using System.Collections.Generic;
using System.Management.Automation;
using ProcessDedup.Locks;

namespace ProcessDedup.Cmdlets;

/// <summary>Shows locks with their holders and waiters, without taking any.</summary>
[Cmdlet(VerbsCommon.Get, "FileLock", DefaultParameterSetName = ByName)]
[OutputType(typeof(LockStatus))]
public sealed class GetFileLockCommand : LockCmdlet
{
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

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName == ByPath)
        {
            foreach (LockTarget target in OrThrow(() => Targets(null, LiteralPath)))
                WriteObject(OrThrow(() => LockInspector.Inspect(target)));
            return;
        }

        IReadOnlyList<LockStatus>? all = null;
        foreach (string name in Name)
        {
            if (!WildcardPattern.ContainsWildcardCharacters(name))
            {
                WriteObject(OrThrow(() => LockInspector.Inspect(Targets([name], null)[0])));
                continue;
            }

            var pattern = new WildcardPattern(name, WildcardOptions.IgnoreCase);
            all ??= OrThrow(() => LockInspector.InspectAll(LockRoot.Default()));
            foreach (LockStatus status in all)
            {
                if (pattern.IsMatch(status.Name))
                    WriteObject(status);
            }
        }
    }
}
