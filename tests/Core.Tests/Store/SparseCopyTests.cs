using System;
using System.IO;
using System.Linq;
using System.Threading;
using ProcessDedup.Platform;
using ProcessDedup.Store;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Store;

/// <summary>Copies have the bytes of their originals, and no more room on the disk than those.</summary>
public sealed class SparseCopyTests : IDisposable
{
    private const int Piece = 1 << 20;

    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    // (where, how long) of the data, and how long the file is.
    [Theory]
    [InlineData(10, 2, 1, 7, 1)]
    [InlineData(10, 0, 1, 9, 1)]
    [InlineData(10, 4, 1, 5, 1)]
    [InlineData(10, 0, 0, 0, 0)]
    [InlineData(3, 0, 3, 0, 0)]
    public void Holes_stay_holes(int pieces, int first, int firstLength, int second, int secondLength)
    {
        byte[] data = new byte[Piece];
        new Random(1).NextBytes(data);
        using (FileStream file = File.Create(_place.File("from")))
        {
            foreach ((int at, int length) in new[] { (first, firstLength), (second, secondLength) })
            {
                file.Position = (long)at * Piece;
                for (int i = 0; i < length; i++)
                    file.Write(data);
            }

            file.SetLength((long)pieces * Piece + 77);
        }

        using (Peer cp = Peer.Run(_place, "cp", "-a", _place.File("from"), _place.File("cp")))
            Assert.Equal(0, cp.Finish().Code);
        FileCopy.Make(_place.File("from"), _place.File("to"), isExecutable: false, CopyMode.Copy, isSynced: true, CancellationToken.None);
        Assert.True(File.ReadAllBytes(_place.File("from")).AsSpan().SequenceEqual(File.ReadAllBytes(_place.File("to"))));
        Assert.True(AllocatedBytes("to") <= AllocatedBytes("cp") + 4096, $"{AllocatedBytes("to")} bytes, with cp {AllocatedBytes("cp")}");
    }

    [Fact]
    public void What_the_kernel_makes_up_and_gives_no_length_is_copied_whole()
    {
        FileCopy.Make("/proc/filesystems", _place.File("to"), isExecutable: false, CopyMode.Copy, isSynced: false, CancellationToken.None);
        Assert.Equal(File.ReadAllText("/proc/filesystems"), File.ReadAllText(_place.File("to")));
    }

    [Fact]
    public void Another_file_system_gets_the_same_bytes_and_a_full_one_says_so()
    {
        byte[] content = new byte[3 * Piece];
        new Random(2).NextBytes(content);
        File.WriteAllBytes(_place.File("from"), content);
        using Mounted small = Mounted.Tmpfs(_place, "size=4m");
        string to = Path.Combine(small.Point, "to");
        CopiedFile? copied = FileCopy.Make(_place.File("from"), to, isExecutable: false, CopyMode.Copy, isSynced: false, CancellationToken.None);
        Assert.Equal(content.Length, copied!.Value.Before.Size);
        Assert.True(content.AsSpan().SequenceEqual(File.ReadAllBytes(to)));
        PlatformException full = Assert.Throws<PlatformException>(() => FileCopy.Make(
            _place.File("from"), to + "2", isExecutable: false, CopyMode.Copy, isSynced: false, CancellationToken.None));
        Assert.Equal(PlatformFault.NoSpace, full.Fault);
    }

    [Theory]
    [InlineData(true, "5.8", true)]
    [InlineData(true, "6.1.0", true)]
    [InlineData(true, "5.7.19", false)]
    [InlineData(true, "4.18.0", false)]
    [InlineData(false, "23.1", false)]
    public void One_call_for_the_file_system_is_used_only_where_it_reports_errors(bool isLinux, string kernel, bool expected) =>
        Assert.Equal(expected, FileSystemSync.IsReliable(isLinux, Version.Parse(kernel)));

    [Fact]
    public void Each_directory_is_among_what_is_synced()
    {
        Directory.CreateDirectory(_place.File("tree/a/b"));
        File.WriteAllText(_place.File("tree/a/f"), "f");
        Links.ToFile(_place.File("tree/l"), "a/f");
        string tree = _place.File("tree");
        Assert.Equal(
            [tree, tree + "/a", tree + "/a/b", tree + "/a/f"],
            TreeManifest.Of(tree, default).PathsIn(tree).Order(StringComparer.Ordinal));
    }

    private long AllocatedBytes(string name)
    {
        Assert.True(FileSystem.TryGetFacts(_place.File(name), out FileFacts facts));
        return facts.AllocatedBytes;
    }
}
