using System;
using System.Management.Automation;
using ProcessDedup.Locks;
using ProcessDedup.Messages;
using ProcessDedup.Retry;

namespace ProcessDedup.Cmdlets;

/// <summary>Registers a name, and with it all names below it, for a team; again by the same team, changes what was said.</summary>
[Cmdlet(VerbsLifecycle.Register, "LockName", SupportsShouldProcess = true)]
[OutputType(typeof(RegisteredName))]
public sealed class RegisterLockNameCommand : LockNameCmdlet
{
    /// <summary>The name: 'builds' covers 'builds' and 'builds.nightly', as far as nobody has registered that.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("Name")]
    [ArgumentCompleter(typeof(RegisteredNameCompleter))]
    [AllowEmptyString]
    public string Namespace { get; set; } = string.Empty;

    /// <summary>The team whose name it is.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    [AllowEmptyString]
    public string Owner { get; set; } = string.Empty;

    /// <summary>What it is for; told to whoever wants the same name.</summary>
    [Parameter(Position = 2, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyString]
    public string? Purpose { get; set; }

    /// <summary>Its locks are held for so many seconds at most; waiters are told of longer holds.</summary>
    [Parameter]
    [ValidateRange(0.001, LongestDurations.WaitSec)]
    [Duration]
    public double? LongestHoldSec { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (!ShouldProcess(Namespace, Message.Of(Key.ActionRegisterLockName, Owner)))
            return;
        WriteObject(OrThrow(() => Names().Register(
            Namespace, Owner, Purpose, LongestHoldSec is { } seconds ? TimeSpan.FromSeconds(seconds) : null)));
    }
}
