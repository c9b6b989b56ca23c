using System;
using System.Collections;
using System.Collections.Generic;
using System.IO;
using System.Management.Automation;
using System.Management.Automation.Language;
using ProcessDedup.Fetch;
using ProcessDedup.Locks;
using ProcessDedup.Store;

namespace ProcessDedup.Cmdlets;

/// <summary>Completes the sources of what is cached with Tab; the tooltip tells how large and how old it is.</summary>
public sealed class CacheSourceCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        string prefix = (wordToComplete ?? string.Empty).Trim('\'', '"');
        var pattern = new WildcardPattern(WildcardPattern.Escape(prefix) + "*", WildcardOptions.IgnoreCase);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (CachedItem item in Read())
        {
            if (!pattern.IsMatch(item.Source) || !seen.Add(item.Source))
                continue;
            string text = "'" + CodeGeneration.EscapeSingleQuotedStringContent(item.Source) + "'";
            yield return new CompletionResult(text, item.Source, CompletionResultType.ParameterValue, Tooltip(item));
        }
    }

    private static string Tooltip(CachedItem item)
    {
        TimeSpan age = DateTimeOffset.UtcNow - item.FetchedAt;
        return $"{item.Kind}, {ByteCount.Describe(item.Size)}, fetched {Durations.Describe(age > TimeSpan.Zero ? age : TimeSpan.Zero)} ago";
    }

    private static IReadOnlyList<CachedItem> Read()
    {
        try
        {
            return FetchCache.Open(LockRoot.Default()).List();
        }
        catch (Exception e) when (e is DedupException or IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
