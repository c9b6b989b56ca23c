using System;
using System.Collections.Generic;
using ProcessDedup.Fetch;
using ProcessDedup.Store;

namespace ProcessDedup.Telemetry;

/// <summary>What is measured of the cache.</summary>
internal static class CacheMeasures
{
    /// <summary>A request begins. Dispose it when the request has ended.</summary>
    /// <param name="address">As it was given.</param>
    public static Followed Begin(string address)
    {
        Followed fetch = Followed.Begin("procdedup.fetch");
        return fetch.IsTold ? fetch.With("procdedup.cache.source", FetchFailures.PublicName(address)) : fetch;
    }

    /// <summary>It was answered.</summary>
    public static void Answered(Followed activity, CachedContent content, long transferred)
    {
        string status = NameOf(content.Status);
        var kind = new KeyValuePair<string, object?>("procdedup.cache.kind", content.Entry.Kind);
        var result = new KeyValuePair<string, object?>("procdedup.cache.result", status);
        Instruments.CacheAnswers.Add(1, kind, result);
        if (content.Waited > TimeSpan.Zero)
            Instruments.CacheWait.Record(content.Waited, kind, result);
        if (content.Worked > TimeSpan.Zero)
            Instruments.CacheWork.Record(content.Worked, kind, result);
        if (transferred > 0)
            Instruments.CacheTransferred.Add(transferred, kind);
        if (CacheStatistics.IsWithoutTransfer(content.Status.Name()) && content.Entry.Size > 0)
            Instruments.CacheSaved.Add(content.Entry.Size, kind);
        activity.With(kind).With(result).With("procdedup.cache.key", content.Entry.Key);
    }

    /// <summary>It failed.</summary>
    public static void Failed(Followed activity, Exception failure)
    {
        string type = failure is DedupException known ? known.ErrorId
            : failure is OperationCanceledException ? "Cancelled"
            : "_OTHER";
        Instruments.CacheFailures.Add(1, new KeyValuePair<string, object?>("error.type", type));
        activity.With("error.type", type).Failed((failure as DedupException)?.Cause);
    }

    private static string NameOf(FetchStatus status) => status switch
    {
        FetchStatus.Hit => "hit",
        FetchStatus.Revalidated => "revalidated",
        FetchStatus.Downloaded => "downloaded",
        FetchStatus.Waited => "waited",
        FetchStatus.Resumed => "resumed",
        FetchStatus.Stale => "stale",
        FetchStatus.Substituted => "substituted",
        FetchStatus.Saved => "saved",
        _ => "built",
    };
}
