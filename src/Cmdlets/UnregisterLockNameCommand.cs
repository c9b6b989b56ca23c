using System.Management.Automation;
using ProcessDedup.Locks;
using ProcessDedup.Messages;

namespace ProcessDedup.Cmdlets;

/// <summary>Gives a registered name up.</summary>
[Cmdlet(VerbsLifecycle.Unregister, "LockName", SupportsShouldProcess = true)]
[OutputType(typeof(RegisteredName))]
public sealed class UnregisterLockNameCommand : LockNameCmdlet
{
    /// <summary>The registered names themselves, not ones below them.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [LockNameArgument]
    [ArgumentCompleter(typeof(RegisteredNameCompleter))]
    [AllowEmptyString]
    public string[] Namespace { get; set; } = [];

    /// <summary>The team whose name it is. Not from the pipeline: whoever gives it says that it is theirs.</summary>
    [Parameter(Position = 1)]
    public string? Owner { get; set; }

    /// <summary>Even if it is another team's.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Return what was given up.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string name in Namespace)
        {
            if (!ShouldProcess(name, Message.Of(Key.ActionUnregisterLockName)))
                continue;
            RegisteredName removed = OrThrow(() => Names().Unregister(name, Owner, Force));
            if (PassThru)
                WriteObject(removed);
        }
    }
}
