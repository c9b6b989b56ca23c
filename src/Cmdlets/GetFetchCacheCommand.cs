using System.Collections.Generic;
using System.Management.Automation;
using ProcessDedup.Store;

namespace ProcessDedup.Cmdlets;

/// <summary>Shows what is cached: what, whence, how old, how often used, and who made it.</summary>
[Cmdlet(VerbsCommon.Get, "FetchCache")]
[OutputType(typeof(CachedItem))]
public sealed class GetFetchCacheCommand : CacheEntriesCmdlet
{
    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Wanted() is not { } wanted)
            return;
        TryChoose(wanted, Cache(), out IReadOnlyList<CachedItem> chosen);
        WriteObject(chosen, enumerateCollection: true);
    }
}
