using System;
using System.Formats.Tar;
using System.IO;
using System.Linq;
using System.Text;
using ProcessDedup.Fetch;
using ProcessDedup.Fetch.Archives;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Archives;

/// <summary>Each kind of archive that is taken has its attack.</summary>
public sealed class HostileRepeatTests : IDisposable
{
    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    private void Refuses(params TarEntry[] entries) => Assert.Equal(FetchError.ArchiveUnsafe, Tars.ErrorOf(Tars.Tar(entries), _place));

    [Fact]
    public void A_name_that_comes_again_never_writes_through_what_came_first()
    {
        string outside = _place.NewDirectory("outside");
        string tree = Tars.Unpack(Tars.Tar(Tars.FileOf("aim"), Tars.LinkOf("l", "aim"), Tars.FileOf("l", "written")), _place);
        Assert.Equal(("content", "written"), (File.ReadAllText(Path.Combine(tree, "aim")), File.ReadAllText(Path.Combine(tree, "l"))));
        Assert.Null(new FileInfo(Path.Combine(tree, "l")).LinkTarget);
        // A link that is replaced is not judged, one that replaces is.
        Tars.Unpack(Tars.Tar(Tars.LinkOf("l", "missing"), Tars.FileOf("l")), _place);
        Refuses(Tars.FileOf("l"), Tars.LinkOf("l", "../../../etc"));
        Refuses(Tars.LinkOf("l", outside), Tars.FileOf("l"));
        // Nothing becomes a directory, or stops to be one, by coming again.
        Refuses(Tars.LinkOf("l", "."), Tars.DirectoryOf("l"), Tars.FileOf("l/x"));
        Refuses(Tars.FileOf("d/x"), Tars.LinkOf("d", "."));
        Refuses(Tars.FileOf("d/x"), Tars.FileOf("d"));
        Refuses(Tars.FileOf("a"), Tars.LinkOf("a", "b"), Tars.FileOf("a/x"));
        // Nor by another spelling.
        Refuses(Tars.FileOf("a"), Tars.FileOf("A"));
        Assert.Empty(Directory.GetFileSystemEntries(outside));
    }

    [Fact]
    public void A_hard_link_that_comes_again_is_what_it_names_now()
    {
        string tree = Tars.Unpack(
            Tars.Tar(Tars.FileOf("a", "one"), Tars.HardLinkOf("b", "a"), Tars.FileOf("a", "two"), Tars.FileOf("c", "three"), Tars.HardLinkOf("c", "a")), _place);
        Assert.Equal(["a two", "b one", "c two"], Directory.GetFiles(tree).Order(StringComparer.Ordinal).Select(file => $"{Path.GetFileName(file)} {File.ReadAllText(file)}"));
        Refuses(Tars.FileOf("a"), Tars.HardLinkOf("a", "a"));
        // The link at the end decides: what was replaced leads nowhere any more.
        Refuses(Tars.FileOf("a"), Tars.LinkOf("l", "a"), Tars.LinkOf("l", "../x"), Tars.HardLinkOf("h", "l"));
    }

    [Fact]
    public void Packs_of_ours_have_no_name_twice() => Assert.Equal(FetchError.ArchiveUnsafe, Tars.ErrorOf(
        Tars.Tar(Tars.FileOf("a"), Tars.FileOf("a")), _place, new UnpackOptions { RefusesRepeatedNames = true }));

    [Theory]
    [InlineData("4\n0\n1\n2\n1\n", 3, "more pieces than lines")]
    [InlineData("2\n2\n1\n0\n2\n", 3, "not in order")]
    [InlineData("2\n0\n2\n1\n1\n", 3, "overlapping")]
    [InlineData("1\n0\n2\n", 3, "less than is there")]
    [InlineData("1\n0\n4\n", 3, "more than is there")]
    [InlineData("1\n9\n3\n", 3, "behind the end")]
    [InlineData("1\n9223372036854775807\n3\n", 3, "so large that it wraps")]
    [InlineData("1\n-1\n3\n", 3, "negative")]
    [InlineData("99999999999999999999\n", 3, "no number")]
    [InlineData("9999999\n", 3, "endless")]
    public void A_sparse_map_that_lies_is_damage(string map, int stored, string _) =>
        Assert.Equal(FetchError.ArchiveCorrupt, Tars.ErrorOf(Sparse(map, "abc"[..stored], "10"), _place));

    [Fact]
    public void A_sparse_map_that_does_not_lie_is_taken_and_a_hole_counts_as_much_as_bytes()
    {
        string tree = Tars.Unpack(Sparse("2\n1\n2\n5\n1\n", "abc", "10"), _place);
        Assert.Equal("\0ab\0\0c\0\0\0\0", File.ReadAllText(Path.Combine(tree, "name")));
        Assert.Equal(FetchError.ArchiveTooLarge, Tars.ErrorOf(Sparse("1\n0\n3\n", "abc", "8000000000000"), _place));
        Assert.Equal(FetchError.ArchiveTooLarge, Tars.ErrorOf(Sparse("0\n", "", "600000000"), _place));
        Assert.Equal(FetchError.ArchiveUnsafe, Tars.ErrorOf(Sparse("0\n", "", "10", "../name"), _place));
        Assert.Equal(FetchError.ArchiveUnsafe, Tars.ErrorOf(Sparse("0\n", "", "10", "/etc/name"), _place));
    }

    // pax 1.0: records, then the map in whole blocks, then the pieces.
    private static byte[] Sparse(string map, string stored, string size, string name = "name")
    {
        byte[] blocks = new byte[(map.Length + 511) / 512 * 512];
        Encoding.ASCII.GetBytes(map).CopyTo(blocks, 0);
        var entry = new PaxTarEntry(TarEntryType.RegularFile, "GNUSparseFile.0/name", new System.Collections.Generic.Dictionary<string, string>
        {
            ["GNU.sparse.major"] = "1",
            ["GNU.sparse.minor"] = "0",
            ["GNU.sparse.name"] = name,
            ["GNU.sparse.realsize"] = size,
        })
        {
            DataStream = new MemoryStream([.. blocks, .. Encoding.ASCII.GetBytes(stored)]),
        };
        return Tars.Tar(entry);
    }

    [Theory]
    [InlineData("..\\..\\out")]
    [InlineData("\\out")]
    [InlineData("C:\\out")]
    [InlineData("dir\\..\\..\\out")]
    [InlineData("dir/sub\\file")]
    public void Backslashes_of_a_zip_lead_nowhere(string name) => Assert.Equal(FetchError.ArchiveUnsafe, Tars.ErrorOf(OfMsDos(Zips.Zip((name, "x"))), _place));

    // The system that made it: the upper byte of "version made by" in the central directory.
    private static byte[] OfMsDos(byte[] zip)
    {
        int central = zip.AsSpan().IndexOf("PK\x01\x02"u8);
        zip[central + 5] = 0;
        return zip;
    }

    [Theory]
    [InlineData(3)]
    [InlineData(-1)]
    public void A_gzip_whose_trailer_or_header_lies_is_damage(int where)
    {
        byte[] gzip = Tars.Gzip(Tars.Tar(Tars.FileOf("a")));
        gzip[where < 0 ? gzip.Length - 6 : where] ^= where < 0 ? (byte)1 : (byte)0xe0;
        Assert.Equal(FetchError.ArchiveCorrupt, Tars.ErrorOf(gzip, _place));
    }
}
