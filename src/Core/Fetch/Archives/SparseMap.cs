using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using ProcessDedup.Messages;

namespace ProcessDedup.Fetch.Archives;

/// <summary>
/// Where the pieces of a sparse file belong that are in an archive (GNU tar manual, "Storing Sparse Files"). It is a
/// stranger's: pieces must come in order, must not overlap, and must be as long together as what is there.
/// </summary>
internal sealed class SparseMap
{
    // A map of more pieces is an attack, or a file of which every second block is a hole and that has 64 GiB.
    private const int MostPieces = 1 << 23;

    private SparseMap(IReadOnlyList<(long Offset, long Length)> pieces, long size) => (Pieces, Size) = (pieces, size);

    public IReadOnlyList<(long Offset, long Length)> Pieces { get; }

    /// <summary>Length of the file with its holes, in bytes.</summary>
    public long Size { get; }

    /// <param name="pieces">As written.</param>
    /// <param name="size">Length with holes.</param>
    /// <param name="stored">How many bytes of content are in the archive.</param>
    /// <exception cref="InvalidDataException">The map does not fit the file, or what is there of it.</exception>
    public static SparseMap Of(IReadOnlyList<(long Offset, long Length)> pieces, long size, long stored)
    {
        long end = 0, sum = 0;
        foreach ((long offset, long length) in pieces)
        {
            if (offset < end || length < 0 || offset > size || length > size - offset)
                throw Malformed();
            end = offset + length;
            sum += length;
        }

        return sum == stored && pieces.Count <= MostPieces ? new SparseMap(pieces, size) : throw Malformed();
    }

    /// <summary>"OFFSET,LENGTH,OFFSET,LENGTH": pax 0.1; 0.0 has the same numbers in records of their own.</summary>
    public static IReadOnlyList<(long Offset, long Length)> OfPax(string map)
    {
        if (map.Length == 0)
            return [];
        long[] numbers = [.. map.Split(',').Select(Number)];
        if (numbers.Length % 2 != 0)
            throw Malformed();
        return [.. Enumerable.Range(0, numbers.Length / 2).Select(i => (numbers[2 * i], numbers[2 * i + 1]))];
    }

    /// <summary>pax 1.0: the map is at the beginning of the content, a number a line, and fills whole blocks.</summary>
    /// <param name="readBlock">Gives the next block of the content.</param>
    /// <param name="read">How many bytes of the content that were.</param>
    public static IReadOnlyList<(long Offset, long Length)> OfContent(Func<byte[]> readBlock, out long read)
    {
        var lines = new ContentLines(readBlock);
        long count = lines.Next();
        if (count > MostPieces)
            throw Malformed();
        var pieces = new List<(long, long)>();
        for (long i = 0; i < count; i++)
            pieces.Add((lines.Next(), lines.Next()));
        read = lines.BytesRead;
        return pieces;
    }

    /// <summary>A number of decimal digits.</summary>
    public static long Number(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value) ? value : throw Malformed();

    public static InvalidDataException Malformed() => new(Message.Of(Key.ReasonSparseMapIsWrong));

    private sealed class ContentLines(Func<byte[]> readBlock)
    {
        private const int LongestNumber = 19;

        private byte[] _block = [];
        private int _at;

        public long BytesRead { get; private set; }

        public long Next()
        {
            string digits = string.Empty;
            for (; ; )
            {
                if (_at == _block.Length)
                {
                    (_block, _at) = (readBlock(), 0);
                    BytesRead += _block.Length;
                }

                char c = (char)_block[_at++];
                if (c == '\n')
                    return Number(digits);
                if (digits.Length == LongestNumber)
                    throw Malformed();
                digits += c;
            }
        }
    }
}
