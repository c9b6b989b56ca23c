using System;
using System.Management.Automation;
using ProcessDedup.Messages;
using ProcessDedup.Retry;

namespace ProcessDedup.Cmdlets;

/// <summary>The errors that only PowerShell's front has.</summary>
internal static class CmdletFailures
{
    public static ErrorRecord NotEntered(string name)
    {
        string next = Message.Of(Key.LockNotEnteredNext);
        string text = Message.Of(Key.LockNotEnteredCause, name) + " " + next;
        return Record(new ItemNotFoundException(text), "LockNotEntered", ErrorCategory.ObjectNotFound, name, next);
    }

    public static ErrorRecord NotCleared(string name, string reason)
    {
        string next = Message.Of(Key.LockNotClearedNext);
        string text = Message.Of(Key.LockNotClearedCause, name, reason) + " " + next;
        return Record(new InvalidOperationException(text), "LockNotCleared", ErrorCategory.WriteError, name, next);
    }

    public static ErrorRecord NoLock(object input)
    {
        string next = Message.Of(Key.LockStatusExpectedNext);
        string text = Message.Of(Key.LockStatusExpectedCause, input) + " " + next;
        return Record(new ArgumentException(text), "LockStatusExpected", ErrorCategory.InvalidArgument, input, next);
    }

    public static ErrorRecord SharedWithSlots() =>
        Contradiction(Message.Of(Key.SharedWithSlotsCause), Message.Of(Key.SharedWithSlotsNext), "Slots");

    public static ErrorRecord NoWaitWithTimeout() =>
        Contradiction(Message.Of(Key.NoWaitWithTimeoutCause), Message.Of(Key.NoWaitWithTimeoutNext), "TimeoutSec");

    public static ErrorRecord RetryRuleInvalid(ArgumentException e, string[]? rules) =>
        Record(e, "RetryRuleInvalid", ErrorCategory.InvalidArgument, rules, Message.Of(Key.RetryRuleInvalidNext), e.Message);

    public static ErrorRecord RetryExhausted(RetryExhaustedException e, ScriptBlock? block)
    {
        string next = Message.Of(Key.RetryExhaustedNext);
        return Record(e, "RetryExhausted", ErrorCategory.LimitsExceeded, block, next, e.Message + " " + next);
    }

    /// <summary>A program that a retried block has run.</summary>
    /// <param name="code">How it ended.</param>
    /// <param name="printed">What it wrote to standard error.</param>
    public static ErrorRecord ProgramFailed(int code, string printed)
    {
        string text = (Message.Of(Key.NativeCommandFailedCause, code) + " " + printed).TrimEnd();
        return Record(
            new InvalidOperationException(text), "NativeCommandFailed", ErrorCategory.FromStdErr, code, Message.Of(Key.NativeCommandFailedNext));
    }

    public static ErrorRecord OnceProgramFailed(string? key, int code)
    {
        string next = Message.Of(Key.OnceProgramFailedNext);
        string text = Message.Of(Key.OnceProgramFailedCause, key, code) + " " + next;
        return Record(new InvalidOperationException(text), "NativeCommandFailed", ErrorCategory.FromStdErr, key, next);
    }

    private static ErrorRecord Contradiction(string cause, string next, string parameter) => Record(
        new PSArgumentException(cause + " " + next), "LockParametersContradict", ErrorCategory.InvalidArgument, parameter, next);

    private static ErrorRecord Record(Exception e, string id, ErrorCategory category, object? target, string next, string? text = null) =>
        new(e, id, category, target) { ErrorDetails = new ErrorDetails(text ?? e.Message) { RecommendedAction = next } };
}
