using System;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using ProcessDedup.Fetch;
using ProcessDedup.Messages;
using ProcessDedup.Once;
using ProcessDedup.Retry;

namespace ProcessDedup.Cmdlets;

/// <summary>
/// Runs a block in one of many processes; all that ask at the same time get its output, or its failure.
/// </summary>
[Cmdlet(VerbsLifecycle.Invoke, "Once", SupportsShouldProcess = true)]
[OutputType(typeof(object))]
public sealed class InvokeOnceCommand : FetchCmdlet
{
    private OnceReader? _own;
    private ErrorRecord? _ownFailure;

    /// <summary>Run the block even if its result is there. The others get the new result.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>What is done; who gives the same key shares the result.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [AllowEmptyString]
    public string? Key { get; set; }

    /// <summary>What to run.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ValidateNotNull]
    public ScriptBlock? ScriptBlock { get; set; }

    /// <summary>Arguments of the block.</summary>
    [Parameter]
    [Alias("Args")]
    public object[]? ArgumentList { get; set; }

    /// <summary>
    /// How many seconds old a result may be; 0 shares it only with those who ask at the same time. Without it a result is
    /// right for ever.
    /// </summary>
    [Parameter]
    [ValidateRange(0, LongestDurations.WorkSec)]
    [Duration]
    public double TtlSec { get; set; }

    /// <summary>Longest wait in seconds for the one that runs it; 0 waits for ever.</summary>
    [Parameter]
    [ValidateRange(0, LongestDurations.WorkSec)]
    [Duration]
    public double TimeoutSec { get; set; }

    /// <summary>Fail at once where another process is running it.</summary>
    [Parameter]
    public SwitchParameter NoWait { get; set; }

    /// <summary>How deep objects are kept, as with Export-Clixml. Data that is deeper fails the block.</summary>
    [Parameter]
    [ValidateRange(1, 100)]
    public int Depth { get; set; } = 2;

    /// <summary>
    /// The PostgreSQL server of a fleet, as 'Host=db;Database=agents;Username=ci'; without it that of PROCESSDEDUP_COORDINATOR,
    /// and without that this machine alone.
    /// </summary>
    [Parameter]
    [AllowEmptyString]
    public string? Coordinator { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        // A block that has changed nothing must not pass for done.
        if (!ShouldProcess(Key, Message.Of(Messages.Key.ActionRunOnce)))
            return;
        FetchCache cache = Cache();
        using Coordination.Coordinator? fleet = OrThrow(() => FleetCoordinator.Open(Coordinator));
        var request = new FetchRequest(Key ?? string.Empty)
        {
            MaxAge = Force ? TimeSpan.Zero : MyInvocation.BoundParameters.ContainsKey(nameof(TtlSec)) ? TimeSpan.FromSeconds(TtlSec) : null,
            Timeout = TimeSpan.FromSeconds(TimeoutSec),
            NoWait = NoWait,
            Coordinator = fleet,
            Flow = Runspace.DefaultRunspace?.InstanceId,
        };
        Show(RunAlone("Running", request.Address, request.Activity, crew => cache.RunOnce(
            request,
            "objects",
            (directory, _) =>
            {
                bool wentWell = false;
                crew.OnPipeline(() => wentWell = Run(directory));
                return wentWell;
            },
            StopToken)));
    }

    private bool Run(string directory)
    {
        _own = new OnceReader(this);
        // Those who only wait for it do not see its programs' exit codes either.
        using var exitCode = new LastExitCode(this);
        try
        {
            if (new BlockRun(this, ScriptBlock!, ArgumentList).Run(_own) is { } failure)
                return Failed(directory, failure);
            if (exitCode.Value is not 0 and int code)
                return Failed(directory, CmdletFailures.OnceProgramFailed(Key, code, _own.Printed.ToString()));
        }
        catch (BlockLeftException e)
        {
            return Failed(directory, CmdletFailures.BlockLeft(Key, e));
        }

        return OnceResultFiles.WriteOutput(directory, _own.Objects, Depth) is not { } cut
            || Failed(directory, CmdletFailures.OnceObjectCut(Key, "$result" + cut.Place, cut.Type, Depth));
    }

    // What failed must not pass for done, for ever and for everybody.
    private bool Failed(string directory, ErrorRecord failure)
    {
        _ownFailure = failure;
        OnceResultFiles.WriteFailure(directory, failure, _own!.Printed.ToString());
        return false;
    }

    private void Show(FetchWork done)
    {
        if (done.Failure is { } failure)
        {
            if (failure is OperationCanceledException)
                throw new PipelineStoppedException();
            OrThrow<object>(() => throw failure);
        }

        var shared = (SharedResult)done.Result!;
        WriteVerbose(Message.Of(Messages.Key.VerboseStatus, Key, shared.Result.Status, shared.Result.Reason));
        if (_ownFailure is not null)
        {
            // As the same lines would have: what they gave before they failed.
            foreach (PSObject? item in _own!.Objects)
                WriteObject(item);
            BlockErrors.Throw(this, _ownFailure);
        }

        if (!shared.WentWell)
            BlockErrors.Throw(this, OnceResultFiles.ReadFailure(
                shared.Result.Path, shared.Result.Leader ?? Message.Of(Messages.Key.ReasonAnotherProcess)));
        // Also where it ran: all get equal objects, whoever did it.
        foreach (object? item in OnceResultFiles.ReadOutput(shared.Result.Path))
            WriteObject(item);
    }
}
