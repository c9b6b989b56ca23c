using System;
using System.IO;
using ProcessDedup.Platform;
using ProcessDedup.Store;

namespace ProcessDedup.Artifacts;

/// <summary>
/// A path that leads to an artifact from its publication on, known before it is built: what bakes its own path into its
/// product (a prefix, a shebang) bakes this one. It is made of the key, so that two builds of one key give the same product,
/// and does not exist while it is built, so that two of them never write to one place.
/// </summary>
internal static class FinalPlace
{
    // Short paths fit into shebangs (127 characters on older Linux) and into Windows' 260.
    private const int DigitsOfKey = 32;

    public static string PathOf(StoreLayout layout, string key) => Path.Combine(layout.Final, key.Substring(0, DigitsOfKey));

    /// <summary>Makes the path lead to the tree of an entry; cheap if it does already.</summary>
    /// <exception cref="PlatformException">It cannot be made.</exception>
    public static void Ensure(StoreLayout layout, CacheEntry entry)
    {
        string path = PathOf(layout, entry.Key);
        string target = layout.TreeDirectory(entry.Digest!);
        if (SymbolicLinks.TryRead(path) == target)
            return;
        FileSystem.CreatePrivateDirectory(layout.Final);
        string mine = path + $".{Guid.NewGuid():N}.tmp";
        SymbolicLinks.Create(mine, target);
        try
        {
            Publishing.Rename(mine, path);
        }
        catch
        {
            FileSystem.TryDelete(mine);
            throw;
        }
    }
}
