using System;
using System.Diagnostics;
using System.Management.Automation;
using ProcessDedup.Locks;
using ProcessDedup.Messages;
using ProcessDedup.Retry;

namespace ProcessDedup.Cmdlets;

/// <summary>Runs a script block again when it fails with an error that is known to pass.</summary>
/// <remarks>
/// Output, errors, warnings and information of an attempt are kept back and written, in their order, if it succeeds or is
/// the last one: an attempt that another one follows leaves a verbose line and nothing else. Verbose and debug lines of the
/// block come as they are made.
/// </remarks>
[Cmdlet(VerbsLifecycle.Invoke, "WithRetry")]
[OutputType(typeof(object))]
public sealed class InvokeWithRetryCommand : CancellableCmdlet
{
    private readonly Random _random = new();
    private ErrorListMark? _errorList;

    /// <summary>What to run.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNull]
    public ScriptBlock? ScriptBlock { get; set; }

    /// <summary>Arguments of the block.</summary>
    [Parameter]
    [Alias("Args")]
    public object[]? ArgumentList { get; set; }

    /// <summary>
    /// Which errors are worth another attempt: parts of the message, names of exception types, error ids, or the name of
    /// a known set such as NativeLibraryRace. Without it, every error is.
    /// </summary>
    [Parameter]
    [ArgumentCompleter(typeof(RetryRuleCompleter))]
    [ValidateNotNullOrEmpty]
    public string[]? RetryOn { get; set; }

    /// <summary>Most attempts, the first included.</summary>
    [Parameter]
    [ValidateRange(1, 1000000)]
    public int MaxAttempts { get; set; } = 5;

    /// <summary>Longest wait after the first attempt, in milliseconds; it doubles with every attempt.</summary>
    [Parameter]
    [ValidateRange(0.0, LongestDurations.DelayMs)]
    [Duration(DurationAttribute.Ms)]
    public double InitialDelayMs { get; set; } = 100;

    /// <summary>Longest wait between two attempts, in milliseconds.</summary>
    [Parameter]
    [ValidateRange(0.0, LongestDurations.DelayMs)]
    [Duration(DurationAttribute.Ms)]
    public double MaxDelayMs { get; set; } = 10000;

    /// <summary>No attempt begins after so many seconds; 0 means no such limit.</summary>
    [Parameter]
    [ValidateRange(0.0, LongestDurations.WaitSec)]
    [Duration]
    public double TimeoutSec { get; set; }

    /// <summary>A native program of the block that ends with another exit code than 0 fails the attempt.</summary>
    [Parameter]
    public SwitchParameter CheckExitCode { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        RetryRules rules = Rules();
        var schedule = new RetrySchedule(
            new Backoff(TimeSpan.FromMilliseconds(InitialDelayMs), TimeSpan.FromMilliseconds(MaxDelayMs)),
            MaxAttempts,
            Deadline.After(TimeSpan.FromSeconds(TimeoutSec)),
            _random.NextDouble);
        var clock = Stopwatch.StartNew();
        while (Attempt() is { } failure)
        {
            if (!rules.Allow(failure.Record.Exception, failure.Record.FullyQualifiedErrorId, failure.Text))
            {
                failure.Held.WriteTo(this);
                BlockErrors.Throw(this, failure.Record);
            }

            if (schedule.Next() is not { } wait)
            {
                failure.Held.WriteTo(this);
                BlockErrors.Throw(this, GivenUp(failure.Record, schedule.Attempt, clock.Elapsed), failure.Record);
                return;
            }

            _errorList!.Restore();
            WriteVerbose(Message.Of(Key.VerboseAttemptOfFailedNextOneIn, schedule.Attempt - 1, MaxAttempts, failure.Text, Durations.Describe(wait)));
            if (StopToken.WaitHandle.WaitOne(wait))
                throw new PipelineStoppedException();
        }
    }

    private RetryRules Rules()
    {
        try
        {
            return new RetryRules(RetryOn);
        }
        catch (ArgumentException e)
        {
            ThrowTerminatingError(CmdletFailures.RetryRuleInvalid(e, RetryOn));
            throw;
        }
    }

    /// <summary>One attempt; null if it succeeded, and then its output is written.</summary>
    private Failure? Attempt()
    {
        var held = new HeldOutput();
        _errorList = new ErrorListMark(this);
        using LastExitCode? exitCode = CheckExitCode ? new LastExitCode(this) : null;
        try
        {
            if (new BlockRun(this, ScriptBlock!, ArgumentList).Run(held) is { } error)
                return new Failure(error, error.Exception.Message, held);
        }
        catch (BlockLeftException e)
        {
            held.WriteTo(this);
            if (e.IsExit)
                e.GoOn();
            BlockErrors.Throw(this, CmdletFailures.BlockLeft(ScriptBlock, e));
        }
        finally
        {
            exitCode?.Keep();
        }

        if (exitCode?.Value is { } code and not 0)
        {
            ErrorRecord record = CmdletFailures.ProgramFailed(code, string.Join(" ", held.StandardErrorLines));
            return new Failure(record, record.Exception.Message, held);
        }

        held.WriteTo(this);
        return null;
    }

    private ErrorRecord GivenUp(ErrorRecord last, int attempts, TimeSpan elapsed) =>
        CmdletFailures.RetryExhausted(new RetryExhaustedException(attempts, elapsed, last.Exception), ScriptBlock);

    private sealed class Failure(ErrorRecord record, string text, HeldOutput held)
    {
        public ErrorRecord Record { get; } = record;

        public string Text { get; } = text;

        public HeldOutput Held { get; } = held;
    }
}
