using System.Collections.Generic;
using System.Globalization;
using System.Text;
using ProcessDedup.Platform;

namespace ProcessDedup.Store;

/// <summary>
/// When the items of a tree were last modified, in nanoseconds since 1970-01-01 UTC. Kept beside the tree and not in its
/// digest: the same content has the same digest whenever it was made, but make, cargo, ninja and Python go by these times.
/// </summary>
/// <remarks>
/// The text form, in UTF-8 with '\n' after every line: <c>procdedup-times 1</c>, the time of the tree's directory, then one
/// time for each item of the manifest in its order, and <c>end COUNT</c>.
/// </remarks>
internal sealed class TreeTimes
{
    /// <summary>The path of the tree's own directory.</summary>
    public const string Root = "";

    private const string VersionLine = "procdedup-times 1";

    // A million items with 20 digits each.
    private const int LargestFile = 24 << 20;

    private readonly long[] _times;

    private TreeTimes(long[] times)
    {
        _times = times;
        Text = Render(times);
        Digest = ContentHash.HexOf(Text);
    }

    /// <summary>SHA-256 of the text form in hexadecimal digits.</summary>
    public string Digest { get; }

    private string Text { get; }

    /// <summary>The times of a tree's items by path; null if one is missing.</summary>
    public static TreeTimes? Of(IReadOnlyList<TreeItem> items, IReadOnlyDictionary<string, long> modified)
    {
        var times = new long[items.Count + 1];
        for (int i = 0; i < times.Length; i++)
        {
            if (!modified.TryGetValue(i == 0 ? Root : items[i - 1].Path, out times[i]))
                return null;
        }

        return new TreeTimes(times);
    }

    /// <summary>The times that a directory with these items has now. Null if an item is gone.</summary>
    public static TreeTimes? Measure(string directory, IReadOnlyList<TreeItem> items)
    {
        var times = new long[items.Count + 1];
        for (int i = 0; i < times.Length; i++)
        {
            string path = i == 0 ? directory : System.IO.Path.Combine(directory, items[i - 1].Path);
            if (!FileSystem.TryGetFacts(path, out FileFacts facts))
                return null;
            times[i] = facts.ModifiedNanoseconds;
        }

        return new TreeTimes(times);
    }

    /// <summary>The time of the item with this number in the manifest; -1: of the tree's directory.</summary>
    public long Of(int number) => _times[number + 1];

    /// <summary>Writes the text form, whole or not at all. It outlives a power failure: a tree with wrong times builds stale programs.</summary>
    /// <exception cref="PlatformException">It cannot be written.</exception>
    public void Write(string path) =>
        FileSystem.WriteAtomically(path, Encoding.UTF8.GetBytes(Text), FileSystem.ReadableFile, isDurable: true);

    /// <summary>Reads what <see cref="Write"/> has written; null: it is not there, is damaged, or belongs to another tree.</summary>
    public static TreeTimes? TryRead(string path, string digest, int items)
    {
        if (FileSystem.TryReadSmall(path, LargestFile) is not { } content)
            return null;
        string text = Encoding.UTF8.GetString(content);
        if (ContentHash.HexOf(text) != digest)
            return null;
        string[] lines = text.Split('\n');
        // The version, the root, the items, the end, and nothing after the last '\n'.
        if (lines.Length != items + 4 || lines[0] != VersionLine)
            return null;
        var times = new long[items + 1];
        for (int i = 0; i < times.Length; i++)
        {
            if (!long.TryParse(lines[i + 1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out times[i]))
                return null;
        }

        var read = new TreeTimes(times);
        return read.Digest == digest ? read : null;
    }

    /// <summary>Gives a copy of the tree these times. Setting them changes no other time, so the order does not matter.</summary>
    /// <param name="directory">The copy, with all that is in it.</param>
    /// <param name="items">The manifest's.</param>
    /// <param name="mode">Files that are hard links into the store keep the time that all their names have.</param>
    /// <param name="attributes">Which names are hard links of one file within the tree.</param>
    /// <exception cref="PlatformException">They cannot be set.</exception>
    public void Give(string directory, IReadOnlyList<TreeItem> items, CopyMode mode, TreeAttributes? attributes = null)
    {
        for (int i = 0; i < items.Count; i++)
        {
            string path = System.IO.Path.Combine(directory, items[i].Path);
            bool mayBeLink = mode == CopyMode.HardLink && items[i].Kind == TreeItemKind.File;
            if (!mayBeLink || (FileSystem.TryGetFacts(path, out FileFacts facts) && facts.Links <= (attributes?.NamesOf(i) ?? 1)))
                FileTimes.TrySetModified(path, Of(i));
        }

        FileTimes.TrySetModified(directory, Of(-1));
    }

    private static string Render(long[] times)
    {
        var text = new StringBuilder(VersionLine).Append('\n');
        foreach (long time in times)
            text.Append(time.ToString(CultureInfo.InvariantCulture)).Append('\n');
        return text.Append("end ").Append((times.Length - 1).ToString(CultureInfo.InvariantCulture)).Append('\n').ToString();
    }
}
