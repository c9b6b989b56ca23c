using System;
using System.Management.Automation;

namespace ProcessDedup.Cmdlets;

/// <summary>What PowerShell prints of an error: its cause, and the next step once.</summary>
internal static class ShownError
{
    // PowerShell 7.5 prints RecommendedAction below the message (PowerShell#20826); 7.4 does not print it at all.
    private static readonly bool NextStepIsPrinted = typeof(PSObject).Assembly.GetName().Version >= new Version(7, 5);

    /// <param name="text">The message; its end may be the next step.</param>
    /// <param name="next">The next step.</param>
    public static ErrorDetails Details(string text, string? next)
    {
        bool isInText = next is { Length: > 0 } && text.EndsWith(next, StringComparison.Ordinal);
        string cause = isInText ? text.Substring(0, text.Length - next!.Length).TrimEnd() : text;
        // A text must not be empty, which would stand for the exception's own.
        return new ErrorDetails(NextStepIsPrinted && cause.Length > 0 ? cause : text) { RecommendedAction = next };
    }
}
