using System;
using System.Collections;
using System.Collections.Generic;
using System.Management.Automation;
using System.Management.Automation.Language;
using ProcessDedup.Retry;

namespace ProcessDedup.Cmdlets;

/// <summary>Completes the names of known sets of transient errors; the tooltip lists what is in them.</summary>
public sealed class RetryRuleCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        foreach (string name in KnownTransientErrors.Names)
        {
            if (name.StartsWith(wordToComplete ?? string.Empty, StringComparison.OrdinalIgnoreCase))
            {
                yield return new CompletionResult(
                    name, name, CompletionResultType.ParameterValue, string.Join("; ", KnownTransientErrors.Find(name)!));
            }
        }
    }
}
