using System;
using System.Collections.Generic;
using ProcessDedup.Fetch;
using ProcessDedup.Locks;
using ProcessDedup.Store;

namespace ProcessDedup.Cmdlets;

/// <summary>Completes the keys of what is cached with Tab; the tooltip is the source, by which people know it.</summary>
public sealed class CacheKeyCompleter : NameCompleter
{
    private protected override IEnumerable<KeyValuePair<string, Func<string>>> Read()
    {
        foreach (CachedItem item in FetchCache.Open(LockRoot.Default()).List())
            yield return new KeyValuePair<string, Func<string>>(item.Key, () => item.Source);
    }
}
