using System.Collections.Generic;
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
    [ArgumentCompleter(typeof(RegisteredNameCompleter))]
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
        string? name = Exact(Namespace);
        var namePattern = new WildcardPattern(Namespace, WildcardOptions.IgnoreCase);
        foreach (string key in Key)
        {
            string? exact = Exact(key);
            var pattern = new WildcardPattern(key);
            foreach (Claim claim in TryEach<IReadOnlyList<Claim>>(() => store.Find(name, exact, StopToken)) ?? [])
            {
                if ((name is not null || namePattern.IsMatch(claim.Namespace)) && (exact is not null || pattern.IsMatch(claim.Key)))
                    WriteObject(claim);
            }
        }
    }

    private static string? Exact(string text) => WildcardPattern.ContainsWildcardCharacters(text) ? null : text;
}
