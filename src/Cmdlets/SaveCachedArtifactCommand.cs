using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using ProcessDedup.Artifacts;
using ProcessDedup.Messages;

namespace ProcessDedup.Cmdlets;

/// <summary>Puts a file or directory into the local store, for Restore-CachedArtifact and Invoke-CachedBuild.</summary>
[Cmdlet(VerbsData.Save, "CachedArtifact", SupportsShouldProcess = true)]
[OutputType(typeof(Artifact))]
public sealed class SaveCachedArtifactCommand : ArtifactTransferCmdlet
{
    private readonly List<(string Source, ArtifactKey Key)> _sources = [];

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
        _sources.Add((OrThrow(() => FileSystemPath(Path!)), MakeKey()));
    }

    /// <summary>Only when all have come: of several for one key none is saved.</summary>
    protected override void EndProcessing()
    {
        if (_sources.GroupBy(s => s.Key.Fingerprint).FirstOrDefault(g => g.Count() > 1) is { } several)
            ThrowTerminatingError(CmdletFailures.SeveralForKey(several.First().Key.Name, several.Count()));
        ArtifactCache cache = Artifacts();
        foreach ((string source, ArtifactKey key) in _sources)
        {
            // -InputPath says what the content depends on; without it the name is all that there is.
            ArtifactRequest request = Request(key) with { Force = Force, MustBeSame = InputPath is null };
            if (ShouldProcess(Message.Of(Messages.Key.ActionAs, source, request.Key.Name), Message.Of(Messages.Key.ActionSaveInLocalStore)))
                Run(request, _ => cache.Save(request, source, StopToken));
        }
    }
}
