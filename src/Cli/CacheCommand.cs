using System.Collections.Generic;
using System.CommandLine;
using System.Linq;
using ProcessDedup.Fetch;
using ProcessDedup.Locks;
using ProcessDedup.Store;

namespace ProcessDedup.Cli;

/// <summary><c>procdedup cache</c>: looks after what was fetched.</summary>
internal static class CacheCommand
{
    public static Command Create() => new Command("cache", "Looks after what 'procdedup fetch' and Get-CachedFetch have fetched.")
    {
        CacheListCommand.Create(),
        CacheVerifyCommand.Create(),
        CachePruneCommand.Create(),
        CacheStatsCommand.Create(),
    };

    public static FetchCache Open() => FetchCache.Open(LockRoot.Default());

    public static Argument<string?> Pattern() => new("PATTERN")
    {
        Description = "Only what comes from such addresses: * is any text, ? one character. Quote it, or the shell takes it for files.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    public static IReadOnlyList<CachedItem> List(FetchCache cache, string? pattern) => pattern is null
        ? cache.List()
        : cache.List().Where(item => SourcePattern.IsMatch(pattern, item.Source)).ToList();
}
