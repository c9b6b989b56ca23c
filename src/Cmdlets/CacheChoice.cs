using System;
using System.Collections.Generic;
using System.Linq;
using ProcessDedup.Store;

namespace ProcessDedup.Cmdlets;

/// <summary>Which entries of the cache a user means: by source, or by key.</summary>
/// <param name="Sources">Sources; wildcards are allowed.</param>
/// <param name="Keys">Keys, or how they begin.</param>
internal sealed record CacheChoice(IReadOnlyList<string> Sources, IReadOnlyList<string> Keys)
{
    public bool IsEverything => Sources.Count == 0 && Keys.Count == 0;

    /// <summary>Tells whether an entry is meant.</summary>
    /// <param name="all">All that is cached: whether a text is a source or a pattern depends on it.</param>
    public Func<CachedItem, bool> IsMeant(IReadOnlyList<CachedItem> all)
    {
        Func<string, bool> isSource = SourceFilter(all);
        return item => IsEverything || isSource(item.Source) || Keys.Any(key => HasKey(item, key));
    }

    /// <summary>Tells whether a source is meant.</summary>
    public Func<string, bool> SourceFilter(IReadOnlyList<CachedItem> all)
    {
        List<Func<string, bool>> filters = Sources.Select(text => SourceFilter(text, all)).ToList();
        return source => filters.Exists(filter => filter(source));
    }

    /// <summary>The names of single entries that are not there.</summary>
    public List<string> Missing(IReadOnlyList<CachedItem> all) =>
    [
        // An address may have a question mark of its own.
        .. Sources.Where(text => !text.Contains('*', StringComparison.Ordinal) && !all.Any(item => SourceFilter(text, all)(item.Source))),
        .. Keys.Where(key => !all.Any(item => HasKey(item, key))),
    ];

    private static Func<string, bool> SourceFilter(string text, IReadOnlyList<CachedItem> all)
    {
        var pattern = new NamePattern(text);
        string literal = pattern.Literal ?? text;
        return pattern.Literal is not null || all.Any(item => item.Source == literal)
            ? source => string.Equals(source, literal, StringComparison.OrdinalIgnoreCase)
            : pattern.IsMatch;
    }

    private static bool HasKey(CachedItem item, string key) => item.Key.StartsWith(key, StringComparison.OrdinalIgnoreCase);
}
