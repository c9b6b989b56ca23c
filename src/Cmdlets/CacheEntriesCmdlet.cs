using System;
using System.Collections.Generic;
using System.Management.Automation;
using ProcessDedup.Fetch;
using ProcessDedup.Store;

namespace ProcessDedup.Cmdlets;

/// <summary>A cmdlet about some entries of the cache: those of some sources, or with some keys.</summary>
public abstract class CacheEntriesCmdlet : FetchCmdlet
{
    /// <summary>Sources; wildcards are allowed.</summary>
    [Parameter(Position = 0)]
    [Alias("Uri")]
    [ArgumentCompleter(typeof(CacheSourceCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[]? Source { get; set; }

    /// <summary>Keys, or how they begin.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string[]? Key { get; set; }

    /// <summary>The entries whose source matches one of the patterns, or that have one of the keys.</summary>
    private protected List<CachedItem> Choose(FetchCache cache)
    {
        var patterns = new List<WildcardPattern>();
        foreach (string source in Source ?? [])
            patterns.Add(new WildcardPattern(source, WildcardOptions.IgnoreCase));
        var chosen = new List<CachedItem>();
        foreach (CachedItem item in cache.List())
        {
            bool isMeant = (patterns.Count == 0 && Key is null)
                || patterns.Exists(p => p.IsMatch(item.Source))
                || (Key is not null && Array.Exists(Key, k => item.Key.StartsWith(k, StringComparison.OrdinalIgnoreCase)));
            if (isMeant)
                chosen.Add(item);
        }

        return chosen;
    }
}
