using System.Management.Automation;
using ProcessDedup.Store;

namespace ProcessDedup.Cmdlets;

/// <summary>Shows what is cached: what, whence, how old, how often used, and who made it.</summary>
[Cmdlet(VerbsCommon.Get, "FetchCache")]
[OutputType(typeof(CachedItem))]
public sealed class GetFetchCacheCommand : FetchCmdlet
{
    /// <summary>Sources; wildcards are allowed. Without it everything.</summary>
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

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (CachedItem item in OrThrow(() => Choose(Cache(), Source, Key)))
            WriteObject(item);
    }
}
