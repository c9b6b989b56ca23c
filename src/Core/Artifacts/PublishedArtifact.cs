using ProcessDedup.Substituters;

namespace ProcessDedup.Artifacts;

/// <summary>An artifact that a substituter has now.</summary>
public sealed record PublishedArtifact
{
    /// <summary>As people know it.</summary>
    public string Name { get; init; } = string.Empty;

    /// <summary>Its fingerprint.</summary>
    public string Key { get; init; } = string.Empty;

    /// <summary>The substituter, without secrets.</summary>
    public string To { get; init; } = string.Empty;

    /// <summary>Whether it had to be sent.</summary>
    public PublishOutcome Outcome { get; init; }

    /// <summary>Length of all files together, in bytes.</summary>
    public long Size { get; init; }
}
