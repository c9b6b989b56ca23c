using System.Management.Automation;
using ProcessDedup.Locks;

namespace ProcessDedup.Cmdlets;

/// <summary>Changes the root directory: whether its locks and claims must have registered names.</summary>
[Cmdlet(VerbsCommon.Set, "LockRoot", SupportsShouldProcess = true)]
[OutputType(typeof(LockRoot))]
public sealed class SetLockRootCommand : LockCmdlet
{
    /// <summary>Refuse locks by name, and claims, that no registered name covers; -Strict:$false takes them again.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    public SwitchParameter Strict { get; set; }

    /// <summary>Return the root.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        LockRoot root = OrThrow(LockRoot.Default);
        if (ShouldProcess(root.RootDirectory, Strict ? "Refuse names that are not registered" : "Take any name"))
        {
            OrThrow(() =>
            {
                NameRegistry.Of(root).SetStrict(Strict);
                return true;
            });
        }

        if (PassThru)
            WriteObject(root);
    }
}
