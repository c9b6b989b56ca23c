using System.Management.Automation;
using ProcessDedup.Artifacts;
using ProcessDedup.Locks;

namespace ProcessDedup.Cmdlets;

/// <summary>Shows the artifacts in the local store, the last used first.</summary>
[Cmdlet(VerbsCommon.Get, "CachedArtifact")]
[OutputType(typeof(Artifact))]
public sealed class GetCachedArtifactCommand : FetchCmdlet
{
    /// <summary>Names, wildcards allowed; or fingerprints, or how they begin.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Key")]
    [ArgumentCompleter(typeof(ArtifactNameCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[]? Name { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        ArtifactCache cache = OrThrow(() => ArtifactCache.Open(LockRoot.Default()));
        foreach (string? name in Name ?? [null!])
        {
            foreach (Artifact artifact in OrThrow(() => cache.List(name)))
                WriteObject(artifact);
        }
    }
}
