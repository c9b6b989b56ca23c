using System.IO;
using System.Security.Cryptography;
using System.Threading;
using ProcessDedup.Fetch;
using ProcessDedup.Platform;

namespace ProcessDedup.Store;

/// <summary>Reads a tree of the store to the last byte, and notes what its files are like.</summary>
internal static class TreeReading
{
    // Hashed while it is still in a processor's cache.
    private const int BufferSize = 1 << 18;

    /// <summary>Compares every file with its hash. Directories and links are made from the manifest, and never copied.</summary>
    /// <param name="tree">The directory.</param>
    /// <param name="manifest">What is in it.</param>
    /// <param name="cancellation">Between pieces.</param>
    /// <returns><see cref="FactsDigest"/> of the files as they were read; null: a later change would not be seen in it.</returns>
    /// <exception cref="FetchException">
    /// <see cref="FetchError.StoreUnsafe"/>: a file is not what it should be, or is gone. Others: one cannot be read.
    /// </exception>
    public static string? Read(string tree, TreeManifest manifest, CancellationToken cancellation)
    {
        using var digest = new FactsDigest();
        byte[] buffer = new byte[BufferSize];
        foreach (TreeItem item in manifest.Items)
        {
            if (item.Kind != TreeItemKind.File)
                continue;
            digest.Add(Read(tree, item, buffer, cancellation));
        }

        return digest.Finish();
    }

    private static FileFacts? Read(string tree, TreeItem item, byte[] buffer, CancellationToken cancellation)
    {
        string path = Path.Combine(tree, item.Path);
        try
        {
            using SourceFile file = SourceFile.Open(path);
            FileFacts? before = ChangeTimes.SettledFacts(file);
            if (HashOf(file.Stream, buffer, cancellation) != item.Sha256)
                throw FetchFailures.StoreDamaged(tree, $"'{item.Path}'");
            return before is { } facts && file.Facts().IsUnchangedSince(facts) ? before : null;
        }
        catch (PlatformException e) when (e.Fault is PlatformFault.Missing or PlatformFault.ParentMissing or PlatformFault.IsDirectory or PlatformFault.NotRegular)
        {
            throw FetchFailures.StoreDamaged(tree, $"'{item.Path}'");
        }
        catch (PlatformException e)
        {
            throw FetchFailures.FromPlatform(path, e);
        }
        catch (IOException e)
        {
            throw FetchFailures.FromPlatform(path, ManagedFailures.Translate("read", path, e));
        }
    }

    private static string HashOf(FileStream file, byte[] buffer, CancellationToken cancellation)
    {
        using IncrementalHash hash = ContentHash.Begin(ContentHash.Sha256);
        while (file.Read(buffer, 0, buffer.Length) is int read and > 0)
        {
            cancellation.ThrowIfCancellationRequested();
            hash.AppendData(buffer, 0, read);
        }

        return ContentHash.ToHex(hash.GetHashAndReset());
    }
}
