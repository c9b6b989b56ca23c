using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using ProcessDedup.Platform;

namespace ProcessDedup.Store;

/// <summary>Several hashes of one content in the making, and how far they have come.</summary>
internal sealed class ContentHasher : IDisposable
{
    private const int BufferSize = 1 << 20;

    private readonly Dictionary<string, IncrementalHash> _hashes;

    /// <param name="algorithms">As <see cref="ContentHash.Algorithm"/> names them; sha256 is always among them.</param>
    public ContentHasher(IEnumerable<string> algorithms) =>
        _hashes = algorithms.Append(ContentHash.Sha256).Distinct(StringComparer.Ordinal).ToDictionary(a => a, ContentHash.Begin);

    /// <summary>Bytes that are in it.</summary>
    public long Length { get; private set; }

    public void Append(byte[] buffer, int count)
    {
        foreach (IncrementalHash hash in _hashes.Values)
            hash.AppendData(buffer, 0, count);
        Length += count;
    }

    /// <summary>Begins anew.</summary>
    public void Reset() => _ = Finish();

    /// <summary>Takes in what the file has and it has not, up to a length.</summary>
    /// <param name="path">The file.</param>
    /// <param name="length">How much of it counts.</param>
    /// <param name="goesOn">Is called now and then.</param>
    /// <exception cref="IOException">It cannot be read, or is shorter.</exception>
    public void CatchUp(string path, long length, Action goesOn)
    {
        if (Length > length)
            Reset();
        if (Length == length)
            return;
        using var file = SourceFile.OpenStream(path);
        file.Seek(Length, SeekOrigin.Begin);
        byte[] buffer = new byte[(int)Math.Min(BufferSize, length - Length)];
        while (Length < length)
        {
            int read = file.Read(buffer, 0, (int)Math.Min(buffer.Length, length - Length));
            if (read == 0)
                throw new EndOfStreamException();
            Append(buffer, read);
            goesOn();
        }
    }

    /// <summary>The hashes of all that came since the beginning, or since the last of these calls.</summary>
    public IReadOnlyDictionary<string, ContentHash> Finish()
    {
        Length = 0;
        return _hashes.ToDictionary(h => h.Key, h => ContentHash.Of(h.Key, h.Value.GetHashAndReset()), StringComparer.Ordinal);
    }

    public void Dispose()
    {
        foreach (IncrementalHash hash in _hashes.Values)
            hash.Dispose();
    }
}
