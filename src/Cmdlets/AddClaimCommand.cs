using System;
using System.Management.Automation;
using ProcessDedup.Claims;
using ProcessDedup.Messages;
using ProcessDedup.Retry;

namespace ProcessDedup.Cmdlets;

/// <summary>
/// Claims keys, each of which is won by exactly one of all processes that ask. What a winner is given can be piped in
/// again to renew its lease, or without -LeaseSec to keep the claim for ever.
/// </summary>
[Cmdlet(VerbsCommon.Add, "Claim", SupportsShouldProcess = true)]
[OutputType(typeof(ClaimResult))]
public sealed class AddClaimCommand : ClaimCmdlet
{
    /// <summary>What the keys are keys of.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ClaimNamespaceCompleter))]
    [AllowEmptyString]
    public string Namespace { get; set; } = string.Empty;

    /// <summary>The keys; letters' case counts. Of an object its property Key.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [AllowEmptyString]
    public object[] Key { get; set; } = [];

    /// <summary>The claim lasts for so many seconds; without it until it is removed.</summary>
    [Parameter]
    [ValidateRange(0.001, LongestDurations.LeaseSec)]
    [Duration]
    public double? LeaseSec { get; set; }

    /// <summary>What the keys are claimed for; shown to those who lose.</summary>
    [Parameter]
    [AllowNull]
    [AllowEmptyString]
    public string? Reason { get; set; }

    /// <summary>
    /// Who gives the same token is the same owner, and wins again: for a question that may be asked twice. Without it each
    /// question has a random one of its own, which the winner is given.
    /// </summary>
    [Parameter]
    [AllowEmptyString]
    public string? Token { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        ClaimStore store = Store();
        foreach (object given in Key)
        {
            if (TryEach(() => ClaimKeyText.Of(Namespace, given)) is not { } key)
                continue;
            if (!ShouldProcess($"{Namespace}/{key}", Message.Of(Messages.Key.ActionAddClaim)))
                continue;
            var request = new ClaimRequest(Namespace, key)
            {
                Lease = LeaseSec is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
                Reason = Reason,
                Token = Token ?? OfClaim(nameof(ClaimResult.Token)),
            };
            if (TryEach(() => store.Add(request, StopToken)) is { } result)
                WriteObject(result);
        }
    }
}
