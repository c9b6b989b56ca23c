using System;
using System.Buffers.Binary;
using System.Security.Cryptography;
using ProcessDedup.Platform;

namespace ProcessDedup.Store;

/// <summary>
/// One hash over what the system says of all files of a tree, in the order of its manifest: device, inode, size, time of
/// modification, time of the last change. As long as it is the same, nobody has touched any of them.
/// </summary>
internal sealed class FactsDigest : IDisposable
{
    private readonly IncrementalHash _hash = ContentHash.Begin(ContentHash.Sha256);
    private bool _isKnown = true;

    /// <summary>The next file; null: nothing that could be relied on is known of it.</summary>
    public void Add(FileFacts? file)
    {
        if (file is not { } facts)
        {
            _isKnown = false;
            return;
        }

        const int fields = 5;
        Span<byte> bytes = stackalloc byte[fields * sizeof(long)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, facts.Identity.Device);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], facts.Identity.Inode);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[16..], facts.Size);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[24..], facts.ModifiedNanoseconds);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[32..], facts.ChangedNanoseconds);
        _hash.AppendData(bytes);
    }

    /// <summary>The hash in hexadecimal digits; null if a file is not known.</summary>
    public string? Finish() => _isKnown ? ContentHash.ToHex(_hash.GetHashAndReset()) : null;

    public void Dispose() => _hash.Dispose();
}
