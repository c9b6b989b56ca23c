using System;
using System.Management.Automation;
using ProcessDedup.Fetch;
using ProcessDedup.Store;

namespace ProcessDedup.Cmdlets;

/// <summary>Shows what the cache has done: hits, waits, bytes and seconds saved.</summary>
[Cmdlet(VerbsCommon.Get, "DedupStatistic")]
[OutputType(typeof(CacheStatistics))]
public sealed class GetDedupStatisticCommand : FetchCmdlet
{
    /// <summary>Count what came after this moment; without it as far as the journal goes back (30 days).</summary>
    [Parameter(Position = 0)]
    public DateTime? Since { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        FetchCache cache = Cache();
        WriteObject(OrThrow(() => cache.Statistics(SinceMoment.Of(Since))));
    }
}
