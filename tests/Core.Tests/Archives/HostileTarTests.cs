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

/// <summary>Tar archives that want out of their directory, or hold what no tree may hold.</summary>
public sealed class HostileTarTests : IDisposable
{
    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    [Theory]
    [InlineData("/etc/evil")]
    [InlineData("../evil")]
    [InlineData("a/../../evil")]
    [InlineData("a/..")]
    [InlineData("C:evil")]
    [InlineData("C:/evil")]
    [InlineData("a\\..\\evil")]
    [InlineData("\\\\server\\share\\evil")]
    [InlineData("file:stream")]
    [InlineData("CON")]
    [InlineData("a/nul.txt")]
    [InlineData("Com1.tar.gz")]
    [InlineData("lpt¹")]
    [InlineData("aux .c")]
    [InlineData("dot.")]
    [InlineData("space ")]
    [InlineData("a./b")]
    [InlineData("line\nbreak")]
    [InlineData("bell\a")]
    [InlineData("c1\u0085")]
    public void A_name_that_is_dangerous_anywhere_is_refused_everywhere(string name)
    {
        Refuses(Tars.FileOf("good"), Tars.FileOf(name));
        Refuses(Tars.DirectoryOf(name));
        Refuses(Tars.LinkOf(name, "good"));
        Assert.False(File.Exists(_place.File("evil")), "nothing is written outside");
    }

    [Theory]
    [InlineData("/etc/passwd")]
    [InlineData("../outside")]
    [InlineData("a/../../outside")]
    [InlineData("C:/outside")]
    [InlineData("..\\outside")]
    [InlineData("link")] // itself
    public void A_link_that_leads_out_or_nowhere_is_refused(string target) =>
        Refuses(Tars.FileOf("a/file"), Tars.LinkOf("link", target));

    [Fact]
    public void A_link_that_leads_out_by_way_of_another_link_is_refused()
    {
        // "a/b/up/../x" reads like "a/b/x", but up leads to the tree itself, and .. out of it.
        Refuses(Tars.DirectoryOf("a/b"), Tars.LinkOf("a/b/up", "../.."), Tars.LinkOf("out", "a/b/up/../x"));
        Refuses(Tars.LinkOf("out", "A/b/up/../x"), Tars.DirectoryOf("A/b"), Tars.LinkOf("A/b/up", "../.."));
    }

    [Theory]
    [InlineData("/etc/passwd")]
    [InlineData("../outside")]
    [InlineData("missing")]
    [InlineData("directory")]
    [InlineData("hard")]
    public void A_hard_link_to_what_is_no_file_of_the_archive_is_refused(string target) =>
        Refuses(Tars.DirectoryOf("directory"), Tars.HardLinkOf("hard", target));

    [Fact]
    public void Nothing_goes_through_a_link_and_no_directory_is_anything_else_too()
    {
        Refuses(Tars.DirectoryOf("d"), Tars.LinkOf("l", "d"), Tars.FileOf("l/file"));
        Refuses(Tars.FileOf("l/file"), Tars.LinkOf("l", "d"));
        Refuses(Tars.FileOf("a"), Tars.FileOf("A"));
        Refuses(Tars.FileOf("Ä/1"), Tars.FileOf("ä/2"));
        Refuses(Tars.FileOf("a"), Tars.DirectoryOf("a"));
        Refuses(Tars.DirectoryOf("a"), Tars.FileOf("a"));
        Refuses(Tars.FileOf("a"), Tars.FileOf("a/b"));
    }

    [Theory]
    [InlineData(TarEntryType.BlockDevice)]
    [InlineData(TarEntryType.CharacterDevice)]
    [InlineData(TarEntryType.Fifo)]
    public void Devices_and_pipes_are_refused(TarEntryType type) => Refuses(new PaxTarEntry(type, "device"));

    [Theory]
    [InlineData((byte)'S')]
    [InlineData((byte)'M')]
    [InlineData((byte)'V')]
    [InlineData((byte)'D')]
    public void What_only_GNU_tar_knows_is_not_guessed(byte type)
    {
        byte[] tar = Tars.Tar(new GnuTarEntry(TarEntryType.RegularFile, "sparse"));
        tar[156] = type;
        Resign(tar);
        Both(FetchError.ArchiveUnsupported, tar);
    }

    [Fact]
    public void Setuid_is_dropped_and_the_right_to_run_is_kept()
    {
        string tree = Tars.Unpack(Tars.Tar(Tars.FileOf("run", "#!", (UnixFileMode)0xfff), Tars.FileOf("read", "", (UnixFileMode)0xdb6)), _place);
        Assert.Equal((UnixFileMode)0x1ed, Modes.Get(Path.Combine(tree, "run")));
        Assert.Equal((UnixFileMode)0x1a4, Modes.Get(Path.Combine(tree, "read")));
    }

    [Fact]
    public void A_name_that_is_not_Unicode_is_refused()
    {
        byte[] tar = Tars.Tar(new UstarTarEntry(TarEntryType.RegularFile, "latin"));
        tar[0] = 0xe9;
        Resign(tar);
        Both(FetchError.ArchiveUnsafe, tar);
    }

    [Fact]
    public void Names_that_only_Windows_cannot_have_are_taken_if_asked_for()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows cannot have these names");
        var options = new UnpackOptions { AllowNonPortableNames = true };
        string tree = Tars.Unpack(Tars.Tar(Tars.FileOf("aux.c"), Tars.FileOf("X.h"), Tars.FileOf("x.h"), Tars.FileOf("Foo::Bar.3")), _place, options);
        Assert.Equal(4, Directory.GetFiles(tree).Length);
        Assert.Equal(FetchError.ArchiveUnsafe, Tars.ErrorOf(Tars.Tar(Tars.FileOf("../x")), _place, options));
    }

    private void Refuses(params TarEntry[] entries)
    {
        byte[] tar = Tars.Tar(entries);
        Both(FetchError.ArchiveUnsafe, tar);
    }

    private void Both(FetchError error, byte[] tar)
    {
        Assert.Equal(error, Tars.ErrorOf(tar, _place));
        Assert.Equal(error, Tars.ErrorOf(Tars.Gzip(tar), _place));
    }

    private static void Resign(byte[] tar)
    {
        Encoding.ASCII.GetBytes("        ").CopyTo(tar, 148);
        int sum = tar.Take(512).Sum(b => b);
        Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ").CopyTo(tar, 148);
    }
}
