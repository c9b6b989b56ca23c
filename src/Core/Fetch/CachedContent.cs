using System;
using ProcessDedup.Messages;
using ProcessDedup.Store;

namespace ProcessDedup.Fetch;

/// <summary>Content that is in the cache and leased to its user.</summary>
/// <param name="Entry">What is known of it.</param>
/// <param name="Path">Where it is; empty for an entry that is only an answer.</param>
/// <param name="Status">How it came about.</param>
/// <param name="Reason">Why, as a part of a sentence.</param>
internal sealed record CachedContent(CacheEntry Entry, string Path, FetchStatus Status, LateMessage Reason)
{
    public TimeSpan Waited { get; init; }

    public TimeSpan Worked { get; init; }

    /// <summary>When its flight was over, UTC.</summary>
    public DateTimeOffset Ended { get; init; }
}
