using System;
using System.Collections.Generic;

namespace ProcessDedup.Fetch.Archives;

/// <summary>
/// Sparse entries in all forms that GNU tar and bsdtar write: the old one of GNU (type 'S'), and 0.0, 0.1 and 1.0 in pax
/// records.
/// </summary>
internal static class TarSparse
{
    private const string Prefix = "GNU.sparse.";

    // The old header (GNU tar manual, "Basic Tar Format", oldgnu_header and sparse_header).
    private const int FirstPiece = 386, PiecesOfHeader = 4, PiecesOfExtension = 21;
    private const int NumberLength = 12, PieceLength = 2 * NumberLength;
    private const int HeaderIsExtended = 482, ExtensionIsExtended = 504, RealSize = 483;

    /// <summary>
    /// pax 0.0 writes two records of one name for each piece; they become the one of 0.1. The reader keeps only the last of
    /// two records of one name.
    /// </summary>
    public static bool TryAppend(Dictionary<string, string> pax, string key, string value)
    {
        if (key is not (Prefix + "offset" or Prefix + "numbytes"))
            return false;
        pax[Prefix + "map"] = pax.TryGetValue(Prefix + "map", out string? before) ? before + "," + value : value;
        return true;
    }

    public static bool IsPax(Dictionary<string, string> pax)
    {
        foreach (string key in pax.Keys)
        {
            if (key.StartsWith(Prefix, StringComparison.Ordinal))
                return true;
        }

        return false;
    }

    /// <summary>The name of the file; the header has one of the archiver's making.</summary>
    public static string? NameOf(Dictionary<string, string> pax) => pax.TryGetValue(Prefix + "name", out string? name) ? name : null;

    /// <summary>The map of an entry whose content comes next; null: it is of a version that is not known here.</summary>
    /// <param name="pax">Its records.</param>
    /// <param name="stored">Length of what is in the archive; less afterwards if the map is a part of that.</param>
    /// <param name="readBlock">Gives the next block of the content.</param>
    public static SparseMap? OfPax(Dictionary<string, string> pax, ref long stored, Func<byte[]> readBlock)
    {
        string version = (pax.TryGetValue(Prefix + "major", out string? major) ? major : "0") + "."
            + (pax.TryGetValue(Prefix + "minor", out string? minor) ? minor : "0");
        if (version is "0.0" or "0.1")
        {
            return pax.TryGetValue(Prefix + "size", out string? size)
                ? SparseMap.Of(SparseMap.OfPax(pax.TryGetValue(Prefix + "map", out string? map) ? map : string.Empty), SparseMap.Number(size), stored)
                : null;
        }

        if (version != "1.0" || !pax.TryGetValue(Prefix + "realsize", out string? real))
            return null;
        long content = stored;
        IReadOnlyList<(long, long)> pieces = SparseMap.OfContent(
            () => (content -= TarSource.BlockSize) >= 0 ? readBlock() : throw SparseMap.Malformed(), out long read);
        stored -= read;
        return SparseMap.Of(pieces, SparseMap.Number(real), stored);
    }

    /// <summary>The map of an entry of type 'S', of which the rest comes next; null: there is none.</summary>
    public static SparseMap? OfOldHeader(byte[] header, long stored, Func<byte[]> readBlock)
    {
        var pieces = new List<(long, long)>();
        // GNU tar writes one at least, of no length at the end of what is all hole.
        if (!TryAdd(pieces, header, FirstPiece))
            return null;
        bool goesOn = true;
        for (int i = 1; i < PiecesOfHeader && goesOn; i++)
            goesOn = TryAdd(pieces, header, FirstPiece + i * PieceLength);
        bool isExtended = header[HeaderIsExtended] != 0;
        while (isExtended)
        {
            byte[] extension = readBlock();
            for (int i = 0; i < PiecesOfExtension && goesOn; i++)
                goesOn = TryAdd(pieces, extension, i * PieceLength);
            isExtended = extension[ExtensionIsExtended] != 0;
        }

        return SparseMap.Of(pieces, TarHeader.Number(header, RealSize, NumberLength), stored);
    }

    private static bool TryAdd(List<(long, long)> pieces, byte[] block, int at)
    {
        if (block[at] == 0)
            return false;
        pieces.Add((TarHeader.Number(block, at, NumberLength), TarHeader.Number(block, at + NumberLength, NumberLength)));
        return true;
    }
}
