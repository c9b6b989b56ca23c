using System.Management.Automation;
using ProcessDedup.Artifacts;
using ProcessDedup.Messages;

namespace ProcessDedup.Cmdlets;

/// <summary>Puts a file or directory into the local store, for Restore-CachedArtifact and Invoke-CachedBuild.</summary>
[Cmdlet(VerbsData.Save, "CachedArtifact", SupportsShouldProcess = true)]
[OutputType(typeof(Artifact))]
public sealed class SaveCachedArtifactCommand : ArtifactTransferCmdlet
{
    /// <summary>The file or directory to save; it is copied.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    [Alias("FullName", "LiteralPath")]
    [AllowEmptyString]
    public string? Path { get; set; }

    /// <summary>Replace what is there under this key.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        ArtifactCache cache = Artifacts();
        string source = OrThrow(() => FileSystemPath(Path!));
        ArtifactRequest request = Request(MakeKey()) with { Force = Force };
        if (ShouldProcess(Message.Of(Messages.Key.ActionAs, source, request.Key.Name), Message.Of(Messages.Key.ActionSaveInLocalStore)))
            Run(request, _ => cache.Save(request, source, StopToken));
    }
}
