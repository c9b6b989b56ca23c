using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using ProcessDedup.Fetch;
using ProcessDedup.Store;
using ProcessDedup.Substituters;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Substituters;

/// <summary>Directories that are not there, or hang, and disks that are full.</summary>
public sealed class DeadDirectoryTests : IDisposable
{
    private readonly Substituting _it = new();

    public void Dispose() => _it.Dispose();

    [Fact]
    public void A_directory_that_is_missing_is_said_to_be_and_asked_again_the_next_time()
    {
        string directory = _it.Place.File("missing");
        _it.RefusedFor("no such directory", directory);
        File.WriteAllText(directory, "a file");
        _it.RefusedFor("no such directory", directory);
        File.Delete(directory);
        Directory.CreateDirectory(directory);
        Assert.Null(_it.Restore(directory));
        Assert.Empty(_it.Told);
    }

    [Fact]
    public void A_directory_that_hangs_costs_one_short_timeout_and_publishing_there_fails()
    {
        using var mounted = Mounted.Fuse(_it.Place);
        string tree = _it.Tree();
        _it.Publish(mounted.Point, tree);
        Assert.NotNull(_it.Restore(mounted.Point));
        int server = ProcessOf(mounted.Point);
        Peer.Signal(server, "STOP");
        try
        {
            _it.ConnectTimeout = TimeSpan.FromSeconds(0.5);
            _it.StallTimeout = TimeSpan.FromSeconds(0.5);
            _it.RefusedFor("did not answer within 0.5 s", mounted.Point);
            _it.RefusedFor("left alone", mounted.Point);
            _it.PublishFails(FetchError.SubstituterUnreachable, mounted.Point, tree);
        }
        finally
        {
            Peer.Signal(server, "CONT");
        }

        _it.ConnectTimeout = _it.StallTimeout = TimeSpan.FromSeconds(80);

        Assert.Equal(PublishOutcome.AlreadyThere, _it.Publish(mounted.Point, tree));
        Assert.NotNull(_it.Restore(mounted.Point));
    }

    [Fact]
    public void A_full_disk_of_our_own_is_no_fault_of_the_substituter()
    {
        string directory = _it.Place.NewDirectory("cache");
        string tree = _it.Place.NewDirectory("many");
        for (int i = 0; i < 200; i++)
            File.WriteAllText(Path.Combine(tree, $"{i}"), "content");
        _it.Publish(directory, tree);
        // Room for bytes, but not for files: what is free does not tell.
        using var mounted = Mounted.Tmpfs(_it.Place, "size=100m,nr_inodes=100");
        CacheStore small = CacheStore.Open(ProcessDedup.Locks.LockRoot.At(Path.Combine(mounted.Point, "home")));
        using StagingDirectory place = small.NewStaging();
        string content = Directory.CreateDirectory(place.File("content")).FullName;
        var set = new SubstituterSet(_it.Options(directory), small);
        FetchException e = Assert.Throws<FetchException>(() => set.TryRestore(Substituting.Key, "it", content, place, _it, default));
        Assert.Equal(FetchError.StoreDiskFull, e.Error);
        Assert.Empty(_it.Told);
        Assert.Empty(Directory.GetFileSystemEntries(content));
    }

    [Fact]
    public void What_does_not_fit_is_not_begun()
    {
        string directory = _it.Place.NewDirectory("cache");
        _it.Publish(directory, _it.LargeTree(3_000_000));
        using var mounted = Mounted.Tmpfs(_it.Place, "size=5m");
        CacheStore small = CacheStore.Open(ProcessDedup.Locks.LockRoot.At(Path.Combine(mounted.Point, "home")));
        using StagingDirectory place = small.NewStaging();
        string content = Directory.CreateDirectory(place.File("content")).FullName;
        Assert.Null(new SubstituterSet(_it.Options(directory), small).TryRestore(Substituting.Key, "it", content, place, _it, default));
        Assert.Contains("are free", Assert.Single(_it.Told), StringComparison.Ordinal);
    }

    private static int ProcessOf(string point) => Process.GetProcessesByName("bindfs").Single(process => Serves(process.Id, point)).Id;

    private static bool Serves(int process, string point)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/cmdline").Contains(point, StringComparison.Ordinal);
        }
        catch (IOException)
        {
            // One of somebody else's, which has just ended.
            return false;
        }
    }
}
