using System;
using ProcessDedup.Fetch;
using ProcessDedup.Platform;

namespace ProcessDedup.Store;

/// <summary>A private directory for something in the making; gone with this object, unless it was moved out before.</summary>
internal sealed class StagingDirectory : IDisposable
{
    public StagingDirectory(StoreLayout layout)
    {
        Path = System.IO.Path.Combine(layout.Staging, OwnedName.New());
        try
        {
            FileSystem.CreatePrivateDirectory(Path);
        }
        catch (PlatformException e)
        {
            throw FetchFailures.FromPlatform(Path, e);
        }
    }

    public string Path { get; }

    /// <summary>A path inside.</summary>
    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => TreeRemoval.TryDelete(Path);
}
