using System;
using ProcessDedup.Fetch.Http;

namespace ProcessDedup.Fetch.Revisions;

/// <summary>The commit that a branch or tag means.</summary>
/// <param name="Commit">Its hash.</param>
/// <param name="AskedAt">When the question was begun: the answer may be as old as that.</param>
/// <param name="Http">What the origin said of its answer; null if it was not asked by HTTP.</param>
internal sealed record FoundRevision(string Commit, DateTimeOffset AskedAt, HttpMetadata? Http = null) : IDisposable
{
    public void Dispose()
    {
        // An answer occupies nothing.
    }
}
