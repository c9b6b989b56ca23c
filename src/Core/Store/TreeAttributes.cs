using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using ProcessDedup.Platform;

namespace ProcessDedup.Store;

/// <summary>
/// What is kept of a tree besides its content, beside its digest as its times are: which names are hard links of one file, and
/// the extended attributes that somebody asked to keep. The store's own files have no attributes; a copy gets them if asked for.
/// </summary>
/// <remarks>
/// The text form, in UTF-8 with '\n' after every line, where items are numbers in the manifest and -1 is the tree's directory:
/// <code>
/// procdedup-attributes 1
/// h ITEM FIRST             another name of an earlier item
/// x ITEM NAME VALUE        NAME percent-encoded, VALUE in base64
/// end COUNT
/// </code>
/// </remarks>
internal sealed class TreeAttributes
{
    private const string VersionLine = "procdedup-attributes 1";

    private const int LargestFile = 256 << 20;

    private readonly SortedDictionary<int, int> _firsts;
    private readonly SortedDictionary<int, IReadOnlyList<ExtendedAttribute>> _extended;
    private readonly Dictionary<int, int> _names = [];

    private TreeAttributes(SortedDictionary<int, int> firsts, SortedDictionary<int, IReadOnlyList<ExtendedAttribute>> extended)
    {
        _firsts = firsts;
        _extended = extended;
        foreach (int first in firsts.Values)
            _names[first] = _names.GetValueOrDefault(first, 1) + 1;
        Text = Render();
        Digest = ContentHash.HexOf(Text);
    }

    /// <summary>SHA-256 of the text form in hexadecimal digits.</summary>
    public string Digest { get; }

    /// <summary>Is any item another name of an earlier one?</summary>
    public bool HasLinks => _firsts.Count > 0;

    /// <summary>How many items have extended attributes.</summary>
    public int CountOfExtended => _extended.Count;

    private string Text { get; }

    /// <summary>The item of which this one is another name; null: it is the first, or the only one.</summary>
    public int? FirstOf(int number) => _firsts.TryGetValue(number, out int first) ? first : null;

    /// <summary>How many names the item's file has in the tree.</summary>
    public int NamesOf(int number) => _names.GetValueOrDefault(FirstOf(number) ?? number, 1);

    /// <summary>Its extended attributes.</summary>
    public IReadOnlyList<ExtendedAttribute> ExtendedOf(int number) => _extended.TryGetValue(FirstOf(number) ?? number, out var found) ? found : [];

    /// <summary>Those of a tree; null if there are none.</summary>
    /// <param name="items">The manifest's.</param>
    /// <param name="files">Which file a path names, for those of several names; files are told apart by any text.</param>
    /// <param name="extended">By path; the empty one is the tree's directory.</param>
    public static TreeAttributes? Of(
        IReadOnlyList<TreeItem> items, IReadOnlyDictionary<string, string> files,
        IReadOnlyDictionary<string, IReadOnlyList<ExtendedAttribute>>? extended = null)
    {
        var firsts = new SortedDictionary<int, int>();
        var kept = new SortedDictionary<int, IReadOnlyList<ExtendedAttribute>>();
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = -1; i < items.Count && (files.Count > 0 || extended is { Count: > 0 }); i++)
        {
            string path = i < 0 ? TreeTimes.Root : items[i].Path;
            if (i >= 0 && files.TryGetValue(path, out string? file) && !seen.TryAdd(file, i) && AreSame(items[seen[file]], items[i]))
                firsts[i] = seen[file];
            else if (extended is not null && extended.TryGetValue(path, out var attributes) && attributes.Count > 0)
                kept[i] = [.. attributes.OrderBy(a => a.Name, StringComparer.Ordinal)];
        }

