using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using System.Threading;
using ProcessDedup.Platform;
using ProcessDedup.Store;

namespace ProcessDedup.Fetch.Files;

/// <summary>Hashes of files, several at once.</summary>
internal static class FileHashing
{
    private const int BufferSize = 1024 * 1024;

    /// <summary>The hashes of a file by these algorithms.</summary>
    /// <exception cref="PlatformException">It cannot be opened, or is no regular file.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static IReadOnlyList<ContentHash> Of(string path, IReadOnlyCollection<string> algorithms, CancellationToken cancellation)
    {
        using var file = SourceFile.Open(path);
        return Of(file.Stream, null, algorithms, cancellation, out _);
    }

    /// <summary>Copies a stream, hashing what is copied.</summary>
    public static IReadOnlyList<ContentHash> Copy(
        Stream from, Stream to, IReadOnlyCollection<string> algorithms, Action<int>? advance, CancellationToken cancellation, out long length) =>
        Of(from, (buffer, count) =>
        {
            to.Write(buffer, 0, count);
            advance?.Invoke(count);
        }, algorithms, cancellation, out length);

    private static List<ContentHash> Of(
        Stream stream, Action<byte[], int>? also, IReadOnlyCollection<string> algorithms, CancellationToken cancellation, out long length)
    {
        IncrementalHash[] hashes = algorithms.Select(ContentHash.Begin).ToArray();
        try
        {
            byte[] buffer = new byte[BufferSize];
            length = 0;
            while (stream.Read(buffer, 0, buffer.Length) is int count and > 0)
            {
                cancellation.ThrowIfCancellationRequested();
                also?.Invoke(buffer, count);
                foreach (IncrementalHash hash in hashes)
                    hash.AppendData(buffer, 0, count);
                length += count;
            }

            return algorithms.Zip(hashes, (algorithm, hash) => ContentHash.Of(algorithm, hash.GetHashAndReset())).ToList();
        }
        finally
        {
            foreach (IncrementalHash hash in hashes)
                hash.Dispose();
        }
    }
}
