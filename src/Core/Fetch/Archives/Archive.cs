using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using ProcessDedup.Messages;
using ProcessDedup.Platform;
using ProcessDedup.Store;

namespace ProcessDedup.Fetch.Archives;

/// <summary>
/// Unpacks archives of strangers. The kind is told by the content: zip, 7z, and tar that is plain or compressed with gzip,
/// bzip2, xz, zstd, lzma or lz4. What would write outside its directory, or holds what no tree may hold, is refused as a whole.
/// </summary>
internal static class Archive
{
    private const int BufferSize = 1 << 16;

    private static readonly byte[][] Zip = [[0x50, 0x4b, 3, 4], [0x50, 0x4b, 5, 6], [0x50, 0x4b, 7, 8]];

    /// <summary>Makes the directory and unpacks into it.</summary>
    /// <param name="file">The archive.</param>
    /// <param name="directory">Must be missing or empty. Has mode 0700 if it is made here; what is in it 0755 and 0644.</param>
    /// <param name="options">Limits, and what to strip.</param>
    /// <param name="cancellation">Ends the unpacking, and the program that decompresses.</param>
    /// <param name="facts">Gets what a tar archive says of permissions, hard links and extended attributes.</param>
    /// <returns>When what was made was last modified, as the archive says, by path; see <see cref="TreeTimes"/>.</returns>
    /// <exception cref="FetchException">A directory that was made here is gone again then.</exception>
    public static IReadOnlyDictionary<string, long> Unpack(
        string file, string directory, UnpackOptions options, CancellationToken cancellation, ArchivedFacts? facts = null)
    {
        bool isMade = false;
        bool isWhole = false;
        try
        {
            using FileStream stream = Open(file);
            string name = options.Name ?? file;
            var budget = new UnpackBudget(name, options.MaxEntries, options.LimitFor(stream.Length));
            isMade = PrepareDirectory(directory);
            facts ??= new ArchivedFacts();
            var extractor = new TreeExtractor(name, directory, options, budget, cancellation) { Facts = facts };
            using (IArchiveReader reader = Reading(name, () => ReaderOf(file, name, stream, options, budget, cancellation)))
            {
                while (Reading(name, reader.Next) is { } entry)
                    extractor.Add(entry);
            }

            extractor.Finish();
            if (facts.Dropped(name) is { } dropped)
                options.Told?.Invoke(dropped);
            isWhole = true;
            return extractor.Times;
        }
        catch (PlatformException e)
        {
            throw FetchFailures.FromPlatform(directory, e);
        }
        catch (Exception e) when (ManagedFailures.IsAboutFiles(e))
        {
            throw FetchFailures.FromPlatform(directory, ManagedFailures.Translate("write", directory, e));
        }
        finally
        {
            if (isMade && !isWhole)
                TreeRemoval.TryDelete(directory);
        }
    }

    /// <summary>Whatever a library throws over bytes that strangers have written means that they are damaged.</summary>
    public static T Reading<T>(string file, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is not (FetchException or OperationCanceledException or OutOfMemoryException))
        {
            throw FetchFailures.ArchiveCorrupt(file, e.Message.TrimEnd('.'), e);
        }
    }

    private static FileStream Open(string file)
    {
        try
        {
            return SourceFile.OpenStream(file, BufferSize);
        }
        catch (Exception e) when (ManagedFailures.IsAboutFiles(e))
        {
            throw FetchFailures.ArchiveUnreadable(file, ManagedFailures.Translate("open", file, e));
        }
    }

    private static bool PrepareDirectory(string directory)
    {
        if (FileSystem.TryGetFacts(directory, out FileFacts facts))
        {
            return facts.Type == FileType.Directory && Directory.GetFileSystemEntries(directory).Length == 0
                ? false
                : throw FetchFailures.DestinationNotEmpty(directory);
        }

        FileSystem.CreatePrivateDirectory(directory);
        return true;
    }

    private static IArchiveReader ReaderOf(
        string path, string file, FileStream stream, UnpackOptions options, UnpackBudget budget, CancellationToken cancellation)
    {
        byte[] magic = new byte[TarSource.BlockSize];
        int length = 0;
        while (length < magic.Length && stream.Read(magic, length, magic.Length - length) is int read and > 0)
            length += read;
        stream.Position = 0;
        if (Array.Exists(Zip, zip => Compression.Begins(magic, zip)))
            return new ZipReader(stream, file, options.Told);
        if (SevenZipReader.Begins(magic))
            return SevenZipReader.Open(path, file, options, budget, cancellation);
        Stream content = Compression.Open(magic, stream, file, cancellation) ?? stream;
        var source = new TarSource(content, content != stream, budget, cancellation);
        bool isTar = false;
        try
        {
            isTar = source.BeginsAsTar();
        }
        finally
        {
            if (!isTar)
                source.Dispose();
        }

        if (!isTar)
            throw FetchFailures.ArchiveUnsupported(file, length == 0 ? Message.Of(Key.ReasonEmpty)
                : WebPage.Begins(magic, length) ? Message.Of(Key.ReasonWebPageInsteadOfArchive)
                : content != stream ? Message.Of(Key.ReasonOneCompressedFile)
                : Message.Of(Key.ReasonNeitherZipNorTarArchive));
        return new TarArchiveReader(source);
    }
}
