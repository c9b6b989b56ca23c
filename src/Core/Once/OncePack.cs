using System.IO;
using System.Threading;
using ProcessDedup.Fetch;
using ProcessDedup.Store;
using ProcessDedup.Substituters;

namespace ProcessDedup.Once;

/// <summary>
/// What work has left, as the coordinator keeps it for the other machines: what a command prints and the like, small enough for
/// a row of a table. It is packed, and refused, as artifacts are.
/// </summary>
internal static class OncePack
{
    /// <summary>The most that is kept, in bytes. A row is read and written as a whole, by a server that has others to serve.</summary>
    public const int Largest = 16 << 20;

    /// <exception cref="FetchException"><see cref="FetchError.FetchTooLarge"/>: the machines that wait do it themselves.</exception>
    public static byte[] Pack(CacheStore store, CacheEntry entry, string display, CancellationToken cancellation)
    {
        TreeManifest manifest = TreeManifest.Read(store.Layout.ManifestFile(entry.Digest!));
        using StagingDirectory place = store.NewStaging();
        string file = place.File("pack");
        PackWriter.Write(store.Layout.TreeDirectory(entry.Digest!), manifest, ArtifactRecord.TarGzip, file, cancellation);
        long length = new FileInfo(file).Length;
        // Unpacked, what is very well compressed would be taken for a bomb.
        return length <= Largest && manifest.TotalBytes <= ArtifactRecord.LargestOf(length)
            ? File.ReadAllBytes(file)
            : throw FetchFailures.ResultTooLarge(display, manifest.TotalBytes, Largest);
    }

    /// <summary>Fills the directory, and compares all of it with the entry.</summary>
    /// <exception cref="SubstituterFault">It is not what the entry says.</exception>
    /// <exception cref="FetchException">This machine cannot take it.</exception>
    public static Substituted Unpack(
        byte[] pack, CacheEntry entry, string directory, StagingDirectory place, string from, CancellationToken cancellation)
    {
        string file = place.File("pack");
        File.WriteAllBytes(file, pack);
        var record = new ArtifactRecord
        {
            Key = entry.Key,
            Name = entry.Source,
            Digest = entry.Digest!,
            Size = entry.Size,
            Packing = ArtifactRecord.TarGzip,
            PackSize = pack.Length,
        };
        return new Substituted(record, ArtifactPack.Unpack(file, directory, record, allowsOutwardLinks: false, cancellation), from, pack.Length);
    }
}
