using System;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using ProcessDedup.Fetch;
using ProcessDedup.Platform;
using ProcessDedup.Store;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Store;

/// <summary>Blobs and trees at places that users choose.</summary>
public sealed class CopyOutTests : IDisposable
{
    private readonly TestDirectory _place = new();
    private readonly string _blob;
    private readonly string _tree;
    private readonly TreeManifest _manifest;

    public CopyOutTests()
    {
        _blob = _place.File("blob");
        File.WriteAllBytes(_blob, [.. Enumerable.Range(0, 3_000_001).Select(i => (byte)(i * 31))]);
        Modes.Set(_blob, (UnixFileMode)0x124);
        _tree = _place.NewDirectory("tree");
        Directory.CreateDirectory(Path.Combine(_tree, "d/empty"));
        for (int i = 0; i < 50; i++)
            File.WriteAllText(Path.Combine(_tree, $"d/f{i}"), new string('x', i * 1000));
        Links.ToFile(Path.Combine(_tree, "link"), "d/f1");
        foreach (string file in Directory.GetFiles(Path.Combine(_tree, "d")))
            Modes.Set(file, (UnixFileMode)(file.EndsWith('7') ? 0x16d : 0x124));
        _manifest = TreeManifest.Of(_tree, CancellationToken.None);
        _place.NewDirectory("to");
    }

    public void Dispose() => _place.Dispose();

    private string To(string name) => Path.Combine(_place.File("to"), name);

    [Theory]
    [InlineData("plain")]
    [InlineData(" space and ünïcode 🙂 ")]
    [InlineData("-rf")]
    [InlineData("line\nbreak")]
    public void A_copy_is_whole_and_its_owner_may_write_to_it(string name)
    {
        Copy(To(name));
        Assert.Equal((UnixFileMode)0x1a4, Modes.Get(To(name)));
        CopyOut.File(_blob, To(name), true, CopyMode.Copy, CancellationToken.None);
        Assert.Equal((UnixFileMode)0x1ed, Modes.Get(To(name)));
        IsAlone(name);
    }

    [Fact]
    public void A_name_may_be_as_long_as_the_system_allows_and_no_longer()
    {
        Copy(To(new string('n', 255)));
        Fails(FetchError.DestinationInvalid, To(new string('n', 256)));
        IsAlone(new string('n', 255));
    }

    [Fact]
    public void A_file_or_a_link_is_replaced_and_the_target_of_the_link_is_not_touched()
    {
        File.WriteAllText(To("file"), "old");
        Copy(To("file"));
        File.WriteAllText(_place.File("victim"), "victim");
        Links.ToFile(To("file2"), _place.File("victim"));
        Copy(To("file2"));
        Assert.Null(new FileInfo(To("file2")).LinkTarget);
        Assert.Equal("victim", File.ReadAllText(_place.File("victim")));
        IsAlone("file", "file2");
    }

    [Fact]
    public void A_place_that_cannot_be_is_named_and_nothing_is_left()
    {
        Directory.CreateDirectory(To("directory"));
        Fails(FetchError.DestinationInvalid, To("directory"));
        Fails(FetchError.DestinationInvalid, "");
        Fails(FetchError.DestinationInvalid, "/");
        Fails(FetchError.DestinationInvalid, "a\0b");
        FetchException e = Fails(FetchError.DestinationInvalid, To("missing/file"));
        Assert.Contains($"Create '{To("missing")}' first", e.NextStep, StringComparison.Ordinal);
        IsAlone("directory");
    }

    [Fact]
    public void A_hard_link_is_the_same_file_and_a_second_one_leaves_nothing_behind()
    {
        CopyOut.File(_blob, To("link"), false, CopyMode.HardLink, CancellationToken.None);
        CopyOut.File(_blob, To("link"), false, CopyMode.HardLink, CancellationToken.None);
        Assert.True(FileSystem.TryGetFacts(To("link"), out FileFacts facts));
        Assert.Equal(2u, facts.Links);
        Assert.Equal(0x124, facts.Permissions);
        // One mode for all names: who wants to run it gets a file of its own.
        CopyOut.File(_blob, To("run"), true, CopyMode.HardLink, CancellationToken.None);
        Assert.Equal((UnixFileMode)0x16d, Modes.Get(To("run")));
        Assert.Equal((UnixFileMode)0x124, Modes.Get(_blob));
        IsAlone("link", "run");
    }

