using System;
using ProcessDedup.Store;

namespace ProcessDedup.Fetch.Files;

/// <summary>A complete file in a private place, with its digest as measured.</summary>
internal sealed class StagedFile(string path, ContentHash sha256, long size, IDisposable place) : IDisposable
{
    public string Path { get; } = path;

    public ContentHash Sha256 { get; } = sha256;

    public long Size { get; } = size;

    /// <summary>Removes what was not published.</summary>
    public void Dispose() => place.Dispose();
}
