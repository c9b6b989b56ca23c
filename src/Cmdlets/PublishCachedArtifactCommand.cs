using System;
using System.Management.Automation;
using ProcessDedup.Artifacts;
using ProcessDedup.Fetch;
using ProcessDedup.Messages;
using ProcessDedup.Substituters;

namespace ProcessDedup.Cmdlets;

/// <summary>Publishes artifacts of the local store to substituters; what they have already is left as it is.</summary>
[Cmdlet(VerbsData.Publish, "CachedArtifact", SupportsShouldProcess = true)]
[OutputType(typeof(PublishedArtifact))]
public sealed class PublishCachedArtifactCommand : ArtifactCmdlet
{
    /// <summary>Where to: directories or shares, http(s) addresses (WebDAV), s3://bucket/prefix?region=…</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ValidateNotNullOrEmpty]
    public string[]? To { get; set; }

    /// <summary>A PEM file with the private key (ECDSA, P-256) that signs them.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? SigningKey { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        ArtifactCache cache = Artifacts();
        ArtifactKey key = MakeKey();
        string? signingKey = SigningKey is null ? null : OrThrow(() => FileSystemPath(SigningKey));
        foreach (string to in To!)
        {
            string address = OrThrow(() => SubstituterText.Resolve(to, FileSystemPath));
            string shown = OrThrow(() => ArtifactCache.ShowSubstituter(address));
            if (ShouldProcess(Message.Of(Messages.Key.ActionTo, Key, shown), "Publish"))
                Publish(cache, key, address, signingKey);
        }
    }

    private void Publish(ArtifactCache cache, ArtifactKey key, string address, string? signingKey)
    {
        var activity = new FetchActivity();
        FetchWork done = RunAlone(
            "Publishing", key.Name, activity, _ => cache.Publish(key, address, signingKey, new SubstituterOptions(), activity, StopToken));
        switch (done.Failure)
        {
            case null:
                WriteObject(done.Result, enumerateCollection: true);
                break;
            case OperationCanceledException:
                throw new PipelineStoppedException();
            case DedupException failure:
                // The next substituter may take it.
                WriteError(DedupErrorRecords.From(failure));
                break;
            default:
                throw done.Failure;
        }
    }
}
