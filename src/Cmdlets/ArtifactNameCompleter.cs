using System;
using System.Collections;
using System.Collections.Generic;
using System.IO;
using System.Management.Automation;
using System.Management.Automation.Language;
using ProcessDedup.Artifacts;
using ProcessDedup.Fetch;
using ProcessDedup.Locks;

namespace ProcessDedup.Cmdlets;

/// <summary>Completes the names of artifacts with Tab; the tooltip tells how large and how old they are.</summary>
public sealed class ArtifactNameCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        string prefix = (wordToComplete ?? string.Empty).Trim('\'', '"');
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (Artifact artifact in Read())
        {
            if (!artifact.Name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase) || !seen.Add(artifact.Name))
                continue;
            string text = "'" + CodeGeneration.EscapeSingleQuotedStringContent(artifact.Name) + "'";
            yield return new CompletionResult(text, artifact.Name, CompletionResultType.ParameterValue, Tooltip(artifact));
        }
    }

    private static string Tooltip(Artifact artifact)
    {
        TimeSpan age = DateTimeOffset.UtcNow - artifact.StoredAt;
        return $"{ByteCount.Describe(artifact.Size)}, stored {Durations.Describe(age > TimeSpan.Zero ? age : TimeSpan.Zero)} ago";
    }

    private static IReadOnlyList<Artifact> Read()
    {
        try
        {
            return ArtifactCache.Open(LockRoot.Default()).List();
        }
        catch (Exception e) when (e is DedupException or IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
