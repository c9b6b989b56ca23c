namespace ProcessDedup.Artifacts;

/// <summary>A file, or a link, that an artifact depends on.</summary>
/// <param name="Name">Its path relative to where the build was asked for, with '/': the same on every machine.</param>
/// <param name="Content">Its hash, or where it leads.</param>
public sealed record ArtifactInput(string Name, string Content);
