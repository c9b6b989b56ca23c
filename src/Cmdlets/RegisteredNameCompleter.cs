using System;
using System.Collections;
using System.Collections.Generic;
using System.IO;
using System.Management.Automation;
using System.Management.Automation.Language;
using ProcessDedup.Locks;

namespace ProcessDedup.Cmdlets;

/// <summary>Completes registered names with Tab; the tooltip tells whose they are.</summary>
public sealed class RegisteredNameCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        string prefix = (wordToComplete ?? string.Empty).Trim('\'', '"');
        var results = new List<CompletionResult>();
        foreach (RegisteredName name in Read())
        {
            if (name.Namespace.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            {
                string quoted = "'" + CodeGeneration.EscapeSingleQuotedStringContent(name.Namespace) + "'";
                string tooltip = name.Purpose is null ? name.Owner : $"{name.Owner}: {name.Purpose}";
                results.Add(new CompletionResult(quoted, name.Namespace, CompletionResultType.ParameterValue, tooltip));
            }
        }

        return results;
    }

    private static IReadOnlyList<RegisteredName> Read()
    {
        try
        {
            return NameRegistry.Of(LockRoot.Default()).All();
        }
        catch (Exception e) when (e is LockException or IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
