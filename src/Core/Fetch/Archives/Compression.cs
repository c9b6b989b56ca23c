using System;
using System.Buffers.Binary;
using System.IO;
using System.Threading;

namespace ProcessDedup.Fetch.Archives;

/// <summary>How a file is compressed, told by its first bytes, and its content.</summary>
internal static class Compression
{
    private static readonly byte[] Gzip = [0x1f, 0x8b];
    private static readonly byte[] Bzip2 = "BZh"u8.ToArray();
    private static readonly byte[] Xz = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00];
    private static readonly byte[] Lz4 = [0x04, 0x22, 0x4d, 0x18];

    /// <summary>The content of a compressed file; null: it is none of a known kind.</summary>
    /// <param name="magic">Its first bytes, at least 13.</param>
    /// <param name="stream">The file, from its beginning.</param>
    /// <param name="name">What it is called in errors.</param>
    /// <param name="cancellation">Ends the program that decompresses.</param>
    public static Stream? Open(byte[] magic, Stream stream, string name, CancellationToken cancellation) =>
        Begins(magic, Gzip) ? new GzipMembers(stream)
        : Begins(magic, Bzip2) ? new Bzip2Members(stream)
        : Begins(magic, Xz) ? DecompressionProgram.Xz(stream, cancellation)
        : Begins(magic, Lz4) ? DecompressionProgram.Lz4(stream, cancellation)
        : ZstdFrames.Begin(magic) ? new ZstdFrames(stream, name, cancellation)
        : IsLzma(magic) ? DecompressionProgram.Lzma(stream, cancellation)
        : null;

    public static bool Begins(byte[] content, byte[] magic) => content.AsSpan().StartsWith(magic);

    // It has no mark of its own. As bsdtar looks at it: the usual properties, a dictionary of 2^n or 2^n + 2^(n-1) bytes, and a
    // length that is unknown or less than 256 GiB.
    private static bool IsLzma(byte[] content)
    {
        const byte usualProperties = 0x5d;
        const int smallestDictionary = 1 << 12;
        uint dictionary = BinaryPrimitives.ReadUInt32LittleEndian(content.AsSpan(1));
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(content.AsSpan(5));
        uint top = System.Numerics.BitOperations.RoundUpToPowerOf2(dictionary);
        bool isUsual = dictionary >= smallestDictionary && (dictionary == top || dictionary == top / 4 * 3);
        return content[0] == usualProperties && isUsual && (length == ulong.MaxValue || length < 1UL << 38);
    }
}
