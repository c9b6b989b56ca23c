using System;
using ProcessDedup.Fetch;
using ProcessDedup.Flight;
using ProcessDedup.Store;

namespace ProcessDedup.Artifacts;

/// <summary>What came from a substituter.</summary>
/// <param name="From">Which one, without secrets.</param>
/// <param name="FileName">The one file that the artifact is; null for a directory.</param>
/// <param name="Manifest">What is in the directory, as measured.</param>
internal sealed record Substitution(string From, string? FileName, TreeManifest Manifest);

/// <summary>How to come by an artifact that is not in the local store.</summary>
internal sealed record ArtifactWork
{
    /// <summary>Fills the directory from a substituter; null: none has it. Null: none is to be asked.</summary>
    public Func<string, StagingDirectory, FlightLeader, Substitution?>? Substitute { get; init; }

    /// <summary>Fills the directory by itself; null: it cannot.</summary>
    public Action<BuildPlace>? Produce { get; init; }

    /// <summary>What producing it is called.</summary>
    public FetchStatus Status { get; init; } = FetchStatus.Built;

    /// <summary>The one file that the artifact is; null for a directory.</summary>
    public string? FileName { get; init; }

    /// <summary>Publishes the artifact of an entry for others; null: it is not to be published.</summary>
    public Action<CacheEntry, FlightLeader>? Publish { get; init; }

    /// <summary>Are extended attributes kept of what is produced?</summary>
    public bool KeepsExtended { get; init; }

    /// <summary>Even if it is there.</summary>
    public bool IsForced { get; init; }

    /// <summary>Looks at what is there already, before anything is done with it; null: it is right as it is.</summary>
    public Action<CacheEntry>? Accept { get; init; }

    /// <summary>How many substituters are asked.</summary>
    public int Substituters { get; init; }

    /// <summary>
    /// What a failure depends on besides the key: who can build it must not fail because somebody found it nowhere.
    /// </summary>
    public string FailureScope { get; init; } = string.Empty;
}
