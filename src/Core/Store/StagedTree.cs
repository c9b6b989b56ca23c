using System;

namespace ProcessDedup.Store;

/// <summary>A complete directory in a private place, with its manifest as measured.</summary>
internal sealed class StagedTree(string path, TreeManifest manifest, IDisposable place) : IDisposable
{
    public string Path { get; } = path;

    public TreeManifest Manifest { get; } = manifest;

    /// <summary>Removes what was not published.</summary>
    public void Dispose() => place.Dispose();
}
