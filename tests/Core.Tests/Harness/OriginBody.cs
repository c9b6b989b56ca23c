using System;
using System.Buffers.Binary;

namespace ProcessDedup.Tests.Harness;

/// <summary>The bytes of something that is served: given ones, or as many as wanted, made on the fly.</summary>
internal sealed class OriginBody
{
    private readonly byte[]? _bytes;
    private readonly uint _seed;

    public OriginBody(byte[] bytes)
    {
        _bytes = bytes;
        Length = bytes.Length;
    }

    public OriginBody(long length, int seed)
    {
        Length = length;
        _seed = (uint)seed;
    }

    public long Length { get; }

    /// <summary>Fills the buffer with what stands at the offset.</summary>
    public void Read(long offset, Span<byte> into)
    {
        if (_bytes is not null)
        {
            _bytes.AsSpan((int)offset, into.Length).CopyTo(into);
            return;
        }

        Span<byte> word = stackalloc byte[8];
        for (int done = 0; done < into.Length;)
        {
            long index = (offset + done) / 8;
            int skip = (int)((offset + done) % 8);
            // A bijective mix, so that no two places of a body are alike (and a shifted body is seen).
            ulong x = unchecked((ulong)index * 0x9E3779B97F4A7C15UL + _seed);
            x ^= x >> 31;
            BinaryPrimitives.WriteUInt64LittleEndian(word, unchecked(x * 0xBF58476D1CE4E5B9UL));
            int count = Math.Min(8 - skip, into.Length - done);
            word.Slice(skip, count).CopyTo(into[done..]);
            done += count;
        }
    }

    /// <summary>All of it; for bodies that fit.</summary>
    public byte[] ToArray()
    {
        byte[] all = new byte[Length];
        Read(0, all);
        return all;
    }
}
