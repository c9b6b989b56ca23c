using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace ProcessDedup.Store;

/// <summary>
/// The text form of a manifest, in UTF-8 with '\n' after every line:
/// <code>
/// procdedup-tree 1
/// d PATH
/// f SHA256 SIZE PATH
/// x SHA256 SIZE PATH            an executable file
/// f640 SHA256 SIZE PATH         a file with another mode than 0644, or 0755 if it is executable
/// d700 PATH                     a directory with another mode than 0755
/// l TARGET PATH
/// end COUNT
/// </code>
/// Paths come in the order of their UTF-8 bytes. In PATH and TARGET the characters up to U+0020, U+007F and '\' are
/// written as \xHH, so that no name can look like another line or field. Equal trees have equal texts.
/// </summary>
internal static class TreeText
{
    private const string VersionLine = "procdedup-tree 1";

    public static string Render(IReadOnlyList<TreeItem> items)
    {
        var text = new StringBuilder(VersionLine).Append('\n');
        foreach (TreeItem item in items)
        {
            switch (item.Kind)
            {
                case TreeItemKind.Directory:
                    text.Append('d').Append(ModeOf(item)).Append(' ');
                    break;
                case TreeItemKind.Link:
                    text.Append("l ");
                    Escape(text, item.LinkTarget!);
                    text.Append(' ');
                    break;
                default:
                    text.Append(item.IsExecutable ? 'x' : 'f').Append(ModeOf(item)).Append(' ').Append(item.Sha256).Append(' ')
                        .Append(item.Size.ToString(CultureInfo.InvariantCulture)).Append(' ');
                    break;
            }

            Escape(text, item.Path);
            text.Append('\n');
        }

        return text.Append("end ").Append(items.Count.ToString(CultureInfo.InvariantCulture)).Append('\n').ToString();
    }

    private static string ModeOf(TreeItem item) => item.Mode is { } mode ? TreeMode.Render(mode) : string.Empty;

    /// <summary>The items; null if the text is not exactly what <see cref="Render"/> writes for them.</summary>
    public static List<TreeItem>? Parse(string text)
    {
        string[] lines = text.Split('\n');
        if (lines.Length < 3 || lines[0] != VersionLine)
            return null;
        var items = new List<TreeItem>(lines.Length);
        var directories = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 1; i < lines.Length - 2; i++)
        {
            if (ParseLine(lines[i]) is not { } item || !IsInPlace(item.Path, items, directories))
                return null;
            if (item.Kind == TreeItemKind.Directory)
                directories.Add(item.Path);
            items.Add(item);
        }

        // One way to write each tree: what reads the same and is written otherwise would have another digest.
        return Render(items) == text ? items : null;
    }

    private static TreeItem? ParseLine(string line)
    {
        string[] fields = line.Split(' ');
        if (fields.Length < 2 || Unescape(fields[fields.Length - 1]) is not { } path)
            return null;
        string kind = fields[0];
        if (kind.Length < 2)
            return ParseFields(kind, fields, path);
        // A usual mode, or one that does not fit its letter, is rendered otherwise.
        return TreeMode.Parse(kind.Substring(1)) is { } mode ? ParseFields(kind.Substring(0, 1), fields, path)?.WithMode(mode) : null;
    }

    private static TreeItem? ParseFields(string kind, string[] fields, string path)
    {
        switch (kind)
        {
            case "d" when fields.Length == 2:
                return new TreeItem(path, TreeItemKind.Directory, false, 0, null, null);
            case "l" when fields.Length == 3 && Unescape(fields[1]) is { Length: > 0 } target:
                return new TreeItem(path, TreeItemKind.Link, false, 0, null, target);
            case "f" or "x" when fields.Length == 4 && fields[1].Length == 64 && ContentHash.IsHex(fields[1])
                && long.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out long size):
                return new TreeItem(path, TreeItemKind.File, kind == "x", size, fields[1], null);
            default:
                return null;
        }
    }

    private static bool IsInPlace(string path, List<TreeItem> before, HashSet<string> directories)
    {
        if (before.Count > 0 && TreeOrder.Instance.Compare(before[before.Count - 1].Path, path) >= 0)
            return false;
        foreach (string component in path.Split('/'))
        {
            if (component is "" or "." or ".." || component.Contains('\0'))
                return false;
        }

        int slash = path.LastIndexOf('/');
        return slash < 0 || directories.Contains(path.Substring(0, slash));
    }

    private static void Escape(StringBuilder text, string name)
    {
        foreach (char c in name)
        {
            if (c is <= ' ' or '\\' or '\x7f')
                text.Append("\\x").Append(((int)c).ToString("x2", CultureInfo.InvariantCulture));
            else
                text.Append(c);
        }
    }

    private static string? Unescape(string field)
    {
        if (field.IndexOf('\\') < 0)
            return field;
        var name = new StringBuilder(field.Length);
        for (int i = 0; i < field.Length; i++)
        {
            if (field[i] != '\\')
            {
                name.Append(field[i]);
                continue;
            }

            if (i + 3 >= field.Length || field[i + 1] != 'x' || !byte.TryParse(
                field.AsSpan(i + 2, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte code))
            {
                return null;
            }

            name.Append((char)code);
            i += 3;
        }

        return name.ToString();
    }
}
