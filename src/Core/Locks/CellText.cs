using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace ProcessDedup.Locks;

/// <summary>Texts in the cells of a terminal: how many they take, and how to make do with fewer.</summary>
public static class CellText
{
    private const string Gap = "…";

    /// <summary>
    /// How many cells a text takes: none for what combines with the character before, two for the wide characters of East Asia
    /// and for pictures (Unicode UAX #11, by its large blocks).
    /// </summary>
    public static int Width(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int width = 0;
        for (int i = 0; i < text.Length; i += char.IsSurrogatePair(text, i) ? 2 : 1)
            width += WidthAt(text, i);
        return width;
    }

    /// <summary>The text without its middle, if it takes more cells: both ends of a path tell more than its beginning.</summary>
    public static string Shorten(string text, int cells)
    {
        if (Width(text) <= cells)
            return text;
        if (cells <= 1)
            return cells == 1 ? Gap : string.Empty;
        int left = cells / 2, right = cells - 1 - left;
        return Beginning(text, left) + Gap + End(text, right);
    }

    /// <summary>The text without its end, if it takes more cells.</summary>
    public static string Start(string text, int cells) =>
        Width(text) <= cells ? text : cells <= 0 ? string.Empty : Beginning(text, cells - 1) + Gap;

    /// <summary>
    /// The text in lines of at most so many cells: broken between words, after a slash of a path that is longer, and else wherever
    /// it must be.
    /// </summary>
    public static IReadOnlyList<string> Wrap(string text, int cells)
    {
        ArgumentNullException.ThrowIfNull(text);
        var lines = new List<string>();
        string left = text.Trim(' ');
        while (Width(left) > cells)
        {
            string line = Beginning(left, Math.Max(2, cells));
            int end = left.Length > line.Length && left[line.Length] == ' ' ? line.Length : line.LastIndexOf(' ');
            if (end <= 0)
                end = line.LastIndexOf('/') + 1;
            if (end <= 0)
                end = Math.Max(1, line.Length);
            lines.Add(left.Substring(0, end).TrimEnd(' '));
            left = left.Substring(end).TrimStart(' ');
        }

        if (left.Length > 0 || lines.Count == 0)
            lines.Add(left);
        return lines;
    }

    /// <summary>The text, filled up with spaces.</summary>
    public static string Pad(string text, int cells, bool toRight = false)
    {
        string fill = new(' ', Math.Max(0, cells - Width(text)));
        return toRight ? fill + text : text + fill;
    }

    private static string Beginning(string text, int cells)
    {
        var taken = new StringBuilder();
        for (int i = 0; i < text.Length; i += char.IsSurrogatePair(text, i) ? 2 : 1)
        {
            cells -= WidthAt(text, i);
            if (cells < 0)
                break;
            taken.Append(text, i, char.IsSurrogatePair(text, i) ? 2 : 1);
        }

        return taken.ToString();
    }

    private static string End(string text, int cells)
    {
        int start = text.Length;
        while (start > 0)
        {
            int previous = start > 1 && char.IsSurrogatePair(text, start - 2) ? start - 2 : start - 1;
            cells -= WidthAt(text, previous);
            if (cells < 0)
                break;
            start = previous;
        }

        return text.Substring(start);
    }

    private static int WidthAt(string text, int index)
    {
        UnicodeCategory category = CharUnicodeInfo.GetUnicodeCategory(text, index);
        if (category is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format)
            return 0;
        int code = char.IsSurrogatePair(text, index) ? char.ConvertToUtf32(text[index], text[index + 1]) : text[index];
        return code is >= 0x1100 and <= 0x115F or >= 0x2E80 and <= 0xA4CF or >= 0xAC00 and <= 0xD7A3 or >= 0xF900 and <= 0xFAFF
            or >= 0xFE30 and <= 0xFE6F or >= 0xFF00 and <= 0xFF60 or >= 0xFFE0 and <= 0xFFE6 or >= 0x1F300 and <= 0x1FAFF
            or >= 0x20000 and <= 0x3FFFD ? 2 : 1;
    }
}
