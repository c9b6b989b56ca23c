using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using ProcessDedup.Fetch;
using ProcessDedup.Messages;
using ProcessDedup.Platform;

namespace ProcessDedup.Store;

/// <summary>
/// Immutable directories by the SHA-256 of their manifest. The manifest stands beside its tree and is there first, so a
/// tree that can be seen is complete.
/// </summary>
internal sealed class TreeStore(StoreLayout layout, BlobLeases leases)
{
    private const uint ReadOnlyFile = 0x124;    // 0444
    private const uint ReadOnlyProgram = 0x16d; // 0555
    private const uint OpenDirectory = 0x1ed;   // 0755

    /// <summary>Publishes a complete directory under the digest of its manifest and takes a lease on it.</summary>
    /// <param name="directory">On the same file system; gone afterwards.</param>
    /// <param name="manifest">What is in it, as measured.</param>
    /// <param name="owner">Who uses it from now on; null if nobody does.</param>
    /// <param name="reached">Is told of the steps.</param>
    /// <param name="keepsTimes">Are the manifest's times kept beside the tree?</param>
    /// <exception cref="PlatformException">Nothing is visible then.</exception>
    public void Publish(
        string directory, TreeManifest manifest, ProcessIdentity? owner, Action<StoreStep>? reached, bool keepsTimes = false)
    {
        string digest = manifest.Digest.Hex;
        string tree = layout.TreeDirectory(digest);
        MakeReadOnly(directory, manifest);
        using (var sync = new FileSystemSync(directory, manifest.Items.Count, areReadable: true))
        {
            sync.Each(manifest.PathsIn(directory));
            sync.All();
        }

        reached?.Invoke(StoreStep.Synced);
        if (owner is { } user)
            leases.Take(user, digest);
        reached?.Invoke(StoreStep.Leased);
        if (Directory.Exists(tree) && !IsSound(digest))
            Quarantine.Put(layout, tree, Message.Of(Key.ReasonHasAnotherContentByNow, digest));
        if (!Directory.Exists(tree))
        {
            FileSystem.CreatePrivateDirectory(Path.GetDirectoryName(tree)!);
            manifest.Write(layout.ManifestFile(digest));
            try
            {
                Publishing.Rename(directory, tree);
            }
            catch (PlatformException) when (Directory.Exists(tree))
            {
                // Another process was first with the same content: the outcome is the same.
            }
        }

        // One tree, and the times of each of its makers: the same object file may be older for one than for another.
        if (keepsTimes && manifest.Times is { } times)
        {
            FileSystem.CreatePrivateDirectory(layout.TimesOf(digest));
            times.Write(layout.TimesFile(digest, times.Digest));
        }

        if (manifest.Attributes is { } attributes)
        {
            FileSystem.CreatePrivateDirectory(layout.AttributesOf(digest));
            attributes.Write(layout.AttributesFile(digest, attributes.Digest));
        }

        reached?.Invoke(StoreStep.Published);
    }

    // Somebody may have written into the tree that is there; then a good one has just been made.
    private bool IsSound(string digest)
    {
        try
        {
            return TreeManifest.Read(layout.ManifestFile(digest)).Digest.Hex == digest && Verify(digest, default).Count == 0;
        }
        catch (FetchException)
        {
            return false;
        }
    }

    // Directories stay writable, so that they can be renamed, and a prune can move and empty them.
    private static void MakeReadOnly(string directory, TreeManifest manifest)
    {
        Publishing.SetMode(directory, FileSystem.PrivateDirectory);
        foreach (TreeItem item in manifest.Items)
        {
            if (item.Kind == TreeItemKind.File)
                Publishing.SetMode(Path.Combine(directory, item.Path), item.IsExecutable ? ReadOnlyProgram : ReadOnlyFile);
            else if (item is { Kind: TreeItemKind.Directory, Mode: not null })
                Publishing.SetMode(Path.Combine(directory, item.Path), OpenDirectory);
        }
    }

    /// <summary>
    /// The path of a tree for its users; null if it is not there, or not as it was: an item is missing, or is of another kind
    /// or size than its manifest says. Content is not read.
    /// </summary>
    public string? Find(string digest)
    {
        string tree = layout.TreeDirectory(digest);
        return Directory.Exists(tree) && LooksWhole(digest, tree) ? tree : null;
    }

    /// <summary>The path of a tree for those who only list it; null if there is none.</summary>
    public string? Peek(string digest)
    {
        string tree = layout.TreeDirectory(digest);
        return Directory.Exists(tree) ? tree : null;
    }

    private bool LooksWhole(string digest, string tree)
    {
        try
        {
            TreeManifest manifest = TreeManifest.Read(layout.ManifestFile(digest));
            foreach (TreeItem item in manifest.Items)
            {
                if (!FileSystem.TryGetFacts(Path.Combine(tree, item.Path), out FileFacts facts) || !LooksLike(item, facts))
                    return false;
            }

            return manifest.Digest.Hex == digest;
        }
        catch (Exception e) when (e is FetchException or PlatformException)
        {
            return false;
        }
    }

    private static bool LooksLike(TreeItem item, in FileFacts facts) => item.Kind switch
    {
        TreeItemKind.Directory => facts.Type == FileType.Directory,
        TreeItemKind.Link => facts.Type == FileType.SymbolicLink,
        _ => facts.Type == FileType.Regular && facts.Size == item.Size,
    };

    /// <summary>
    /// The times that a copy of an entry's tree gets: those of its maker or, if they are lost, those that the tree in the store
    /// has. Null if the entry's times do not count.
    /// </summary>
    public TreeTimes? TimesFor(CacheEntry entry, TreeManifest manifest) => entry is not { Digest: { } digest, Times: { } times }
        ? null
        : TreeTimes.TryRead(layout.TimesFile(digest, times), times, manifest.Items.Count)
            ?? TreeTimes.Measure(layout.TreeDirectory(digest), manifest.Items);

    /// <summary>Are the attributes of an entry's tree there, if it has any? Without them a copy would not be what was saved.</summary>
    public bool HasAttributes(CacheEntry entry) => entry is not { Digest: { } digest, Attributes: { } attributes }
        || System.IO.File.Exists(layout.AttributesFile(digest, attributes));

    /// <summary>The hard links and extended attributes of an entry's tree; null if it has none.</summary>
    /// <exception cref="FetchException"><see cref="FetchError.StoreUnsafe"/>: they are lost.</exception>
    public TreeAttributes? AttributesFor(CacheEntry entry, TreeManifest manifest)
    {
        if (entry is not { Digest: { } digest, Attributes: { } attributes })
            return null;
        string file = layout.AttributesFile(digest, attributes);
        if (TreeAttributes.TryRead(file, attributes, manifest.Items) is { } read)
            return read;
        // From now on the entry is a miss, and is got or made again.
        FileSystem.TryDelete(file);
        throw FetchFailures.StoreDamaged(file, Message.Of(Key.ReasonContent));
    }

    /// <summary>What is wrong with a tree: files that changed, are missing or were added. Empty if it is sound.</summary>
    public IReadOnlyList<TreeDifference> Verify(string digest, CancellationToken cancellation) =>
        TreeManifest.Read(layout.ManifestFile(digest)).FindDifferences(layout.TreeDirectory(digest), cancellation);
}