        return firsts.Count + kept.Count == 0 ? null : new TreeAttributes(firsts, kept);
    }

    /// <summary>The same hard links with other extended attributes; null if nothing is left.</summary>
    public static TreeAttributes? WithExtended(
        TreeAttributes? links, IReadOnlyList<TreeItem> items, IReadOnlyDictionary<string, IReadOnlyList<ExtendedAttribute>> extended)
    {
        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (KeyValuePair<int, int> link in links?._firsts ?? [])
            files[items[link.Key].Path] = files[items[link.Value].Path] = items[link.Value].Path;
        return Of(items, files, extended);
    }

    /// <summary>The extended attributes alone, each name with those of its file; null if there are none.</summary>
    public TreeAttributes? WithoutLinks()
    {
        var extended = new SortedDictionary<int, IReadOnlyList<ExtendedAttribute>>(_extended);
        foreach (int item in _firsts.Keys.Where(item => ExtendedOf(item).Count > 0))
            extended[item] = ExtendedOf(item);
        return extended.Count == 0 ? null : new TreeAttributes([], extended);
    }

    /// <summary>Writes the text form, whole or not at all; it outlives a power failure.</summary>
    /// <exception cref="PlatformException">It cannot be written.</exception>
    public void Write(string path) =>
        FileSystem.WriteAtomically(path, Encoding.UTF8.GetBytes(Text), FileSystem.ReadableFile, isDurable: true);

    /// <summary>Reads what <see cref="Write"/> has written; null: it is not there, is damaged, or belongs to another tree.</summary>
    public static TreeAttributes? TryRead(string path, string digest, IReadOnlyList<TreeItem> items)
    {
        if (FileSystem.TryReadSmall(path, LargestFile) is not { } content)
            return null;
        string text = Encoding.UTF8.GetString(content);
        return ContentHash.HexOf(text) == digest && Parse(text, items) is { } read && read.Digest == digest ? read : null;
    }

    private static TreeAttributes? Parse(string text, IReadOnlyList<TreeItem> items)
    {
        var firsts = new SortedDictionary<int, int>();
        var extended = new Dictionary<int, List<ExtendedAttribute>>();
        string[] lines = text.Split('\n');
        for (int i = 1; i < lines.Length - 2; i++)
        {
            string[] fields = lines[i].Split(' ');
            if (fields.Length < 3 || !TryItem(fields[1], items.Count, out int item))
                return null;
            if (fields is ["h", _, _] && TryItem(fields[2], item, out int first) && first >= 0 && AreSame(items[first], items[item]))
                firsts[item] = first;
            else if (fields is ["x", _, _, _] && TryBase64(fields[3]) is { } value)
                (extended.TryGetValue(item, out var some) ? some : extended[item] = []).Add(new(Uri.UnescapeDataString(fields[2]), value));
            else
                return null;
        }

        return new TreeAttributes(firsts, new(extended.ToDictionary(pair => pair.Key, pair => (IReadOnlyList<ExtendedAttribute>)pair.Value)));
    }

    // What names one file has one content and one mode, whatever is said.
    private static bool AreSame(TreeItem one, TreeItem other) =>
        one.Kind == TreeItemKind.File && one with { Path = other.Path } == other;

    private static bool TryItem(string digits, int end, out int item) =>
        int.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out item) && item >= -1 && item < end;

    private static byte[]? TryBase64(string text)
    {
        byte[] value = new byte[text.Length];
        return Convert.TryFromBase64String(text, value, out int length) ? value[..length] : null;
    }

    private string Render()
    {
        var text = new StringBuilder(VersionLine).Append('\n');
        foreach ((int item, int first) in _firsts)
            text.Append(CultureInfo.InvariantCulture, $"h {item} {first}\n");
        int count = _firsts.Count;
        foreach ((int item, IReadOnlyList<ExtendedAttribute> attributes) in _extended)
        {
            foreach (ExtendedAttribute attribute in attributes)
                text.Append(CultureInfo.InvariantCulture, $"x {item} {Uri.EscapeDataString(attribute.Name)} {Convert.ToBase64String(attribute.Value)}\n");
            count += attributes.Count;
        }

        return text.Append(CultureInfo.InvariantCulture, $"end {count}\n").ToString();
    }
}
