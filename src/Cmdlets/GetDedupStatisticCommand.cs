using System;
using System.Management.Automation;
using ProcessDedup.Fetch;
using ProcessDedup.Retry;
using ProcessDedup.Store;

namespace ProcessDedup.Cmdlets;

/// <summary>Shows what the cache has done: hits, waits, bytes and seconds saved.</summary>
[Cmdlet(VerbsCommon.Get, "DedupStatistic")]
[OutputType(typeof(CacheStatistics))]
public sealed class GetDedupStatisticCommand : FetchCmdlet
{
    /// <summary>Only the last so many hours; without it as far back as the journal goes (30 days).</summary>
    [Parameter(Position = 0)]
    [ValidateRange(0.0, LongestDurations.AgeHours)]
    public double? LastHours { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        FetchCache cache = Cache();
        DateTimeOffset since = LastHours is { } hours ? DateTimeOffset.UtcNow - TimeSpan.FromHours(hours) : DateTimeOffset.MinValue;
        WriteObject(OrThrow(() => cache.Statistics(since)));
    }
}
