using System;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using ProcessDedup.Artifacts;
using ProcessDedup.Fetch;
using ProcessDedup.Messages;
using ProcessDedup.Retry;

namespace ProcessDedup.Cmdlets;

/// <summary>What every cmdlet has that gets an artifact, and perhaps waits for another process to get it.</summary>
public abstract class ArtifactTransferCmdlet : ArtifactCmdlet
{
    /// <summary>
    /// Where a copy is to be put. A tree needs a path that does not exist; a directory that exists gets a file under its own
    /// name. Without it the path in the store is given, which nobody may write to.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Destination { get; set; }

    /// <summary>
    /// The copy may be hard links into the store, as nobody will write to it. Their files have the times of the store: for
    /// programs that compare times, such as make, leave it out.
    /// </summary>
    [Parameter]
    public SwitchParameter ReadOnly { get; set; }

    /// <summary>Do not compare the copy with the digests of what came into the store.</summary>
    [Parameter]
    public SwitchParameter SkipVerification { get; set; }

    /// <summary>
    /// Keep links that are absolute or lead out of the tree (/usr/bin/python3 in a virtual environment, the links of npm
    /// workspaces), as they are; without it a tree with such links is refused. Not on Windows.
    /// </summary>
    [Parameter]
    public SwitchParameter AllowOutwardLinks { get; set; }

    /// <summary>
    /// Keep extended attributes (user.*, file capabilities, access lists) of what is built or saved, and give them to the copy at
    /// -Destination; without it they are dropped, which is said. Linux only.
    /// </summary>
    [Parameter]
    [Alias("Xattrs")]
    public SwitchParameter KeepExtendedAttributes { get; set; }

    /// <summary>
    /// Longest time in seconds, waiting for other processes and transfers included; 0 is for ever. A build that has begun is
    /// not cut short.
    /// </summary>
    [Parameter]
    [ValidateRange(0, LongestDurations.WorkSec)]
    [Duration]
    public double TimeoutSec { get; set; }

    /// <summary>Fail at once where another process is at it.</summary>
    [Parameter]
    public SwitchParameter NoWait { get; set; }

    /// <summary>What to do when another process is at it and takes too long.</summary>
    [Parameter]
    public FetchTimeoutAction OnTimeout { get; set; }

    /// <summary>
    /// Do not wait any longer for a process that neither prints nor makes anything for so many seconds, but do its work;
    /// 0 waits for it all the same.
    /// </summary>
    [Parameter]
    [ValidateRange(0, LongestDurations.WorkSec)]
    [Duration]
    public double StallTimeoutSec { get; set; }

    /// <summary>Use locks on NFS, SMB, 9P or FUSE all the same; what is done twice then does no harm.</summary>
    [Parameter]
    public SwitchParameter AllowNetworkFileSystem { get; set; }

    private protected ArtifactRequest Request(ArtifactKey key) => OrThrow(() => new ArtifactRequest(key)
    {
        Timeout = TimeSpan.FromSeconds(TimeoutSec),
        NoWait = NoWait,
        ProceedOnTimeout = OnTimeout == FetchTimeoutAction.Proceed,
        StallTimeout = TimeSpan.FromSeconds(StallTimeoutSec),
        Destination = Destination is null ? null : FileSystemPath(Destination),
        ReadOnly = ReadOnly,
        SkipVerification = SkipVerification,
        AllowOutwardLinks = AllowOutwardLinks,
        KeepExtendedAttributes = KeepExtendedAttributes,
        AllowNetworkFileSystem = AllowNetworkFileSystem,
        Flow = Runspace.DefaultRunspace?.InstanceId,
    });

    /// <summary>Has it done by a thread of its own, while the pipeline's thread shows how far it is.</summary>
    private protected void Run(ArtifactRequest request, Func<FetchCrew, Artifact> get)
    {
        FetchWork done = RunAlone("Getting", request.Key.Name, request.Activity, get);
        if (done.Failure is { } failure)
        {
            Fail(failure);
            return;
        }

        var artifact = (Artifact)done.Result!;
        WriteVerbose(Message.Of(Messages.Key.VerboseStatus, artifact.Name, artifact.Status, artifact.Reason));
        WriteObject(artifact);
    }

    private protected virtual void Fail(Exception failure)
    {
        if (failure is OperationCanceledException)
            throw new PipelineStoppedException();
        if (failure is FetchException { Error: FetchError.ProducerFailed } failed)
            BlockErrors.ThrowFromBlock(this, failed);
        OrThrow<object>(() => throw failure);
    }
}
