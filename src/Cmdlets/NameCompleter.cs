using System;
using System.Collections;
using System.Collections.Generic;
using System.IO;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace ProcessDedup.Cmdlets;

/// <summary>Completes names of what is there with Tab; a tooltip tells more. What cannot be read completes nothing.</summary>
/// <remarks>Not generic: PowerShell loads every class of this assembly, with its bases, before Core can be found.</remarks>
public abstract class NameCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        string prefix = (wordToComplete ?? string.Empty).Trim('\'', '"');
        var pattern = new WildcardPattern(WildcardPattern.Escape(prefix) + "*", WildcardOptions.IgnoreCase);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var results = new List<CompletionResult>();
        try
        {
            foreach (KeyValuePair<string, Func<string>> known in Read(fakeBoundParameters ?? new Hashtable()))
            {
                if (pattern.IsMatch(known.Key) && seen.Add(known.Key))
                    results.Add(new CompletionResult(Quote(known.Key), known.Key, CompletionResultType.ParameterValue, known.Value()));
            }
        }
        catch (Exception e) when (IsExpected(e))
        {
        }

        return results;
    }

    /// <summary>The names, each with what tells more.</summary>
    private protected abstract IEnumerable<KeyValuePair<string, Func<string>>> Read();

    /// <summary>The same, in the light of the parameters that are typed already.</summary>
    private protected virtual IEnumerable<KeyValuePair<string, Func<string>>> Read(IDictionary given) => Read();

    private static bool IsExpected(Exception e) => e is DedupException or IOException or UnauthorizedAccessException;

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
