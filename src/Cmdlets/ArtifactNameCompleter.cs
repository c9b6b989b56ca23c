using System;
using System.Collections.Generic;
using ProcessDedup.Artifacts;
using ProcessDedup.Fetch;
using ProcessDedup.Locks;
using ProcessDedup.Messages;

namespace ProcessDedup.Cmdlets;

/// <summary>Completes the names of artifacts with Tab; the tooltip tells how large and how old they are.</summary>
public sealed class ArtifactNameCompleter : NameCompleter
{
    private protected override IEnumerable<KeyValuePair<string, Func<string>>> Read()
    {
        foreach (Artifact item in ArtifactCache.Open(LockRoot.Default()).List())
            yield return new KeyValuePair<string, Func<string>>(item.Name, () => TooltipOf(item));
    }

    private static string TooltipOf(Artifact item)
    {
        TimeSpan age = DateTimeOffset.UtcNow - item.StoredAt;
        return Message.Of(Key.ReasonStoredAgo, ByteCount.Describe(item.Size), Durations.Describe(age > TimeSpan.Zero ? age : TimeSpan.Zero));
    }
}
