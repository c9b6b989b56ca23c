using System;
using System.Management.Automation;

namespace ProcessDedup.Cmdlets;

/// <summary>
/// An error that only PowerShell's front has. Its parts are PowerShell's own only when it is shown, so that a test can
/// list all such errors without PowerShell.
/// </summary>
internal sealed class CmdletError
{
    private readonly Exception _exception;
    private readonly object? _target;

    public CmdletError(Exception exception, string id, ErrorCategory category, object? target, string text, string next)
    {
        _exception = exception;
        _target = target;
        Id = id;
        Category = category;
        Text = text;
        Next = next;
    }

    /// <summary>The first part of <c>FullyQualifiedErrorId</c>.</summary>
    public string Id { get; }

    public ErrorCategory Category { get; }

    public string Target => _target?.ToString() ?? string.Empty;

    /// <summary>What PowerShell shows.</summary>
    public string Text { get; }

    /// <summary>The reason alone.</summary>
    public string Cause => Text.EndsWith(Next, StringComparison.Ordinal) ? Text.Substring(0, Text.Length - Next.Length).TrimEnd() : Text;

    /// <summary><c>RecommendedAction</c>.</summary>
    public string Next { get; }

    public static implicit operator ErrorRecord(CmdletError e) => new(e._exception, e.Id, e.Category, e._target)
    {
        ErrorDetails = ShownError.Details(e.Text, e.Next),
    };
}
