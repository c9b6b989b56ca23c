using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using ProcessDedup.Platform;
using ProcessDedup.Store;

namespace ProcessDedup.Artifacts;

/// <summary>Looks for paths that a build has written into its product. What is compressed is not looked into.</summary>
internal static class BakedPaths
{
    private const int BufferSize = 1 << 20;

    /// <summary>The files that hold one of the texts, and the links that lead there.</summary>
    /// <param name="directory">The product.</param>
    /// <param name="manifest">What is in it.</param>
    /// <param name="texts">Looked for as UTF-8 and, as in strings of .NET and Windows, as UTF-16.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>Paths from the directory, in the manifest's order.</returns>
    public static IReadOnlyList<string> Find(
        string directory, TreeManifest manifest, IReadOnlyList<string> texts, CancellationToken cancellation)
    {
        byte[][] needles = [.. texts.Distinct(StringComparer.Ordinal).SelectMany(text => new[] { Encoding.UTF8.GetBytes(text), Encoding.Unicode.GetBytes(text) })];
        int longest = needles.Max(needle => needle.Length);
        byte[] buffer = new byte[BufferSize + longest];
        var found = new List<string>();
        foreach (TreeItem item in manifest.Items)
        {
            cancellation.ThrowIfCancellationRequested();
            bool isBaked = item.Kind == TreeItemKind.Link
                ? texts.Any(text => item.LinkTarget!.Contains(text, StringComparison.Ordinal))
                : item is { Kind: TreeItemKind.File, Size: > 0 } && Holds(Path.Combine(directory, item.Path), needles, buffer, longest);
            if (isBaked)
                found.Add(item.Path);
        }

        return found;
    }

    private static bool Holds(string file, byte[][] needles, byte[] buffer, int longest)
    {
        using var stream = SourceFile.OpenStream(file);
        int kept = 0;
        while (stream.Read(buffer, kept, BufferSize) is int read and > 0)
        {
            ReadOnlySpan<byte> content = buffer.AsSpan(0, kept + read);
            foreach (byte[] needle in needles)
            {
                if (content.IndexOf(needle) >= 0)
                    return true;
            }

            // A text may be cut by the end of the buffer.
            int rest = Math.Min(content.Length, longest - 1);
            content.Slice(content.Length - rest).CopyTo(buffer);
            kept = rest;
        }

        return false;
    }
}
