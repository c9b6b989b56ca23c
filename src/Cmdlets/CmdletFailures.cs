using System;
using System.Management.Automation;
using ProcessDedup.Messages;
using ProcessDedup.Retry;

namespace ProcessDedup.Cmdlets;

/// <summary>The errors that only PowerShell's front has.</summary>
internal static class CmdletFailures
{
    public static CmdletError NotEntered(string name)
    {
        string next = Message.Of(Key.LockNotEnteredNext);
        string text = Message.Of(Key.LockNotEnteredCause, name) + " " + next;
        return new(new ItemNotFoundException(text), "LockNotEntered", ErrorCategory.ObjectNotFound, name, text, next);
    }

    /// <summary>A key that nobody has claimed.</summary>
    /// <param name="key">The key.</param>
    /// <param name="scope">The namespace, or the pattern of namespaces.</param>
    public static CmdletError ClaimNotFound(string key, string scope) =>
        NotFound("ClaimNotFound", key, Message.Of(Key.ClaimKeyNotFoundCause, key, scope), Message.Of(Key.ClaimKeyNotFoundNext));

    public static CmdletError ArtifactNotFound(string name) =>
        NotFound("ArtifactNotFound", name, Message.Of(Key.CachedArtifactNotFoundCause, name), Message.Of(Key.CachedArtifactNotFoundNext));

    public static CmdletError CacheEntryNotFound(string name) =>
        NotFound("CacheEntryNotFound", name, Message.Of(Key.CacheEntryNotFoundCause, name), Message.Of(Key.CacheEntryNotFoundNext));

    public static CmdletError LockNameNotFound(string name) =>
        NotFound("LockNameNotFound", name, Message.Of(Key.LockNameNotFoundCause, name), Message.Of(Key.LockNameNotFoundNext));

    /// <summary>Something else was piped into a cmdlet about entries of the cache.</summary>
    public static CmdletError CacheEntryExpected(object input)
    {
        string next = Message.Of(Key.CacheEntryExpectedNext);
        string text = Message.Of(Key.CacheEntryExpectedCause, input) + " " + next;
        return new(new ArgumentException(text), "CacheEntryExpected", ErrorCategory.InvalidArgument, input, text, next);
    }

    /// <summary>A part of what a block gave would come back to the others as something else.</summary>
    /// <param name="key">What is done once.</param>
    /// <param name="place">Which part, as it would be typed.</param>
    /// <param name="type">Its type.</param>
    /// <param name="depth">-Depth.</param>
    public static CmdletError OnceObjectCut(string? key, string place, string type, int depth)
    {
        string next = Message.Of(Key.OnceObjectCutNext, depth + 1);
        string text = Message.Of(Key.OnceObjectCutCause, key, place, type, depth) + " " + next;
        return new(new InvalidOperationException(text), "OnceObjectCut", ErrorCategory.InvalidResult, key, text, next);
    }

    public static CmdletError NotCleared(string name, string reason)
    {
        string next = Message.Of(Key.LockNotClearedNext);
        string text = Message.Of(Key.LockNotClearedCause, name, reason) + " " + next;
        return new(new InvalidOperationException(text), "LockNotCleared", ErrorCategory.WriteError, name, text, next);
    }

    public static CmdletError NoLock(object input)
    {
        string next = Message.Of(Key.LockStatusExpectedNext);
        string text = Message.Of(Key.LockStatusExpectedCause, input) + " " + next;
        return new(new ArgumentException(text), "LockStatusExpected", ErrorCategory.InvalidArgument, input, text, next);
    }

    public static CmdletError SharedWithSlots() =>
        Contradiction(Message.Of(Key.SharedWithSlotsCause), Message.Of(Key.SharedWithSlotsNext), "Slots");

    public static CmdletError NoWaitWithTimeout() =>
        Contradiction(Message.Of(Key.NoWaitWithTimeoutCause), Message.Of(Key.NoWaitWithTimeoutNext), "TimeoutSec");

