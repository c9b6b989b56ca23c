using System;
using System.Collections.Generic;
using System.Threading;
using ProcessDedup.Store;
using ProcessDedup.Telemetry;

namespace ProcessDedup.Fetch.Http;

/// <summary>Downloads one address into a part, as often as it takes.</summary>
internal static class HttpDownload
{
    [ThreadStatic]
    private static Random? _random;

    /// <summary>Returns when the whole body is in the part, or the origin has confirmed what the caller has.</summary>
    /// <param name="source">What to ask for.</param>
    /// <param name="limits">How long, how much, how often.</param>
    /// <param name="validators">What the caller has of it already: the origin is asked whether it has changed.</param>
    /// <param name="hashAlgorithms">Hashes to be made besides sha256.</param>
    /// <param name="part">Where the body goes, and what is there of it; bytes that fit are not asked for again.</param>
    /// <param name="observer">Is told of the progress.</param>
    /// <param name="cancelled">Ends it within milliseconds.</param>
    /// <exception cref="FetchException">It failed for good; what may be continued stays in the part.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static HttpAnswer Run(
        HttpSource source,
        HttpLimits limits,
        HttpMetadata? validators,
        IReadOnlyCollection<string> hashAlgorithms,
        PartialDownload part,
        ITransferObserver observer,
        CancellationToken cancelled)
    {
        var embargo = new HostEmbargo(part.CacheDirectory, observer.CoolDown);
        using var hasher = new ContentHasher(hashAlgorithms);
        var body = new HttpBody(source, limits, validators, part, hasher, observer, cancelled);
        var sender = new HttpSender(source, limits, embargo, cancelled);
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                cancelled.ThrowIfCancellationRequested();
                return body.Fetch(sender) with { Attempts = attempt };
            }
            catch (HttpAttemptException e)
            {
                // Not by RetrySchedule: which backoff counts depends on the answer.
                _random ??= new Random(Guid.NewGuid().GetHashCode());
                TimeSpan pause = (e.IsBusy ? limits.BusyBackoff : limits.Backoff)
                    .After(attempt, _random.NextDouble(), Shorter(e.RetryAfter ?? TimeSpan.Zero, HostEmbargo.LongestWait));
                if (e.Cooldown is { } scope)
                    embargo.Begin(scope, e.RetryAfter ?? pause);
                bool isTooLong = e.Cooldown is not null && e.RetryAfter > HostEmbargo.LongestWait;
                if (!e.MayPass || isTooLong || attempt >= limits.MaxAttempts || limits.Deadline.Remaining <= pause)
                    throw FetchFailures.Http(source.Display, e, attempt);
                WorkMeasures.Retried("download");
                observer.Retry(attempt, pause, e.Message);
                cancelled.WaitHandle.WaitOne(pause);
            }
        }
    }

    private static TimeSpan Shorter(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
