using System;
using System.Formats.Tar;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using ProcessDedup.Fetch;
using ProcessDedup.Fetch.Archives;
using ProcessDedup.Store;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Archives;

/// <summary>What tar, git and zip make unpacks to what they were given.</summary>
public sealed class RealArchiveTests : IDisposable
{
    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    [Theory]
    [InlineData("--format=gnu")]
    [InlineData("--format=posix")]
    [InlineData("--format=ustar")]
    [InlineData("--format=gnu -z")]
    [InlineData("--format=posix -j")]
    [InlineData("--format=gnu -J")]
    [InlineData("--format=posix --zstd")]
    public void A_tree_comes_back_from_tar(string options)
    {
        TreeManifest original = MakeTree(deep: !options.Contains("ustar", StringComparison.Ordinal));
        string archive = _place.File("a");
        Run("sh", "-c", $"tar {options} -cf '{archive}' -C '{_place.File("tree")}' .");
        Archive.Unpack(archive, _place.File("out"), new UnpackOptions(), CancellationToken.None);
        Assert.Empty(original.FindDifferences(_place.File("out"), CancellationToken.None));
    }

    [Fact]
    public void A_tree_comes_back_from_zip()
    {
        TreeManifest original = MakeTree(deep: true);
        string archive = _place.File("a.zip");
        Assert.SkipWhen(Programs.Find("zip") is null, "zip is not installed");
        Run("sh", "-c", $"cd '{_place.File("tree")}' && zip -qry '{archive}' .");
        Archive.Unpack(archive, _place.File("out"), new UnpackOptions(), CancellationToken.None);
        Assert.Empty(original.FindDifferences(_place.File("out"), CancellationToken.None));
    }

    [Theory]
    [InlineData("tar.gz")]
    [InlineData("zip")]
    public void A_tree_comes_back_from_git_without_its_first_component(string format)
    {
        TreeManifest original = MakeTree(deep: true);
        Run("sh", "-c", $"cd '{_place.File("tree")}' && rmdir empty && git init -q . && git add -A && "
            + "git -c user.name=a -c user.email=a@b commit -qm m && "
            + $"git archive --prefix=repo-1/ --format={format} -o '{_place.File("a")}' HEAD && rm -rf .git && mkdir empty");
        Archive.Unpack(_place.File("a"), _place.File("out"), new UnpackOptions { StripComponents = 1 }, CancellationToken.None);
        Assert.Equal(
            [new TreeDifference("empty", TreeDifferenceKind.Missing)],
            original.FindDifferences(_place.File("out"), CancellationToken.None));
        Assert.Equal(FetchError.FetchOptionsInvalid, Tars.ErrorOf(File.ReadAllBytes(_place.File("a")), _place, new UnpackOptions { StripComponents = 2 }));
    }

    [Fact]
    public void Every_dialect_of_the_runtime_is_read()
    {
        foreach (TarEntryFormat format in new[] { TarEntryFormat.V7, TarEntryFormat.Ustar, TarEntryFormat.Gnu, TarEntryFormat.Pax })
        {
            MakeTree(deep: format is TarEntryFormat.Gnu or TarEntryFormat.Pax);
            var bytes = new MemoryStream();
            using (var writer = new TarWriter(bytes, format, leaveOpen: true))
                writer.WriteEntry(_place.File("tree/run"), "run");
            Assert.Equal("#!", File.ReadAllText(Path.Combine(Tars.Unpack(bytes.ToArray(), _place), "run")));
        }
    }

    [Fact]
    public void An_empty_archive_is_an_empty_tree()
    {
        Assert.Empty(Directory.GetFileSystemEntries(Tars.Unpack(new byte[10240], _place)));
        Assert.Empty(Directory.GetFileSystemEntries(Tars.Unpack(Tars.Gzip(new byte[1024]), _place)));
        Assert.Empty(Directory.GetFileSystemEntries(Tars.Unpack(Zips.Zip(), _place)));
    }

