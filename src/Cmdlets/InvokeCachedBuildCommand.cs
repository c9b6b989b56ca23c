using System.Management.Automation;
using ProcessDedup.Artifacts;

namespace ProcessDedup.Cmdlets;

/// <summary>
/// Gets what a block builds: from the local store, from a substituter, or, in one of many processes, by running the block.
/// </summary>
[Cmdlet(VerbsLifecycle.Invoke, "CachedBuild")]
[OutputType(typeof(Artifact))]
public sealed class InvokeCachedBuildCommand : SubstitutingCmdlet
{
    /// <summary>
    /// Fills the directory whose path is its first argument. Its text is a part of the key. If it throws, if a cmdlet in it
    /// fails, or if its last program ends with another exit code than 0, nothing is published.
    /// </summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ValidateNotNull]
    public ScriptBlock? ScriptBlock { get; set; }

    /// <summary>More arguments of the block, which are a part of the key: texts, numbers, lists and hashtables of them.</summary>
    [Parameter]
    [Alias("Args")]
    public object[]? ArgumentList { get; set; }

    /// <summary>Build even if it is there.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        ArtifactCache cache = Artifacts();
        ArtifactRequest request = SubstitutingRequest(MakeKey(ScriptBlock!.ToString(), ArgumentList));
        request.Force = Force;
        Run(request, crew => cache.Build(
            request,
            place => crew.OnPipeline(() =>
            {
                var block = new ProducerBlock(this, ScriptBlock!, ArgumentList ?? [], () => place.Printed());
                block.Fill(request.Key.Name, place.Directory);
            }),
            StopToken));
    }
}
