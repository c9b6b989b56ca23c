using System;
using System.Collections.Generic;
using System.Management.Automation;
using ProcessDedup.Locks;

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
public sealed class InvokeWithFileLockCommand : LockTakingCmdlet
{
    // Odd names: the block sees them as variables of the scope that it runs in.
    private const string Wrapper =
        "param(${__ProcessDedup_block}, ${__ProcessDedup_arguments}) . ${__ProcessDedup_block} @__ProcessDedup_arguments";

    // SteppablePipeline.Clean came with PowerShell 7.3.
    private static readonly Action<SteppablePipeline>? Clean =
        (Action<SteppablePipeline>?)typeof(SteppablePipeline).GetMethod("Clean", [])?.CreateDelegate(typeof(Action<SteppablePipeline>));

    private IReadOnlyList<LockLease>? _leases;
    private SteppablePipeline? _pipeline;

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

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        if (!TakeOrDecide())
            return;
        _pipeline = ScriptBlock.Create(Wrapper).GetSteppablePipeline(
            MyInvocation.CommandOrigin, [ScriptBlock!, ArgumentList ?? []]);
        _pipeline.Begin(this);
    }

    /// <summary>False if the block is not to run.</summary>
    private bool TakeOrDecide()
    {
        try
        {
            _leases = Take();
            return true;
        }
        catch (LockTimeoutException e) when (OnTimeout != TimeoutAction.Error)
        {
            WriteVerbose(e.Cause + (OnTimeout == TimeoutAction.Skip ? " The block is skipped." : " The block runs without the lock."));
            return OnTimeout == TimeoutAction.Proceed;
        }
        catch (DedupException e)
        {
            ThrowTerminatingError(DedupErrorRecords.From(e));
            throw;
        }
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (MyInvocation.ExpectingInput)
            _pipeline?.Process(InputObject);
        else
            _pipeline?.Process();
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        try
        {
            _pipeline?.End();
        }
        finally
        {
            Release();
        }

        foreach (LockLease lease in _leases ?? [])
        {
            if (lease.Loss is { } loss)
                WriteError(DedupErrorRecords.From(loss));
        }
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
