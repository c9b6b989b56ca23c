using System;
using System.Management.Automation;
using ProcessDedup.Artifacts;
using ProcessDedup.Fetch;
using ProcessDedup.Messages;

namespace ProcessDedup.Cmdlets;

/// <summary>Gets an artifact from the local store or a substituter; that nobody has it is an error that does not end the script.</summary>
[Cmdlet(VerbsData.Restore, "CachedArtifact", SupportsShouldProcess = true)]
[OutputType(typeof(Artifact))]
public sealed class RestoreCachedArtifactCommand : SubstitutingCmdlet
{
    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        ArtifactCache cache = Artifacts();
        ArtifactRequest request = SubstitutingRequest(MakeKey());
        if (ShouldProcess(request.Key.Name, Message.Of(Messages.Key.ActionRestore)))
            Run(request, _ => cache.Restore(request, StopToken));
    }

    private protected override void Fail(Exception failure)
    {
        if (failure is FetchException { Error: FetchError.ArtifactNotFound } missing)
            WriteError(DedupErrorRecords.From(missing));
        else
            base.Fail(failure);
    }
}
