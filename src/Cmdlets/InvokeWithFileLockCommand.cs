using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Management.Automation;
using ProcessDedup.Locks;
using ProcessDedup.Messages;

namespace ProcessDedup.Cmdlets;

/// <summary>Runs a script block while holding locks.</summary>
/// <remarks>
/// The block is dot-sourced in the caller's scope through a steppable pipeline bound to this cmdlet, so its output
/// streams, its variables stay, and its errors are this cmdlet's. The locks are taken before the block begins and
/// released after it ended, or in <see cref="Dispose(bool)"/>, which is all that runs when something downstream
/// stops the pipeline.
/// </remarks>
[Cmdlet(VerbsLifecycle.Invoke, "WithFileLock", DefaultParameterSetName = ByName)]
[OutputType(typeof(object))]
[OutputType(typeof(LockedBlockResult))]
public sealed class InvokeWithFileLockCommand : LockTakingCmdlet
{
    // Odd names: the block sees them as variables of the scope that it runs in.
    private const string Wrapper =
        "param(${__ProcessDedup_block}, ${__ProcessDedup_arguments}) . ${__ProcessDedup_block} @__ProcessDedup_arguments";

    private const string CollectingWrapper =
        "param(${__ProcessDedup_block}, ${__ProcessDedup_arguments}, ${__ProcessDedup_reader}, ${__ProcessDedup_commands}) "
        + ". ${__ProcessDedup_block} @__ProcessDedup_arguments | & ${__ProcessDedup_commands}[0] -Reader ${__ProcessDedup_reader}";

    // SteppablePipeline.Clean came with PowerShell 7.3.
    private static readonly Action<SteppablePipeline>? Clean =
        (Action<SteppablePipeline>?)typeof(SteppablePipeline).GetMethod("Clean", [])?.CreateDelegate(typeof(Action<SteppablePipeline>));

    private IReadOnlyList<LockLease>? _leases;
    private LossWatch? _lossWatch;
    private SteppablePipeline? _pipeline;
    private ConstrainedBlock? _constrained;
    private readonly HeldOutput _collected = new();
    private readonly Stopwatch _waiting = Stopwatch.StartNew();
    private string _outcome = "Ran";

    /// <inheritdoc/>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = ByName)]
    [ArgumentCompleter(typeof(LockNameCompleter))]
    [AllowEmptyString]
    [ValidateNotNull]
    public override string[]? Name { get; set; }

    /// <inheritdoc/>
    [Parameter(Mandatory = true, ParameterSetName = ByPath)]
    [Alias("LP")]
    [AllowEmptyString]
    [ValidateNotNull]
    public override string[]? LiteralPath { get; set; }

    /// <summary>What to run. With pipeline input it sees all of it under one hold of the lock.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ValidateNotNull]
    public ScriptBlock? ScriptBlock { get; set; }

    /// <summary>Arguments of the block.</summary>
    [Parameter]
    [Alias("Args")]
    public object[]? ArgumentList { get; set; }

    /// <summary>Pipeline input of the block.</summary>
    [Parameter(ValueFromPipeline = true)]
    public object? InputObject { get; set; }

    /// <summary>What to do when the locks are not granted in time.</summary>
    [Parameter]
    public TimeoutAction OnTimeout { get; set; }

    /// <summary>
    /// The name of a variable, without the dollar sign, that is given the lease (several for several names) before the block begins: its
    /// Lost is cancelled when the lock is lost, its Fence is the fencing number of a fleet's lock, its Progress is shown to those who wait.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? LeaseVariable { get; set; }

    /// <summary>Return an object with Name, Outcome (Ran, RanWithoutLock or Skipped), WaitedSec and Value instead of the output.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        if (!TakeOrDecide())
            return;
        _lossWatch = new LossWatch(this, _leases ?? []);
        if (LeaseVariable is not null)
            SessionState.PSVariable.Set(LeaseVariable, _leases is { Count: 1 } ? _leases[0] : _leases);
        if (SessionState.LanguageMode != PSLanguageMode.FullLanguage)
        {
            _constrained = new ConstrainedBlock(this, ScriptBlock!, ArgumentList ?? [], PassThru ? _collected.Output : WriteObject);
            return;
        }

