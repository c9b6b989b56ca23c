using System;
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using ProcessDedup.Fetch;
using ProcessDedup.Messages;
using ProcessDedup.Retry;
using ProcessDedup.Store;

namespace ProcessDedup.Cmdlets;

/// <summary>Removes what is cached by source, key, age or size, and what crashes have left behind; never what is in use.</summary>
[Cmdlet(VerbsCommon.Clear, "FetchCache", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(PrunedItem))]
public sealed class ClearFetchCacheCommand : CacheEntriesCmdlet
{
    private readonly List<string> _sources = [];
    private readonly List<string> _keys = [];

    /// <summary>Of these, what was not used for so many hours.</summary>
    [Parameter]
    [ValidateRange(0, LongestDurations.AgeHours)]
    [Duration(DurationAttribute.Hours)]
    public double? OlderThanHours { get; set; }

    /// <summary>Of these, the least recently used until the whole cache has no more bytes; 5GB can be written.</summary>
    [Parameter]
    [ValidateRange(0, long.MaxValue)]
    public long? MaxSizeBytes { get; set; }

    /// <summary>Return what became of each entry.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Wanted() is not { } wanted)
            return;
        _sources.AddRange(wanted.Sources);
        _keys.AddRange(wanted.Keys);
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        // Nothing came through the pipeline: that is a choice of nothing, not of everything.
        if (MyInvocation.ExpectingInput && _keys.Count == 0 && _sources.Count == 0)
            return;
        FetchCache cache = Cache();
        IReadOnlyList<CachedItem> all = OrThrow(cache.List);
        var wanted = new CacheChoice(_sources.Distinct().ToList(), _keys.Distinct().ToList());
        ReportMissing(wanted, all);
        var selection = new PruneSelection
        {
            OlderThan = OlderThanHours is { } hours ? TimeSpan.FromHours(hours) : null,
            MaxSize = MaxSizeBytes,
            Keys = wanted.Keys,
            Source = wanted.Sources.Count == 0 ? null : wanted.SourceFilter(all),
        };
        PruneChoice choice = OrThrow(() => selection.Choose(all, DateTimeOffset.UtcNow));
        CachePrune? prune = null;
        try
        {
            foreach (CachedItem item in choice.Candidates)
            {
                if (Stopping)
                    throw new PipelineStoppedException();
                if (!ShouldProcess($"{item.Source} ({item.Kind}, {ByteCount.Describe(item.Size)})", Message.Of(Messages.Key.ActionRemoveFromCache)))
                    continue;
                prune ??= OrThrow(cache.BeginPrune);
                Report(item, OrThrow(() => prune.Remove(item)));
            }

            foreach (CachedItem item in choice.InUse)
                Report(item, PruneOutcome.InUse);
            if (ShouldProcess(cache.Directory, Message.Of(Messages.Key.ActionRemoveWhatCrashesHaveLeftBehind)))
            {
                prune ??= OrThrow(cache.BeginPrune);
                long freed = OrThrow(prune.Sweep);
                WriteVerbose(Message.Of(Messages.Key.VerboseWhatCrashesHadLeftBehindIs, ByteCount.Describe(freed)));
            }
        }
        finally
        {
            prune?.Dispose();
        }
    }

    private void Report(CachedItem item, PruneOutcome outcome)
    {
        WriteVerbose(outcome switch
        {
            PruneOutcome.Removed => Message.Of(Messages.Key.VerboseRemoved, item.Source),
            PruneOutcome.InUse => Message.Of(Messages.Key.VerboseStaysLivingProcessUsesIt, item.Source),
            _ => Message.Of(Messages.Key.VerboseStaysItWasRenewedJustNow, item.Source),
        });
        if (PassThru)
            WriteObject(new PrunedItem(item, outcome));
    }
}
