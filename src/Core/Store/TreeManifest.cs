using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Threading;
using ProcessDedup.Fetch;
using ProcessDedup.Messages;
using ProcessDedup.Platform;

namespace ProcessDedup.Store;

/// <summary>
/// What a directory holds, to the last byte: paths, content, links and who may run what. Times and owners do not count,
/// nor does the rest of the mode but for artifacts, so that the same tree has the same digest whoever unpacked it.
/// </summary>
internal sealed class TreeManifest
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    // A million items with paths of 500 bytes.
    private const int LargestFile = 600 << 20;

    private readonly string _text;

    private TreeManifest(List<TreeItem> items, string text)
    {
        Items = items;
        _text = text;
        Digest = ContentHash.OfSha256(ContentHash.HexOf(text));
        foreach (TreeItem item in items)
            TotalBytes += item.Size;
    }

    /// <summary>In the order of their paths' UTF-8 bytes; a directory comes before what it holds.</summary>
    public IReadOnlyList<TreeItem> Items { get; }

    /// <summary>SHA-256 of the text form, see <see cref="TreeText"/>.</summary>
    public ContentHash Digest { get; }

    /// <summary>The length of all files together.</summary>
    public long TotalBytes { get; }

    /// <summary>Has an item permission bits that are not the usual ones?</summary>
    public bool HasModes => Items.Any(item => item.Mode is not null);

    /// <summary>The tree's own directory and all files and directories in it, if the tree is in this one. Not the links.</summary>
    public IEnumerable<string> PathsIn(string directory) =>
        Items.Where(item => item.Kind != TreeItemKind.Link).Select(item => System.IO.Path.Combine(directory, item.Path)).Append(directory);

    /// <summary>When the items were last modified, as measured; null if the directory was not read, or nobody knows.</summary>
    public TreeTimes? Times { get; private init; }

    /// <summary>Its hard links and extended attributes; null if there are none, or the directory was not read.</summary>
    public TreeAttributes? Attributes { get; private init; }

    /// <summary>Reads a whole directory.</summary>
    /// <param name="directory">Which.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <param name="keepsModes">Do permissions count, and not the executable bit alone?</param>
    /// <param name="allowsOutwardLinks">May links lead out of the directory?</param>
    /// <exception cref="FetchException"><see cref="FetchError.StoreUnsafe"/>: it holds what no tree may hold.</exception>
    public static TreeManifest Of(string directory, CancellationToken cancellation, bool keepsModes = false, bool allowsOutwardLinks = false)
    {
        var walk = new TreeWalk(directory, keepsModes, allowsOutwardLinks, cancellation);
        List<TreeItem> items = walk.Run();
        items.Sort((x, y) => TreeOrder.Instance.Compare(x.Path, y.Path));
        return new TreeManifest(items, TreeText.Render(items))
        {
            Times = TreeTimes.Of(items, walk.Modified),
            Attributes = TreeAttributes.Of(items, walk.Files),
        };
    }

    /// <summary>The same with these permissions, by path; what is not among them stays as it is.</summary>
    public TreeManifest WithModes(IReadOnlyDictionary<string, int> modes)
    {
        var items = Items.Select(item => modes.TryGetValue(item.Path, out int mode) ? item.WithMode(mode) : item).ToList();
        return new TreeManifest(items, TreeText.Render(items)) { Times = Times, Attributes = Attributes };
    }

    /// <summary>The same with other times.</summary>
    public TreeManifest WithTimes(TreeTimes? times) => new([.. Items], _text) { Times = times, Attributes = Attributes };

    /// <summary>The same with other hard links and extended attributes.</summary>
    public TreeManifest WithAttributes(TreeAttributes? attributes) => new([.. Items], _text) { Times = Times, Attributes = attributes };

    /// <summary>Writes the text form, whole or not at all.</summary>
    public void Write(string path)
    {
        try
        {
            FileSystem.WriteAtomically(path, StrictUtf8.GetBytes(_text), FileSystem.ReadableFile);
        }
        catch (PlatformException e)
        {
            throw FetchFailures.FromPlatform(path, e);
        }
    }

    /// <summary>Reads what <see cref="Write"/> has written.</summary>
    /// <exception cref="FetchException"><see cref="FetchError.StoreUnsafe"/>: it is anything else.</exception>
    public static TreeManifest Read(string path)
    {
        byte[] content = FileSystem.TryReadSmall(path, LargestFile)
            ?? throw FetchFailures.TreeUnsafe(path, Message.Of(Key.ReasonNotThereOrCannotBeRead));
        try
        {
            string text = StrictUtf8.GetString(content);
            if (TreeText.Parse(text) is { } items)
                return new TreeManifest(items, text);
        }
        catch (DecoderFallbackException)
        {
            // Falls through: no manifest either.
        }

        throw FetchFailures.TreeUnsafe(path, Message.Of(Key.ReasonNotWholeManifestOfTree));
    }

    /// <summary>
    /// In what the directory differs from this manifest, in the order of the paths. Of modes only the executable bit counts:
    /// the store keeps no others.
    /// </summary>
    /// <exception cref="FetchException">As <see cref="Of"/>.</exception>
    public IReadOnlyList<TreeDifference> FindDifferences(string directory, CancellationToken cancellation)
    {
        // A link that is not as it was is a difference, wherever it leads.
        IReadOnlyList<TreeItem> found = Of(directory, cancellation, allowsOutwardLinks: true).Items;
        var differences = new List<TreeDifference>();
        int mine = 0, theirs = 0;
        while (mine < Items.Count || theirs < found.Count)
        {
            int order = mine == Items.Count ? 1
                : theirs == found.Count ? -1
                : TreeOrder.Instance.Compare(Items[mine].Path, found[theirs].Path);
            if (order < 0)
                differences.Add(new TreeDifference(Items[mine].Path, TreeDifferenceKind.Missing));
            else if (order > 0)
                differences.Add(new TreeDifference(found[theirs].Path, TreeDifferenceKind.Added));
            else if (Items[mine] with { Mode = null } != found[theirs])
                differences.Add(new TreeDifference(found[theirs].Path, TreeDifferenceKind.Changed));
            mine += order <= 0 ? 1 : 0;
            theirs += order >= 0 ? 1 : 0;
        }

        return differences;
    }
}