        _pipeline = PassThru
            ? ScriptBlock.Create(CollectingWrapper).GetSteppablePipeline(
                MyInvocation.CommandOrigin, [ScriptBlock!, ArgumentList ?? [], _collected, BlockCommands.All()])
            : ScriptBlock.Create(Wrapper).GetSteppablePipeline(MyInvocation.CommandOrigin, [ScriptBlock!, ArgumentList ?? []]);
        InBlock(() => _pipeline.Begin(this));
    }

    /// <summary>Runs a part of the block: break and continue must not leave a loop of the caller as if all was done.</summary>
    private void InBlock(Action part)
    {
        try
        {
            part();
        }
        catch (Exception e) when (BlockLeftException.IsLoopExit(e))
        {
            Release();
            BlockErrors.Throw(this, CmdletFailures.BlockLeft(ScriptBlock, e));
        }
    }

    /// <summary>False if the block is not to run.</summary>
    private bool TakeOrDecide()
    {
        _waiting.Restart();
        try
        {
            _leases = Take();
            return true;
        }
        catch (LockTimeoutException e) when (OnTimeout != TimeoutAction.Error)
        {
            WriteVerbose(e.Cause + (OnTimeout == TimeoutAction.Skip
                ? Message.Of(Key.VerboseBlockIsSkipped) : Message.Of(Key.VerboseBlockRunsWithoutLock)));
            _outcome = OnTimeout == TimeoutAction.Skip ? "Skipped" : "RanWithoutLock";
            return OnTimeout == TimeoutAction.Proceed;
        }
        catch (DedupException e)
        {
            Fail(e);
            throw;
        }
        finally
        {
            _waiting.Stop();
        }
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (!MyInvocation.ExpectingInput)
        {
            InBlock(() => _pipeline?.Process());
            return;
        }

        // Between two inputs the block can be stopped.
        ThrowIfLost();
        _constrained?.Add(InputObject);
        InBlock(() => _pipeline?.Process(InputObject));
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        try
        {
            InBlock(() =>
            {
                _constrained?.Run();
                _pipeline?.End();
            });
        }
        catch (Exception e) when (e is not PipelineStoppedException)
        {
            Release();
            // Not as an error, which where errors stop the script would take the place of the block's own.
            foreach (LockLease lease in _leases ?? [])
            {
                if (lease.Loss is { } loss && !_lossWatch!.HasTold(lease))
                    WriteWarning(loss.Message);
            }

            throw;
        }

        Release();
        ThrowIfLost();
        if (PassThru)
            WriteObject(new LockedBlockResult(Name ?? LiteralPath ?? [], _outcome, _waiting.Elapsed.TotalSeconds, _collected.Objects));
    }

    private IEnumerable<LockException> Losses() => (_leases ?? []).Select(lease => lease.Loss).OfType<LockException>();

    private void ThrowIfLost()
    {
        if (Losses().FirstOrDefault() is { } loss)
            Fail(loss);
    }

    private void Release()
    {
        try
        {
            SteppablePipeline? pipeline = _pipeline;
            // First: should the clean block throw, Dispose must not run it again.
            _pipeline = null;
            if (pipeline is not null)
            {
                using (pipeline)
                {
                    // The clean block of the user's block still needs the lock. It runs by itself only if the
                    // pipeline was ended from within.
                    Clean?.Invoke(pipeline);
                }
            }
        }
        finally
        {
            _lossWatch?.Dispose();
            foreach (LockLease lease in _leases ?? [])
                lease.Dispose();
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            Release();
        base.Dispose(disposing);
    }
}
