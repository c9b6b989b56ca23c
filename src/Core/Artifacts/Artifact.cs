using System;
using ProcessDedup.Fetch;
using ProcessDedup.Messages;
using ProcessDedup.Store;

namespace ProcessDedup.Artifacts;

/// <summary>An artifact in the local store.</summary>
public sealed record Artifact
{
    /// <summary>As people know it.</summary>
    public string Name { get; init; } = string.Empty;

    /// <summary>Its fingerprint, which stands for all that it depends on.</summary>
    public string Key { get; init; } = string.Empty;

    /// <summary>
    /// Where it is: a directory, or a file. In the store nobody may write to it; it stays there as long as the process
    /// lives that it was given to.
    /// </summary>
    public string? Path { get; init; }

    /// <summary>False for an artifact that is a single file.</summary>
    public bool IsDirectory { get; init; }

    /// <summary>How it came about; null in a list.</summary>
    public FetchStatus? Status { get; init; }

    /// <summary>"sha256:" and the hash of the sorted manifest.</summary>
    public string Digest { get; init; } = string.Empty;

    /// <summary>Length of all files together, in bytes.</summary>
    public long Size { get; init; }

    /// <summary>When it came into the local store.</summary>
    public DateTimeOffset StoredAt { get; init; }

    /// <summary>When it was last used, give or take a minute; null for a result.</summary>
    public DateTimeOffset? LastUsedAt { get; init; }

    /// <summary>Who built, saved or restored it here.</summary>
    public CacheMaker Maker { get; init; } = new(0, string.Empty, string.Empty);

    /// <summary>How many seconds that took.</summary>
    public double WorkSec { get; init; }

    /// <summary>The substituter that it came from; null if it was built or saved here.</summary>
    public string? From { get; init; }

    /// <summary>How many seconds were spent waiting for another process.</summary>
    public double WaitedSec { get; init; }

    /// <summary>Why it is what it is, as a part of a sentence; empty in a list.</summary>
    public string Reason => Why?.ToString() ?? string.Empty;

    internal LateMessage? Why { get; init; }
}
