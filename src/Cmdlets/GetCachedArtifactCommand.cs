using System.Collections.Generic;
using System.Linq;
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
            var pattern = new NamePattern(name ?? "*");
            List<Artifact> found = OrThrow(() => cache.List(pattern.Literal)).Where(artifact => pattern.Literal is not null || pattern.IsMatch(artifact.Name)).ToList();
            WriteObject(found, enumerateCollection: true);
            if (found.Count == 0 && pattern.Literal is not null)
                WriteError(CmdletFailures.ArtifactNotFound(pattern.Literal));
        }
    }
}
