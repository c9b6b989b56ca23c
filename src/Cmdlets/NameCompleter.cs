using System;
using System.Collections;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Reflection;

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
        bool isPattern = TakesWildcards(commandName, parameterName);
        var pattern = new WildcardPattern(WildcardPattern.Escape(prefix) + "*", WildcardOptions.IgnoreCase);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var results = new List<CompletionResult>();
        try
        {
            foreach (KeyValuePair<string, Func<string>> known in Read(fakeBoundParameters ?? new Hashtable()))
            {
                string text = isPattern ? NamePattern.Of(known.Key) : known.Key;
                if ((pattern.IsMatch(known.Key) || pattern.IsMatch(text)) && seen.Add(known.Key))
                    results.Add(new CompletionResult(Quote(text), known.Key, CompletionResultType.ParameterValue, known.Value()));
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

    // There a name with a * in it means others as well, unless it is escaped.
    private static bool TakesWildcards(string commandName, string parameterName)
    {
        string[] parts = commandName.Substring(commandName.LastIndexOf('\\') + 1).Split('-');
        return parts.Length == 2 && typeof(NameCompleter).Assembly.GetTypes().FirstOrDefault(
            type => type.GetCustomAttribute<CmdletAttribute>() is { } cmdlet
                && string.Equals(cmdlet.VerbName, parts[0], StringComparison.OrdinalIgnoreCase)
                && string.Equals(cmdlet.NounName, parts[1], StringComparison.OrdinalIgnoreCase))
            ?.GetProperty(parameterName, BindingFlags.IgnoreCase | BindingFlags.Instance | BindingFlags.Public)
            ?.IsDefined(typeof(SupportsWildcardsAttribute)) == true;
    }

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
