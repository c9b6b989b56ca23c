using System;
using System.Collections.Generic;
using System.Management.Automation;
using ProcessDedup.Fetch;
using ProcessDedup.Locks;
using ProcessDedup.Store;

namespace ProcessDedup.Cmdlets;

/// <summary>What every cmdlet about the cache has: the cache, and which of its entries are meant.</summary>
public abstract class FetchCmdlet : DedupCmdlet
{
    private protected FetchCache Cache() => OrThrow(() => FetchCache.Open(LockRoot.Default()));

    private protected override DedupException NoFilePath(string path) => new FetchException(
        FetchError.DestinationInvalid, path, $"'{path}' is not a path of the file system.", "Give the path of a file or directory.");

    /// <summary>The entries whose source matches one of the patterns, or that have one of the keys.</summary>
    private protected static List<CachedItem> Choose(FetchCache cache, string[]? sources, string[]? keys)
    {
        var patterns = new List<WildcardPattern>();
        foreach (string source in sources ?? [])
            patterns.Add(new WildcardPattern(source, WildcardOptions.IgnoreCase));
        var chosen = new List<CachedItem>();
        foreach (CachedItem item in cache.List())
        {
            bool isMeant = (patterns.Count == 0 && keys is null)
                || patterns.Exists(p => p.IsMatch(item.Source))
                || (keys is not null && Array.Exists(keys, k => item.Key.StartsWith(k, StringComparison.OrdinalIgnoreCase)));
            if (isMeant)
                chosen.Add(item);
        }

        return chosen;
    }
}
