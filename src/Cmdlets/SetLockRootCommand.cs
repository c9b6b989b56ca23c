using System.Management.Automation;
using ProcessDedup.Locks;
using ProcessDedup.Messages;

namespace ProcessDedup.Cmdlets;

/// <summary>Changes the root directory, or a fleet: whether its locks and claims must have registered names.</summary>
[Cmdlet(VerbsCommon.Set, "LockRoot", SupportsShouldProcess = true)]
[OutputType(typeof(LockRoot))]
public sealed class SetLockRootCommand : LockNameCmdlet
{
    /// <summary>Refuse locks by name, and claims, that no registered name covers; -Strict:$false takes them again.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    public SwitchParameter Strict { get; set; }

    /// <summary>Return the root; nothing with -Coordinator.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        LockRoot root = OrThrow(LockRoot.Default);
        // A connection string that is none is wrong also where nothing is done.
        LockNames names = OrThrow(Names);
        string action = Strict ? Message.Of(Key.ActionRefuseNamesThatAreNotRegistered) : Message.Of(Key.ActionTakeAnyName);
        if (ShouldProcess(Coordinator is null ? root.RootDirectory : Message.Of(Key.ActionTheCoordinator), action))
        {
            OrThrow(() =>
            {
                names.SetStrict(Strict);
                return true;
            });
        }

        // A fleet has no root to return.
        if (PassThru && Coordinator is null)
            WriteObject(root);
    }
}
