using System;
using ProcessDedup.Store;

namespace ProcessDedup.Fetch.Http;

/// <summary>What the origin answered: a whole body in a private place, or that nothing has changed.</summary>
internal sealed class StagedDownload(HttpAnswer answer, CacheEntry? unchanged, PartialDownload? part) : IDisposable
{
    public HttpAnswer Answer { get; } = answer;

    /// <summary>The entry that is still right; null if there is a body.</summary>
    public CacheEntry? Unchanged { get; } = unchanged;

    public PartialDownload? Part { get; } = part;

    /// <summary>Leaves or removes what was not published.</summary>
    public void Dispose() => Part?.Dispose();
}
