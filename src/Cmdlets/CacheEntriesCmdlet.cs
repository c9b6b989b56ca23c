using System;
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using ProcessDedup.Artifacts;
using ProcessDedup.Fetch;
using ProcessDedup.Store;

namespace ProcessDedup.Cmdlets;

/// <summary>A cmdlet about some entries of the cache: those of some sources, or with some keys.</summary>
public abstract class CacheEntriesCmdlet : FetchCmdlet
{
    private const string Deserialized = "Deserialized.";

    // What the cmdlets of this module give, as it is or as it comes back from a job, another machine or a file.
    private static readonly string[] Entries =
        [typeof(CachedItem).FullName!, typeof(FetchResult).FullName!, typeof(Artifact).FullName!];

    /// <summary>Sources; wildcards are allowed. A source that is there under the very text, such as an address with a ?, is meant alone.</summary>
    [Parameter(Position = 0)]
    [Alias("Uri")]
    [ArgumentCompleter(typeof(CacheSourceCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[]? Source { get; set; }

    /// <summary>Keys, or how they begin.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(CacheKeyCompleter))]
    [ValidateNotNullOrEmpty]
    public string[]? Key { get; set; }

    /// <summary>Entries as Get-FetchCache showed them, or sources. The property Key of any other object is its own affair.</summary>
    [Parameter(ValueFromPipeline = true)]
    [ValidateNotNull]
    public PSObject? InputObject { get; set; }

    /// <summary>The parameters without what came through the pipeline.</summary>
    private protected CacheChoice Given() => new(Source ?? [], Key ?? []);

    /// <summary>What is meant: what the parameters say, and what came through the pipeline. Null if that was something else.</summary>
    private protected CacheChoice? Wanted()
    {
        if (InputObject is null)
            return Given();
        if (InputObject.BaseObject is string source)
            return Given() with { Sources = [.. Source ?? [], source] };
        if (IsEntry(InputObject) && InputObject.Properties[nameof(CachedItem.Key)]?.Value is string key)
            return Given() with { Keys = [.. Key ?? [], key] };
        WriteError(CmdletFailures.CacheEntryExpected(InputObject));
        return null;
    }

    /// <summary>The entries that are meant; an error for each name of something that is not there.</summary>
    /// <returns>False if there was such a name.</returns>
    private protected bool TryChoose(CacheChoice wanted, FetchCache cache, out IReadOnlyList<CachedItem> chosen)
    {
        IReadOnlyList<CachedItem> all = OrThrow(cache.List);
        chosen = all.Where(wanted.IsMeant(all)).ToList();
        return !ReportMissing(wanted, all);
    }

    /// <summary>Writes an error for each name of something that is not there; true if there was one.</summary>
    private protected bool ReportMissing(CacheChoice wanted, IReadOnlyList<CachedItem> all)
    {
        List<string> missing = wanted.Missing(all);
        missing.ForEach(name => WriteError(CmdletFailures.CacheEntryNotFound(name)));
        return missing.Count > 0;
    }

    private static bool IsEntry(PSObject item) =>
        item.TypeNames.Any(type => Entries.Contains(type.StartsWith(Deserialized, StringComparison.Ordinal) ? type[Deserialized.Length..] : type));
}
