using System;
using System.IO;
using System.Linq;
using System.Text;
using ProcessDedup.Fetch;
using ProcessDedup.Tests.Fetch;
using ProcessDedup.Tests.Flight;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Archives;

/// <summary>Single compressed files, and names that are a problem elsewhere only.</summary>
public sealed class DecompressTests : IDisposable
{
    private readonly Caching _it = new();

    public void Dispose() => _it.Dispose();

    private byte[] Made(string command)
    {
        using Peer shell = Peer.Run(_it.Place, "sh", "-c", $"cd '{_it.Place.Path}' && {command}");
        (int code, _, string errors) = shell.Finish();
        Assert.True(code == 0, errors);
        return File.ReadAllBytes(_it.Place.File("made"));
    }

    [Theory]
    [InlineData("tool.gz", "gzip", "gzip -c")]
    [InlineData("tool.bz2", "bzip2", "bzip2 -c")]
    [InlineData("tool.xz", "xz", "xz -c")]
    [InlineData("tool.zst", "zstd", "zstd -qc")]
    [InlineData("tool.lzma", "xz", "xz --format=lzma -c")]
    [InlineData("tool.lz4", "lz4", "lz4 -qc")]
    public void A_compressed_file_gives_the_file_by_the_name_that_its_program_gives(string name, string program, string command)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/" + program) || File.Exists("/bin/" + program), program + " is not installed");
        string content = string.Concat(Enumerable.Range(0, 20_000).Select(i => $"line {i}\n"));
        File.WriteAllText(_it.Place.File("plain"), content);
        OriginFile file = _it.Origin.Serve("/" + name, Made($"{command} plain > made"));
        FetchResult result = _it.Cache.Get(new FetchRequest(file.Url) { Decompress = true });
        Assert.Equal(content, File.ReadAllText(result.Path));
        Assert.Equal("tool", Path.GetFileName(result.Path));
        Assert.Equal(1, _it.Origin.Count("/" + name));
        Assert.Equal(FetchStatus.Hit, _it.Cache.Get(new FetchRequest(file.Url) { Decompress = true, Offline = true }).Status is FetchStatus.Stale or FetchStatus.Hit ? FetchStatus.Hit : result.Status);
        // It is no archive, and the error says what to do.
        FetchException failure = _it.Cache.Fails(new FetchRequest(file.Url) { Unpack = true }, FetchError.ArchiveUnsupported);
        Assert.Contains("-Decompress", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_cut_damaged_too_large_or_not_compressed_is_refused()
    {
        File.WriteAllBytes(_it.Place.File("plain"), new byte[2_000_000]);
        byte[] made = Made("gzip -c plain > made");
        OriginFile whole = _it.Origin.Serve("/a.gz", made), cut = _it.Origin.Serve("/cut.gz", made[..(made.Length / 2)]);
        OriginFile page = _it.Origin.Serve("/page.gz", Encoding.UTF8.GetBytes("<!DOCTYPE html><html><body>Log in</body></html>"));
        _it.Cache.Fails(new FetchRequest(cut.Url) { Decompress = true }, FetchError.ArchiveCorrupt);
        _it.Cache.Fails(new FetchRequest(page.Url) { Decompress = true }, FetchError.ArchiveUnsupported);
        _it.Cache.Fails(new FetchRequest(whole.Url) { Decompress = true, MaxUnpackedBytes = 1_999_999 }, FetchError.ArchiveTooLarge);
        _it.Cache.Fails(new FetchRequest(whole.Url) { Decompress = true, Unpack = true }, FetchError.FetchOptionsInvalid);
        Assert.Equal(2_000_000, _it.Cache.Get(new FetchRequest(whole.Url) { Decompress = true }).Size);
        _it.Cache.AssertNothingInTheMaking();
    }

    [Theory]
    [InlineData("mkdir t && echo a > t/aux.c", "aux.c")]
    [InlineData("mkdir t && echo a > t/a::b", "a::b")]
    [InlineData("mkdir t && echo a > t/README && echo b > t/readme", "readme")]
    public void Names_that_are_a_problem_elsewhere_are_taken_if_asked_and_the_refusal_says_how(string make, string name)
    {
        OriginFile file = _it.Origin.Serve("/a.tar", Made($"{make} && tar -C t -cf made ."));
        FetchException failure = _it.Cache.Fails(new FetchRequest(file.Url) { Unpack = true }, FetchError.ArchiveUnsafe);
        Assert.Contains("-AllowNonPortableNames", failure.NextStep, StringComparison.Ordinal);
        FetchResult result = _it.Cache.Get(new FetchRequest(file.Url) { Unpack = true, AllowNonPortableNames = true });
        Assert.True(File.Exists(Path.Combine(result.Path, name)));
        // What one caller takes, no other is given.
        _it.Cache.Fails(new FetchRequest(file.Url) { Unpack = true }, FetchError.ArchiveUnsafe);
    }

    [Theory]
    [InlineData("../outside")]
    [InlineData("/absolute")]
    public void A_name_that_leads_out_is_refused_whatever_is_asked(string name)
    {
        OriginFile file = _it.Origin.Serve("/a.tar", Made($"echo a > plain && tar -P --transform='s,^plain$,{name},' -cf made plain"));
        FetchException failure = _it.Cache.Fails(new FetchRequest(file.Url) { Unpack = true, AllowNonPortableNames = true }, FetchError.ArchiveUnsafe);
        Assert.DoesNotContain("-AllowNonPortableNames", failure.NextStep, StringComparison.Ordinal);
    }
}