    public static CmdletError RetryRuleInvalid(ArgumentException e, string[]? rules) => new(
        e, "RetryRuleInvalid", ErrorCategory.InvalidArgument, rules, e.Message, Message.Of(Key.RetryRuleInvalidNext));

    public static CmdletError RetryExhausted(RetryExhaustedException e, ScriptBlock? block)
    {
        string next = Message.Of(Key.RetryExhaustedNext);
        return new(e, "RetryExhausted", ErrorCategory.LimitsExceeded, block, e.Message + " " + next, next);
    }

    /// <summary>A program that a retried block has run.</summary>
    /// <param name="code">How it ended.</param>
    /// <param name="printed">What it wrote to standard error.</param>
    public static CmdletError ProgramFailed(int code, string printed)
    {
        string text = (Message.Of(Key.NativeCommandFailedCause, code) + " " + printed).TrimEnd();
        return new(
            new InvalidOperationException(text), "NativeCommandFailed", ErrorCategory.FromStdErr, code, text,
            Message.Of(Key.NativeCommandFailedNext));
    }

    /// <summary>A program that a block of Invoke-Once has run.</summary>
    /// <param name="key">What is done once.</param>
    /// <param name="code">How it ended.</param>
    /// <param name="printed">The last lines that were printed.</param>
    public static CmdletError OnceProgramFailed(string? key, int code, string printed)
    {
        string next = Message.Of(Key.OnceProgramFailedNext);
        string cause = Message.Of(Key.OnceProgramFailedCause, key, code);
        string text = (printed.Length == 0 ? cause : Message.Of(Key.ReasonItHadPrinted, cause, printed)) + " " + next;
        return new(new InvalidOperationException(text), "NativeCommandFailed", ErrorCategory.FromStdErr, key, text, next);
    }

    /// <summary>A block was left by break, continue or exit.</summary>
    public static CmdletError BlockLeft(object? target, Exception how)
    {
        string next = Message.Of(Key.BlockLeftNext);
        string text = Message.Of(Key.BlockLeftCause) + " " + next;
        return new(new InvalidOperationException(text, how), "BlockLeft", ErrorCategory.InvalidOperation, target, text, next);
    }

    /// <summary>Several things for one key: the last would replace the others, or the first keep them out.</summary>
    public static CmdletError SeveralForKey(string key, int count)
    {
        string next = Message.Of(Key.ArtifactSeveralNext);
        string text = Message.Of(Key.ArtifactSeveralCause, count, key) + " " + next;
        return new(new ArgumentException(text), "ArtifactKeyNotUnique", ErrorCategory.InvalidArgument, key, text, next);
    }

    public static CmdletError FileExists(string path)
    {
        string next = Message.Of(Key.FileExistsNext);
        string text = Message.Of(Key.FileExistsCause, path) + " " + next;
        return new(new System.IO.IOException(text), "FileExists", ErrorCategory.ResourceExists, path, text, next);
    }

    public static CmdletError FileIsReadOnly(string path)
    {
        string next = Message.Of(Key.FileIsReadOnlyNext);
        string text = Message.Of(Key.FileIsReadOnlyCause, path) + " " + next;
        return new(new UnauthorizedAccessException(text), "FileIsReadOnly", ErrorCategory.PermissionDenied, path, text, next);
    }

    /// <summary>A worker thread ended with what no error of Core is.</summary>
    public static CmdletError FetchUnexpected(Exception e, string address) =>
        new(e, "FetchFailed", ErrorCategory.InvalidResult, address, e.Message, Message.Of(Key.FetchUnexpectedNext));

    private static CmdletError NotFound(string id, string name, string cause, string next) => new(
        new ItemNotFoundException(cause + " " + next), id, ErrorCategory.ObjectNotFound, name, cause + " " + next, next);

    private static CmdletError Contradiction(string cause, string next, string parameter) => new(
        new PSArgumentException(cause + " " + next), "LockParametersContradict", ErrorCategory.InvalidArgument, parameter,
        cause + " " + next, next);
}
