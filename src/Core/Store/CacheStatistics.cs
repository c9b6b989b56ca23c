using System;
using System.Collections.Generic;
using ProcessDedup.Fetch;
using ProcessDedup.Locks;
using ProcessDedup.Messages;

namespace ProcessDedup.Store;

/// <summary>What the cache has done since a moment.</summary>
public sealed record CacheStatistics
{
    /// <summary>The first answer that is counted; null if there is none.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Answers altogether.</summary>
    public long Answers { get; init; }

    /// <summary>Answers that needed nobody's work.</summary>
    public long Hits { get; init; }

    /// <summary>Answers for which another process's work was waited for.</summary>
    public long Waits { get; init; }

    /// <summary>Answers that the origin confirmed.</summary>
    public long Revalidated { get; init; }

    /// <summary>Answers that were fetched or made.</summary>
    public long Produced { get; init; }

    /// <summary>Answers that were older than they should have been.</summary>
    public long Stale { get; init; }

    /// <summary>Bytes that came over the network.</summary>
    public long BytesTransferred { get; init; }

    /// <summary>Bytes that did not have to come again.</summary>
    public long BytesSaved { get; init; }

    /// <summary>Seconds spent waiting for other processes.</summary>
    public double WaitedSec { get; init; }

    /// <summary>Seconds spent fetching and making.</summary>
    public double WorkedSec { get; init; }

    /// <summary>Seconds of work that answers made unnecessary, less the waits for them.</summary>
    public double SavedSec { get; init; }

    /// <summary>How many of a hundred answers needed no work; null without answers.</summary>
    public double? HitPercent => Answers == 0 ? null : Math.Round(100.0 * (Hits + Waits) / Answers, 1);

    /// <summary>"12 answers, 75 % without work, 1.4 MB and 3 min 5 s saved".</summary>
    public override string ToString() => Message.Of(
        Key.ReasonCacheStatistics, Answers, HitPercent ?? 0, ByteCount.Describe(BytesSaved),
        Durations.Describe(TimeSpan.FromSeconds(Math.Min(Math.Max(0, SavedSec), TimeSpan.MaxValue.TotalSeconds / 2))));

    internal static bool IsSpared(string status) => status is "Hit" or "Waited" or "Stale";

    /// <summary>Was content given that did not have to come again?</summary>
    internal static bool IsWithoutTransfer(string status) => IsSpared(status) || status == "Revalidated";

    internal static CacheStatistics Of(IEnumerable<CacheEvent> events)
    {
        DateTimeOffset? since = null;
        long answers = 0, hits = 0, waits = 0, revalidated = 0, produced = 0, stale = 0, transferred = 0, bytesSaved = 0;
        double waited = 0, worked = 0, saved = 0;
        foreach (CacheEvent e in events)
        {
            // Lines come as they were written, which is not quite in the order of time.
            if (since is null || e.At < since)
                since = e.At;
            answers++;
            switch (e.Status)
            {
                case "Hit": hits++; break;
                case "Waited": waits++; break;
                case "Revalidated": revalidated++; break;
                case "Stale": stale++; break;
                default: produced++; break;
            }

            transferred += e.Transferred;
            if (IsWithoutTransfer(e.Status))
                bytesSaved += e.Size;
            waited += e.Waited.TotalSeconds;
            worked += e.Worked.TotalSeconds;
            saved += Math.Max(0, e.Saved.TotalSeconds - e.Waited.TotalSeconds);
        }

        return new CacheStatistics
        {
            Since = since,
            Answers = answers,
            Hits = hits,
            Waits = waits,
            Revalidated = revalidated,
            Produced = produced,
            Stale = stale,
            BytesTransferred = transferred,
            BytesSaved = bytesSaved,
            WaitedSec = Math.Round(waited, 3),
            WorkedSec = Math.Round(worked, 3),
            SavedSec = Math.Round(saved, 3),
        };
    }
}
