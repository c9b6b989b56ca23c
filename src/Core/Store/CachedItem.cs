using System;

namespace ProcessDedup.Store;

/// <summary>Something that is in the cache.</summary>
public sealed record CachedItem
{
    /// <summary>Its key: SHA-256 of what was asked for.</summary>
    public string Key { get; init; } = string.Empty;

    /// <summary>How it was got: "http", "file", "unpack", "git", "forge", "script", or "ref" for the commit of a branch.</summary>
    public string Kind { get; init; } = string.Empty;

    /// <summary>Whence, without secrets.</summary>
    public string Source { get; init; } = string.Empty;

    /// <summary>Where it is; null if its content is gone, or it is only an answer.</summary>
    public string? Path { get; init; }

    /// <summary>True for a directory.</summary>
    public bool IsDirectory { get; init; }

    /// <summary>"sha256:" and the hash; null for what is only an answer.</summary>
    public string? Digest { get; init; }

    /// <summary>Length in bytes.</summary>
    public long Size { get; init; }

    /// <summary>The commit that it was made of.</summary>
    public string? Revision { get; init; }

    /// <summary>When this content came.</summary>
    public DateTimeOffset FetchedAt { get; init; }

    /// <summary>When the source was last asked.</summary>
    public DateTimeOffset ValidatedAt { get; init; }

    /// <summary>When it was last used, give or take a minute.</summary>
    public DateTimeOffset LastUsedAt { get; init; }

    /// <summary>How often it spared somebody the work, as far as the journal goes back.</summary>
    public long Hits { get; init; }

    /// <summary>Who got it.</summary>
    public CacheMaker Maker { get; init; } = new(0, string.Empty, string.Empty);

    /// <summary>How many seconds that took.</summary>
    public double WorkSec { get; init; }

    /// <summary>True while a living process has been given it.</summary>
    public bool IsInUse { get; init; }

    internal CacheEntry Entry { get; init; } = new();

    /// <summary>Whence it is.</summary>
    public override string ToString() => Source;
}
