using System;
using System.Collections.Generic;
using System.Text;

namespace ProcessDedup.Fetch.Http;

/// <summary>What to call a download. The origin proposes; the result is a bare name that is harmless on every system.</summary>
internal static class DownloadName
{
    public const string Unknown = "download";

    // In UTF-8; file systems allow 255, and something may be appended.
    private const int LongestBytes = 200;

    private static readonly HashSet<string> Devices = new(StringComparer.OrdinalIgnoreCase)
    {
        "CON", "PRN", "AUX", "NUL", "COM1", "COM2", "COM3", "COM4", "COM5", "COM6", "COM7", "COM8", "COM9",
        "LPT1", "LPT2", "LPT3", "LPT4", "LPT5", "LPT6", "LPT7", "LPT8", "LPT9",
    };

    public static string From(string? contentDisposition, Uri asked) =>
        Safe(ContentDisposition.FileName(contentDisposition))
        ?? Safe(Uri.UnescapeDataString(asked.AbsolutePath.Substring(asked.AbsolutePath.LastIndexOf('/') + 1)))
        ?? Unknown;

    /// <summary>The last part of a path, without what a file name must not have; null if nothing is left.</summary>
    public static string? Safe(string? proposed)
    {
        if (proposed is null)
            return null;
        string last = proposed.Substring(proposed.LastIndexOfAny(['/', '\\']) + 1);
        var name = new StringBuilder();
        foreach (char c in last)
        {
            if (!char.IsControl(c) && !char.IsSurrogate(c) && c != '\ufffd' && "<>:\"|?*".IndexOf(c) < 0)
                name.Append(c);
        }

        while (Encoding.UTF8.GetByteCount(name.ToString()) > LongestBytes)
            name.Length--;
        // Windows drops dots and spaces at the end: "..  " would be "..".
        string bare = name.ToString().Trim().TrimEnd('.', ' ');
        if (bare.Length == 0)
            return null;
        return Devices.Contains(bare.Split('.')[0].Trim()) ? "_" + bare : bare;
    }
}
