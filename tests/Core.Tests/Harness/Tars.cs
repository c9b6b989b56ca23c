using System;
using System.Collections.Generic;
using System.Formats.Tar;
using System.IO;
using System.IO.Compression;
using System.Text;
using System.Threading;
using ProcessDedup.Fetch;
using ProcessDedup.Fetch.Archives;
using Xunit;

namespace ProcessDedup.Tests.Harness;

/// <summary>Archives that no decent program makes.</summary>
internal static class Tars
{
    public static TarEntry FileOf(string name, string content = "content", UnixFileMode mode = (UnixFileMode)0x1a4) =>
        new PaxTarEntry(TarEntryType.RegularFile, name)
        {
            DataStream = new MemoryStream(Encoding.UTF8.GetBytes(content)),
            Mode = mode,
        };

    public static TarEntry DirectoryOf(string name) => new PaxTarEntry(TarEntryType.Directory, name);

    public static TarEntry LinkOf(string name, string target) =>
        new PaxTarEntry(TarEntryType.SymbolicLink, name) { LinkName = target };

    public static TarEntry HardLinkOf(string name, string target) =>
        new PaxTarEntry(TarEntryType.HardLink, name) { LinkName = target };

    public static byte[] Tar(params IEnumerable<TarEntry> entries)
    {
        var bytes = new MemoryStream();
        using (var writer = new TarWriter(bytes, leaveOpen: true))
        {
            foreach (TarEntry entry in entries)
                writer.WriteEntry(entry);
        }

        return bytes.ToArray();
    }

    public static byte[] Gzip(byte[] content)
    {
        var bytes = new MemoryStream();
        using (var gzip = new GZipStream(bytes, CompressionLevel.Fastest))
            gzip.Write(content);
        return bytes.ToArray();
    }

    /// <summary>How unpacking fails; null if it does not.</summary>
    public static FetchError? ErrorOf(byte[] archive, TestDirectory place, UnpackOptions? options = null)
    {
        string file = place.File($"archive-{Guid.NewGuid():N}");
        File.WriteAllBytes(file, archive);
        string directory = file + ".d";
        try
        {
            Archive.Unpack(file, directory, options ?? new UnpackOptions(), CancellationToken.None);
            return null;
        }
        catch (FetchException e)
        {
            Assert.False(Directory.Exists(directory), "a failure leaves nothing behind");
            return e.Error;
        }
    }

    /// <summary>Unpacks, and tells where.</summary>
    public static string Unpack(byte[] archive, TestDirectory place, UnpackOptions? options = null)
    {
        string file = place.File($"archive-{Guid.NewGuid():N}");
        File.WriteAllBytes(file, archive);
        Archive.Unpack(file, file + ".d", options ?? new UnpackOptions(), CancellationToken.None);
        return file + ".d";
    }
}