    [Theory]
    [InlineData(CopyMode.Copy)]
    [InlineData(CopyMode.HardLink)]
    public void A_tree_is_the_same_elsewhere(object mode)
    {
        Directory.CreateDirectory(To("empty"));
        foreach (string name in new[] { "new", "empty" })
        {
            CopyOut.Tree(_tree, _manifest, To(name), (CopyMode)mode, CancellationToken.None);
            Assert.Empty(_manifest.FindDifferences(To(name), CancellationToken.None));
            Assert.Equal((UnixFileMode)((CopyMode)mode == CopyMode.Copy ? 0x1a4 : 0x124), Modes.Get(To(name + "/d/f1")));
            Assert.Equal((UnixFileMode)0x1ed, Modes.Get(To(name)));
        }

        IsAlone("empty", "new");
    }

    [Fact]
    public void A_tree_replaces_nothing()
    {
        Directory.CreateDirectory(To("full"));
        File.WriteAllText(To("full/mine"), "mine");
        File.WriteAllText(To("file"), "mine");
        Directory.CreateDirectory(To("other"));
        Links.ToFile(To("link"), To("other"));
        foreach (string name in new[] { "full", "file", "link" })
        {
            Assert.Equal(FetchError.DestinationInvalid, Assert.Throws<FetchException>(
                () => CopyOut.Tree(_tree, _manifest, To(name), CopyMode.Copy, CancellationToken.None)).Error);
        }

        Assert.Equal("mine", File.ReadAllText(To("full/mine")));
        Assert.Empty(Directory.GetFileSystemEntries(To("other")));
        IsAlone("file", "full", "link", "other");
    }

    [Fact]
    public async Task Copies_that_race_all_succeed_and_leave_one()
    {
        for (int round = 0; round < 5; round++)
        {
            string tree = $"t{round}", file = $"f{round}";
            using var start = new Barrier(16);
            await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Task.Factory.StartNew(
                () =>
                {
                    start.SignalAndWait();
                    if (i % 2 == 0)
                        CopyOut.Tree(_tree, _manifest, To(tree), CopyMode.Copy, CancellationToken.None);
                    else
                        Copy(To(file));
                },
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default)));
            Assert.Empty(_manifest.FindDifferences(To(tree), CancellationToken.None));
        }

        Assert.Equal(10, Directory.GetFileSystemEntries(_place.File("to")).Length);
    }

    [Fact]
    public void A_full_disk_a_read_only_one_and_another_volume()
    {
        using Mounted small = Mounted.Tmpfs(_place, "size=1m");
        string there = Path.Combine(small.Point, "file");
        File.WriteAllText(there, "old");
        Fails(FetchError.StoreDiskFull, there);
        Assert.Equal("old", File.ReadAllText(there));
        Assert.Equal(FetchError.StoreDiskFull, Assert.Throws<FetchException>(() => CopyOut.Tree(
            _tree, _manifest, Path.Combine(small.Point, "tree"), CopyMode.Copy, CancellationToken.None)).Error);
        Assert.Equal([there], Directory.GetFileSystemEntries(small.Point));

        string little = Path.Combine(_tree, "d/f9");
        CopyOut.File(little, there, false, CopyMode.HardLink, CancellationToken.None);
        Assert.Equal((UnixFileMode)0x124, Modes.Get(there));
        Assert.Equal(9000, new FileInfo(there).Length);
        small.Remount("ro");
        Fails(FetchError.StoreReadOnly, there);
    }

    [Fact]
    public void A_cancelled_copy_leaves_nothing()
    {
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => CopyOut.File(_blob, To("f"), false, CopyMode.Copy, cancelled.Token));
        Assert.ThrowsAny<OperationCanceledException>(() => CopyOut.Tree(_tree, _manifest, To("t"), CopyMode.Copy, cancelled.Token));
        IsAlone();
    }

    private void Copy(string to)
    {
        CopyOut.File(_blob, to, false, CopyMode.Copy, CancellationToken.None);
        Assert.Equal(File.ReadAllBytes(_blob), File.ReadAllBytes(to));
    }

    private FetchException Fails(FetchError error, string to)
    {
        FetchException e = Assert.Throws<FetchException>(() => CopyOut.File(_blob, to, false, CopyMode.Copy, CancellationToken.None));
        Assert.True(e.Error == error, $"{error} was expected, but: {e.Error}: {e.Message}");
        return e;
    }

    private void IsAlone(params string[] names) => Assert.Equal(
        names.Order(StringComparer.Ordinal),
        Directory.GetFileSystemEntries(_place.File("to")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
}