    [Fact]
    public void A_hard_link_is_the_same_content_again_and_may_be_linked_itself()
    {
        string tree = Tars.Unpack(Tars.Tar(Tars.FileOf("a", "x"), Tars.HardLinkOf("b", "a"), Tars.HardLinkOf("c", "./b"), Tars.LinkOf("l", "a"), Tars.HardLinkOf("m", "l")), _place);
        Assert.Equal("x", File.ReadAllText(Path.Combine(tree, "c")));
        Assert.Equal("a", new FileInfo(Path.Combine(tree, "m")).LinkTarget);
    }

    [Fact]
    public void What_is_no_archive_says_so()
    {
        Assert.Equal(FetchError.ArchiveUnsupported, Tars.ErrorOf([], _place));
        Assert.Equal(FetchError.ArchiveUnsupported, Tars.ErrorOf(Encoding.UTF8.GetBytes("<html>" + new string('x', 1000)), _place));
        Assert.Equal(FetchError.ArchiveUnsupported, Tars.ErrorOf(Tars.Gzip(new byte[] { 1, 2, 3 }), _place));
        FetchException missing = Assert.Throws<FetchException>(() => Archive.Unpack(_place.File("none"), _place.File("d"), new UnpackOptions(), CancellationToken.None));
        Assert.Equal(FetchError.FetchNotFound, missing.Error);
    }

    [Fact]
    public void A_zip_archive_has_the_same_rules()
    {
        foreach (string name in new[] { "/a", "../a", "a\\b", "C:a", "nul", "a.", "a\nb" })
            Assert.Equal(FetchError.ArchiveUnsafe, Tars.ErrorOf(Zips.Zip((name, "")), _place));
        Assert.Equal(FetchError.ArchiveUnsafe, Tars.ErrorOf(Zips.Zip(("a", ""), ("A", "")), _place));
        Assert.Equal(FetchError.ArchiveUnsafe, Tars.ErrorOf(Zips.Zip(("a", ""), ("a", "")), _place));
        Assert.Equal(FetchError.ArchiveUnsafe, Tars.ErrorOf(Zips.Zip(0xa1ff, ("l", "../../etc/passwd")), _place));
        Assert.Equal(FetchError.ArchiveUnsafe, Tars.ErrorOf(Zips.Zip(0x11ff, ("fifo", "")), _place));
        byte[] encrypted = Zips.Zip(("a", "x"));
        encrypted[6] |= 1;
        encrypted[Array.LastIndexOf(encrypted, (byte)'a') - 46 + 8] |= 1;
        Assert.Equal(FetchError.ArchiveUnsupported, Tars.ErrorOf(encrypted, _place));
    }

    [Fact]
    public void A_hundred_thousand_entries_are_no_burden()
    {
        Wine.Lacks("the speed for so many files");
        byte[] tar = Tars.Tar(Enumerable.Range(0, 100_000).Select(i => (TarEntry)new UstarTarEntry(TarEntryType.RegularFile, $"d{i % 100}/f{i}")));
        string tree = Tars.Unpack(Tars.Gzip(tar), _place);
        Assert.Equal(100_100, TreeManifest.Of(tree, CancellationToken.None).Items.Count);
        Assert.Equal(FetchError.ArchiveTooLarge, Tars.ErrorOf(tar, _place, new UnpackOptions { MaxEntries = 1000 }));
    }

    private TreeManifest MakeTree(bool deep)
    {
        string tree = _place.NewDirectory("tree");
        string folder = deep ? string.Join('/', Enumerable.Repeat(new string('d', 60), 6)) : "sub";
        Directory.CreateDirectory(Path.Combine(tree, folder));
        Directory.CreateDirectory(Path.Combine(tree, "empty"));
        File.WriteAllText(Path.Combine(tree, folder, "grüße 🙂 and space"), "deep");
        File.WriteAllBytes(Path.Combine(tree, "large"), new byte[3_000_001]);
        File.WriteAllText(Path.Combine(tree, "run"), "#!");
        Modes.Set(Path.Combine(tree, "run"), (UnixFileMode)0x1ed);
        if (!File.Exists(Path.Combine(tree, "link")))
            Links.ToFile(Path.Combine(tree, "link"), folder + "/grüße 🙂 and space");
        return TreeManifest.Of(tree, CancellationToken.None);
    }

    private void Run(string program, params string[] arguments)
    {
        using Peer peer = Peer.Run(_place, program, arguments);
        Assert.True(peer.WaitForExit() == 0, peer.Errors);
    }
}
