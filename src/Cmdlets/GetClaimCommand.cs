using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using ProcessDedup.Claims;

namespace ProcessDedup.Cmdlets;

/// <summary>Shows who has which keys.</summary>
[Cmdlet(VerbsCommon.Get, "Claim")]
[OutputType(typeof(Claim))]
public sealed class GetClaimCommand : ClaimCmdlet
{
    /// <summary>Only of these namespaces; wildcards are allowed.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ClaimNamespaceCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string Namespace { get; set; } = "*";

    /// <summary>Only these keys; wildcards are allowed, letters' case counts.</summary>
    [Parameter(Position = 1, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ClaimKeyCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Key { get; set; } = ["*"];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        ClaimStore store = Store();
        var name = new NamePattern(Namespace);
        foreach (string text in Key)
        {
            var key = new NamePattern(text, isCaseSensitive: true);
            if (TryEach<IReadOnlyList<Claim>>(() => store.Find(name.Literal, key.Literal, StopToken)) is not { } claims)
                continue;
            List<Claim> found = claims.Where(claim => (name.Literal is not null || name.IsMatch(claim.Namespace))
                && (key.Literal is not null || key.IsMatch(claim.Key))).ToList();
            WriteObject(found, enumerateCollection: true);
            if (found.Count == 0 && key.Literal is not null)
                WriteError(CmdletFailures.ClaimNotFound(key.Literal, Namespace));
        }
    }
}
