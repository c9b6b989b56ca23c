using System;
using System.Linq;
using System.Threading;
using ProcessDedup.Fetch;
using ProcessDedup.Store;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Archives;

/// <summary>Cut and damaged archives: never success with something missing.</summary>
public sealed class TruncationTests : IDisposable
{
    private readonly TestDirectory _place = new();

    // Zeros at the end of a file look like the end of the archive.
    private readonly byte[] _tar = Tars.Tar(
        Tars.FileOf("a", "first"),
        Tars.DirectoryOf("d"),
        Tars.FileOf("d/" + new string('n', 150), "long name"),
        Tars.FileOf("zeros", new string('\0', 2048)),
        Tars.FileOf("last", new string('x', 700)));

    public void Dispose() => _place.Dispose();

    [Fact]
    public void A_tar_archive_cut_anywhere_fails_or_is_whole()
    {
        ContentHash whole = DigestOf(Tars.Unpack(_tar, _place));
        for (int length = 1; length < _tar.Length; length += length % 512 is 511 or 0 ? 1 : 255)
        {
            byte[] cut = _tar[..length];
            if (Tars.ErrorOf(cut, _place) is null)
                Assert.Equal(whole, DigestOf(Tars.Unpack(cut, _place)));
            if (length % 512 == 0 && length < _tar.Length - 1024)
                Assert.Equal(FetchError.ArchiveCorrupt, Tars.ErrorOf(cut, _place));
        }
    }

    [Fact]
    public void A_gzip_archive_cut_anywhere_fails()
    {
        byte[] archive = Tars.Gzip(_tar);
        for (int length = 2; length < archive.Length; length++)
        {
            FetchError? error = Tars.ErrorOf(archive[..length], _place);
            Assert.True(error is FetchError.ArchiveCorrupt, $"{error} at {length} of {archive.Length}");
        }
    }

    [Fact]
    public void A_zip_archive_cut_anywhere_fails()
    {
        byte[] archive = Zips.Zip(("a", "first"), ("d/b", new string('x', 300)));
        for (int length = 4; length < archive.Length; length++)
        {
            FetchError? error = Tars.ErrorOf(archive[..length], _place);
            Assert.True(error is FetchError.ArchiveCorrupt, $"{error} at {length} of {archive.Length}");
        }
    }

    [Theory]
    [InlineData("bzip2")]
    [InlineData("xz")]
    [InlineData("zstd")]
    public void What_a_real_program_has_compressed_fails_when_cut(string program)
    {
        byte[] archive = Zips.Filter(_place, program, "-c", _tar);
        Assert.Null(Tars.ErrorOf(archive, _place));
        foreach (int length in Enumerable.Range(1, 12).Select(i => archive.Length * i / 13).Append(archive.Length - 1))
        {
            FetchError? error = Tars.ErrorOf(archive[..length], _place);
            Assert.True(error is FetchError.ArchiveCorrupt, $"{error} at {length} of {archive.Length}");
        }
    }

    [Fact]
    public void A_wrong_checksum_is_noticed()
    {
        byte[] gzip = Tars.Gzip(_tar);
        gzip[^5] ^= 1;
        Assert.Equal(FetchError.ArchiveCorrupt, Tars.ErrorOf(gzip, _place));
        byte[] zip = Zips.Zip(("a", "first"));
        zip[^(22 + 46 + 1 - 16)] ^= 1;
        Assert.Equal(FetchError.ArchiveCorrupt, Tars.ErrorOf(zip, _place));
        byte[] tar = (byte[])_tar.Clone();
        tar[3] ^= 1;
        Assert.Equal(FetchError.ArchiveCorrupt, Tars.ErrorOf(tar, _place));
    }

    [Fact]
    public void Members_one_after_another_are_one_archive_and_what_follows_does_not_matter()
    {
        ContentHash whole = DigestOf(Tars.Unpack(_tar, _place));
        byte[] first = _tar[..1000], second = _tar[1000..];
        Assert.Equal(whole, DigestOf(Tars.Unpack([.. Tars.Gzip(first), .. Tars.Gzip(second)], _place)));
        Assert.Equal(whole, DigestOf(Tars.Unpack([.. Tars.Gzip(_tar), .. new byte[512]], _place)));
        Assert.Equal(whole, DigestOf(Tars.Unpack([.. _tar, .. "garbage"u8], _place)));
        Assert.Equal(whole, DigestOf(Tars.Unpack(
            [.. Zips.Filter(_place, "bzip2", "-c", first), .. Zips.Filter(_place, "bzip2", "-c", second)], _place)));
        // tar(1) takes one without the mark of its end; only what checks itself is believed so far.
        Assert.Equal(whole, DigestOf(Tars.Unpack(Tars.Gzip(_tar[..^1024]), _place)));
        Assert.Equal(FetchError.ArchiveCorrupt, Tars.ErrorOf(_tar[..^1024], _place));
    }

    private static ContentHash DigestOf(string tree) => TreeManifest.Of(tree, CancellationToken.None).Digest;
}
