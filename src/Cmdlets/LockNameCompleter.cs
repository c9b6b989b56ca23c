using System;
using System.Collections;
using System.Collections.Generic;
using System.IO;
using System.Management.Automation;
using System.Management.Automation.Language;
using ProcessDedup.Locks;

namespace ProcessDedup.Cmdlets;

/// <summary>Completes lock names with Tab; the tooltip tells who holds the lock.</summary>
public sealed class LockNameCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        string prefix = (wordToComplete ?? string.Empty).Trim('\'', '"');
        var pattern = new WildcardPattern(WildcardPattern.Escape(prefix) + "*", WildcardOptions.IgnoreCase);
        var results = new List<CompletionResult>();
        foreach (LockStatus status in Read())
        {
            if (pattern.IsMatch(status.Name))
                results.Add(new CompletionResult(Quote(status.Name), status.Name, CompletionResultType.ParameterValue, Tooltip(status)));
        }

        return results;
    }

    private static IReadOnlyList<LockStatus> Read()
    {
        try
        {
            return LockInspector.InspectAll(LockRoot.Default());
        }
        catch (Exception e) when (e is LockException or IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static string Tooltip(LockStatus status) =>
        status.Holders.Count == 0
            ? "free"
            : "held by " + status.Holders[0].Describe()
                + (status.Waiters.Count == 0 ? string.Empty : $"; {status.Waiters.Count} waiting");

    private static string Quote(string name)
    {
        foreach (char c in name)
        {
            if (!char.IsLetterOrDigit(c) && c is not ('-' or '_' or '.'))
                return "'" + CodeGeneration.EscapeSingleQuotedStringContent(name) + "'";
        }

        return name;
    }
}
