using System;
using System.IO;
using System.Linq;
using System.Threading;
using ProcessDedup.Fetch;
using ProcessDedup.Fetch.Archives;
using ProcessDedup.Platform;
using ProcessDedup.Tests.Fetch;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Archives;

/// <summary>Files get the times that the archive says, as with tar and unzip.</summary>
public sealed class ArchiveTimesTests : IDisposable
{
    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    private string Tree
    {
        get
        {
            string tree = _place.File("tree");
            if (Directory.Exists(tree))
                return tree;
            Directory.CreateDirectory(Path.Combine(tree, "dir/empty"));
            foreach (string name in new[] { "a", "dir/old", "dir/b" })
                File.WriteAllText(Path.Combine(tree, name), name);
            Links.ToFile(Path.Combine(tree, "link"), "a");
            Run($"cd '{tree}'; ln a hard; touch -d '2024-02-29 12:34:56.123456789 UTC' a; touch -d '1985-10-26 01:21:00.75 UTC' dir/old; "
                + "touch -d '2030-01-01 UTC' dir/b; touch -h -d '2001-09-09 01:46:40 UTC' link; touch -d '2002-02-02 02:02:02.02 UTC' dir/empty; "
                + "touch -d '2003-03-03 03:03:03.03 UTC' dir; touch -d '2004-04-04 04:04:04.04 UTC' .");
            return tree;
        }
    }

    private void Run(string script)
    {
        using Peer peer = Peer.Run(_place, "sh", "-ec", script);
        (int code, string output, string errors) = peer.Finish();
        Assert.True(code == 0, output + errors);
    }

    private static string[] TimesOf(string tree) =>
    [
        .. Directory.EnumerateFileSystemEntries(tree, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(path => $"{path.Substring(tree.Length + 1)} {(FileSystem.TryGetFacts(path, out FileFacts facts) ? facts.ModifiedNanoseconds : -1)}"),
    ];

    [Theory]
    [InlineData("tar", "tar --format=posix -cf A -C T .", "tar -xf A -C P")]
    [InlineData("tar", "tar --format=gnu -czf A -C T .", "tar -xf A -C P")]
    [InlineData("tar", "tar --format=ustar -cf A -C T dir a hard link", "tar -xf A -C P")]
    [InlineData("bsdtar", "bsdtar -cf A -C T .", "bsdtar -xf A -C P")]
    [InlineData("zip", "cd T && zip -qry A . -x link", "unzip -q A -d P")]
    [InlineData("7z", "cd T && 7z a -tzip -bso0 A a dir hard", "7z x -tzip -bso0 A -oP")]
    public void As_by_the_program_that_is_known_for_it(string program, string pack, string unpack)
    {
        Assert.SkipWhen(Programs.Find(program) is null || Programs.Find(unpack.Split(' ')[0]) is null, $"{program} is not installed");
        string archive = _place.File(program is "zip" or "7z" ? "a.zip" : "a");
        string Filled(string command) =>
            command.Replace(" A", $" '{archive}'").Replace(" T", $" '{Tree}'").Replace(" P", $" '{_place.File("peer")}'").Replace("-oP", $"-o'{_place.File("peer")}'");
        Directory.CreateDirectory(_place.File("peer"));
        Run(Filled(pack));
        Run(Filled(unpack));
        Archive.Unpack(archive, _place.File("ours"), new UnpackOptions(), CancellationToken.None);
        Assert.Equal(TimesOf(_place.File("peer")), TimesOf(_place.File("ours")));
    }

    [Fact]
    public void A_fetched_archive_gives_them_to_its_copies()
    {
        using var origin = new Origin();
        Run($"tar --format=posix -cf '{_place.File("a.tar")}' -C '{Tree}' .");
        string url = origin.Serve("/a.tar", File.ReadAllBytes(_place.File("a.tar"))).Url;
        _place.Cache().Get(new FetchRequest(url) { Unpack = true, Destination = _place.File("out") });
        Assert.Equal(TimesOf(Tree), TimesOf(_place.File("out")));
    }

    [Theory]
    [InlineData("1.5", 1_500_000_000L)]
    [InlineData("-1.5", -1_500_000_000L)]
    [InlineData("-0.0000000001", -1L)]
    [InlineData("1350244992.023960108", 1_350_244_992_023_960_108L)]
    [InlineData("99999999999999999999", null)]
    [InlineData("1e9", null)]
    [InlineData("", null)]
    [InlineData("-", null)]
    public void A_pax_time_is_read_or_is_none(string text, long? expected) => Assert.Equal(expected, EntryTime.OfPax(text));
}
