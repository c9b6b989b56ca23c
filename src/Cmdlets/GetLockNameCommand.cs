using System.Management.Automation;
using ProcessDedup.Locks;

namespace ProcessDedup.Cmdlets;

/// <summary>Shows which team has which names.</summary>
[Cmdlet(VerbsCommon.Get, "LockName")]
[OutputType(typeof(RegisteredName))]
public sealed class GetLockNameCommand : LockNameCmdlet
{
    /// <summary>
    /// Names; wildcards are allowed. A name without wildcards shows what covers it, be it registered itself or one above it.
    /// </summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [Alias("Name")]
    [LockNameArgument]
    [ArgumentCompleter(typeof(RegisteredNameCompleter))]
    [SupportsWildcards]
    [ValidateNotNull]
    [AllowEmptyString]
    public string[] Namespace { get; set; } = ["*"];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        LockNames registry = OrThrow(Names);
        foreach (string name in Namespace)
        {
            var pattern = new NamePattern(name);
            if (pattern.Literal is { } literal)
            {
                if (OrThrow(() => registry.Find(literal)) is { } found)
                    WriteObject(found);
                else
                    WriteError(CmdletFailures.LockNameNotFound(literal));
                continue;
            }

            foreach (RegisteredName registered in OrThrow(registry.All))
            {
                if (pattern.IsMatch(registered.Namespace))
                    WriteObject(registered);
            }
        }
    }
}
