using System.Management.Automation;
using ProcessDedup.Claims;
using ProcessDedup.Messages;

namespace ProcessDedup.Cmdlets;

/// <summary>Gives claims up, so that the next one who asks wins the keys.</summary>
[Cmdlet(VerbsCommon.Remove, "Claim", SupportsShouldProcess = true)]
[OutputType(typeof(Claim))]
public sealed class RemoveClaimCommand : ClaimCmdlet
{
    /// <summary>The namespace.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ClaimNamespaceCompleter))]
    [AllowEmptyString]
    public string Namespace { get; set; } = string.Empty;

    /// <summary>The keys.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ClaimKeyCompleter))]
    [AllowEmptyString]
    public string[] Key { get; set; } = [];

    /// <summary>The owner's token; it comes with what Add-Claim returned to the winner.</summary>
    [Parameter]
    [AllowNull]
    [AllowEmptyString]
    public string? Token { get; set; }

    /// <summary>Take the claim away from whoever has it.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Return what was removed.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        ClaimStore store = Store();
        foreach (string key in Key)
        {
            if (ShouldProcess($"{Namespace}/{key}", Message.Of(Messages.Key.ActionRemoveClaim))
                && TryEach(() => store.Remove(Namespace, key, Token ?? OfClaim(nameof(ClaimResult.Token)), Force, StopToken)) is { } removed && PassThru)
            {
                WriteObject(removed);
            }
        }
    }
}
