using System;
using System.Collections.Generic;
using System.Management.Automation;
using ProcessDedup.Artifacts;
using ProcessDedup.Fetch;
using ProcessDedup.Messages;

namespace ProcessDedup.Cmdlets;

/// <summary>
/// Gets files, archives and repositories from a cache that processes share: of many that want the same thing at the same
/// moment one fetches it, the others wait and reuse it.
/// </summary>
[Cmdlet(VerbsCommon.Get, "CachedFetch", DefaultParameterSetName = ByUri, SupportsShouldProcess = true)]
[OutputType(typeof(FetchResult))]
public sealed class GetCachedFetchCommand : CachedFetchParameters
{
    private FetchCache? _cache;
    private FetchCrew? _crew;
    private FetchDisplay? _display;
    private Coordination.Coordinator? _fleet;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        _cache = Cache();
        _crew = NewCrew(ParameterSetName == ByScript ? 1 : ThrottleLimit);
        _display = new FetchDisplay(this);
        _fleet = OrThrow(OpenFleet);
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName == ByScript)
        {
            IReadOnlyList<string> inputs = InputPath is null ? []
                : OrThrow(() => ArtifactInputs.Find(FileSystemPath("."), InputPatterns(InputPath)));
            FetchRequest request = OrThrow(() => Request(Key ?? string.Empty, _fleet));
            if (!ShouldProcess(request.Address, Message.Of(Messages.Key.ActionBuild)))
                return;
            var block = new ProducerBlock(this, ScriptBlock!, ArgumentList ?? []);
            FetchCrew crew = _crew!;
            Add(request, () => _cache!.Produce(
                request, inputs, directory => crew.OnPipeline(() => block.Fill(request.Address, directory)), StopToken));
            return;
        }

        foreach (string uri in Uri ?? [])
        {
            // A line of a file may be empty or a comment.
            if (MyInvocation.ExpectingInput && (string.IsNullOrWhiteSpace(uri) || uri[0] == '#'))
                continue;
            FetchRequest request = OrThrow(() => Request(uri, _fleet));
            if (!ShouldProcess(FetchFailures.Public(request.Address), Message.Of(Messages.Key.ActionFetch)))
                continue;
            Add(request, () => _cache!.Get(request, StopToken));
            // One after the other: the result belongs to what the pipeline is at.
            if (ThrottleLimit == 1)
                _crew!.WaitForAll(_display!, Emit);
        }

        Emit();
        _crew!.Show(_display!);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (!disposing)
            return;
        _display?.Dispose();
        // After the threads that use it.
        _fleet?.Dispose();
    }

    private void Add(FetchRequest request, Func<object> run) => _crew!.Add(new FetchWork(request.Address, request.Activity, run));

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        _crew!.Finish(_display!, Emit);
    }

    private void Emit()
    {
        while (_crew!.TryTakeFinished(out FetchWork? work))
        {
            if (work!.Result is FetchResult result)
            {
                WriteVerbose(Message.Of(Messages.Key.VerboseStatus, result.Uri, result.Status, result.Reason));
                WriteObject(result);
            }
            else
            {
                Tell(work!.Failure!, work.Address);
            }
        }
    }

    private void Tell(Exception failure, string address)
    {
        switch (failure)
        {
            case OperationCanceledException:
                throw new PipelineStoppedException();
            case FetchException { Error: FetchError.ProducerFailed } failed when ParameterSetName == ByScript:
                BlockErrors.ThrowFromBlock(this, failed);
                break;
            case DedupException known when ParameterSetName == ByScript:
                ThrowTerminatingError(DedupErrorRecords.From(known));
                break;
            case DedupException known:
                WriteError(DedupErrorRecords.From(known));
                break;
            default:
                WriteError(CmdletFailures.FetchUnexpected(failure, address));
                break;
        }
    }
}
