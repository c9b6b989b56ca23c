using System;
using System.Collections.Generic;
using ProcessDedup.Fetch;
using ProcessDedup.Locks;
using ProcessDedup.Messages;
using ProcessDedup.Store;

namespace ProcessDedup.Cmdlets;

/// <summary>Completes the sources of what is cached with Tab; the tooltip tells how large and how old it is.</summary>
public sealed class CacheSourceCompleter : NameCompleter
{
    private protected override IEnumerable<KeyValuePair<string, Func<string>>> Read()
    {
        foreach (CachedItem item in FetchCache.Open(LockRoot.Default()).List())
            yield return new KeyValuePair<string, Func<string>>(item.Source, () => TooltipOf(item));
    }

    private static string TooltipOf(CachedItem item)
    {
        TimeSpan age = DateTimeOffset.UtcNow - item.FetchedAt;
        return Message.Of(
            Key.ReasonFetchedAgo, item.Kind, ByteCount.Describe(item.Size), Durations.Describe(age > TimeSpan.Zero ? age : TimeSpan.Zero));
    }
}
