using System;
using System.Collections.Generic;
using System.Text;
using ProcessDedup.Platform;

namespace ProcessDedup.Locks;

/// <summary>The file by which a command learns that a lock was lost: it appears, whole, at that moment.</summary>
/// <remarks>Its name is random, so nobody else can have planted something there.</remarks>
internal sealed class LostFile : IDisposable
{
    private readonly List<string> _lost = [];

    /// <summary>Where it will be.</summary>
    public string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"procdedup-{Guid.NewGuid():N}.lost");

    /// <summary>Adds a lost lock.</summary>
    /// <exception cref="PlatformException">The file cannot be written.</exception>
    public void Add(string name)
    {
        lock (_lost)
        {
            _lost.Add(name);
            FileSystem.WriteAtomically(Path, Encoding.UTF8.GetBytes(string.Join('\n', _lost) + "\n"), FileSystem.PrivateFile);
        }
    }

    public void Dispose()
    {
        lock (_lost)
        {
            if (_lost.Count > 0)
                FileSystem.TryDelete(Path);
        }
    }
}
