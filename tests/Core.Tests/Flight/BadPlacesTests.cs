using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json.Nodes;
using ProcessDedup.Fetch;
using ProcessDedup.Flight;
using ProcessDedup.Locks;
using ProcessDedup.Platform;
using ProcessDedup.Store;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Flight;

/// <summary>Disks that are full, caches that cannot be written or are of another time, records that are rubbish.</summary>
public sealed class BadPlacesTests : IDisposable
{
    private readonly Caching _it = new();

    public void Dispose() => _it.Dispose();

    [Theory]
    [InlineData("/big.bin")]
    [InlineData("file")]
    [InlineData("/big.tar.gz")]
    public void A_disk_that_is_full_in_the_middle_is_told_and_leaves_nothing_half(string what)
    {
        const int big = 6_000_000;
        using var mounted = Mounted.Tmpfs(_it.Place, "size=4m,nr_inodes=2000");
        LockRoot root = LockRoot.At(Path.Combine(mounted.Point, "home"));
        FetchCache cache = FetchCache.Open(root);
        string small = cache.Get(new FetchRequest(_it.Origin.Serve("/small.bin", 1000))).Path;
        var request = new FetchRequest(AddressOf(what, big)) { Unpack = what.EndsWith(".gz", StringComparison.Ordinal), MaxAttempts = 1 };

        FetchException failure = Assert.Throws<FetchException>(() => cache.Get(request));
        Assert.True(failure.Error == FetchError.StoreDiskFull, failure.ToString());
        var layout = new StoreLayout(root.RootDirectory);
        Assert.Empty(Directory.GetFileSystemEntries(layout.Staging));
        Assert.Equal(1000, new FileInfo(small).Length);
        // It is no answer of the origin's: nobody else fails with it.
        Assert.Empty(Directory.GetFiles(layout.Failures));
        Assert.All(
            Directory.GetFiles(layout.Blobs, "*", SearchOption.AllDirectories), b => Assert.Equal(Path.GetFileName(b), Caching.HashOfFile(b)));

        mounted.Remount("size=40m");
        FetchResult result = cache.Get(request);
        Assert.True(result.IsDirectory || new FileInfo(result.Path).Length == big);
        Assert.All(cache.List(), i => Assert.Equal(ContentState.Sound, cache.BeginCheck().Verify(i, default).State));
    }

    private string AddressOf(string what, int size)
    {
        byte[] noise = new byte[size];
        if (what != "file")
        {
            // Compresses to nothing: the archive fits, its tree does not.
            return what.EndsWith(".gz", StringComparison.Ordinal)
                ? _it.Origin.Serve(what, Tars.Gzip(Tars.Tar(Tars.FileOf("zeros", new string('0', size)))))
                : _it.Origin.Serve(what, size);
        }

        File.WriteAllBytes(_it.Place.File("big"), noise);
        return new Uri(_it.Place.File("big")).AbsoluteUri;
    }

    /// <summary>Another process found it full just before.</summary>
    [Fact]
    public void A_hit_needs_no_room()
    {
        using var mounted = Mounted.Tmpfs(_it.Place, "size=1m,nr_inodes=500");
        string home = Path.Combine(mounted.Point, "home");
        OriginFile file = _it.Origin.Serve("/kept.bin", 1000);
        file.CacheControl = "max-age=600";
        Assert.StartsWith("OK Downloaded", GetAt(home, file), StringComparison.Ordinal);
        using (var filler = new FileStream(Path.Combine(mounted.Point, "filler"), FileMode.Create, FileAccess.Write, FileShare.None, 1))
            Assert.ThrowsAny<IOException>(() => Fill(filler));
        Assert.StartsWith("OK Hit", GetAt(home, file), StringComparison.Ordinal);
        // And a prune is what helps.
        using (CachePrune prune = FetchCache.Open(LockRoot.At(home)).BeginPrune())
            Assert.Equal(PruneOutcome.Removed, prune.Remove(Assert.Single(FetchCache.Open(LockRoot.At(home)).List())));
    }

    [Fact]
    public void A_read_only_cache_gives_what_it_has()
    {
        using var mounted = Mounted.Tmpfs(_it.Place, "size=4m");
        string home = Path.Combine(mounted.Point, "home");
        OriginFile file = _it.Origin.Serve("/kept.bin", 1000);
        file.CacheControl = "max-age=600";
        Assert.StartsWith("OK Downloaded", GetAt(home, file), StringComparison.Ordinal);
        mounted.Remount("ro");
        Assert.StartsWith("OK Hit", GetAt(home, file), StringComparison.Ordinal);
        string miss = GetAt(home, _it.Origin.Serve("/missed.bin", 1000));
        Assert.StartsWith("ERROR ", miss, StringComparison.Ordinal);
        Assert.Contains("ReadOnly", miss, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ProcessDedup cache 2\n", FetchError.StoreNewerVersion)]
    [InlineData("ProcessDedup cache 999\n", FetchError.StoreNewerVersion)]
    [InlineData("something else", FetchError.StoreUnsafe)]
    public void A_cache_of_another_version_is_left_alone(string version, FetchError error)
    {
        OriginFile file = _it.Origin.Serve("/a", 10);
        Directory.CreateDirectory(_it.Place.Home);
        Modes.Set(_it.Place.Home, (UnixFileMode)0x1c0);
        File.WriteAllText(Path.Combine(_it.Place.Home, "version"), version);
        Assert.Equal(error, Assert.Throws<FetchException>(() => _it.Cache.Get(new FetchRequest(file))).Error);
        Assert.Equal(version, File.ReadAllText(Path.Combine(_it.Place.Home, "version")));
        Assert.False(Directory.Exists(_it.Layout.Blobs));
    }

    [Fact]
    public void What_was_validated_in_the_future_is_stale()
    {
        OriginFile file = _it.Origin.Serve("/future", 10, etag: "\"v1\"");
        file.CacheControl = "max-age=600";
        var request = new FetchRequest(file) { MaxAge = TimeSpan.FromDays(1) };
        _it.Cache.Get(request);
        Assert.Equal(FetchStatus.Hit, _it.Cache.Get(request).Status);
        Edit(json =>
        {
            json["validated"] = DateTimeOffset.UtcNow.AddHours(2).ToUnixTimeMilliseconds();
            json["committed"]!["ticks"] = long.MaxValue;
        });
        Assert.Equal(FetchStatus.Revalidated, _it.Cache.Get(new FetchRequest(file) { MaxAge = TimeSpan.FromDays(1) }).Status);
        Edit(json => json["validated"] = DateTimeOffset.UtcNow.AddHours(2).ToUnixTimeMilliseconds());
        Assert.Equal(FetchStatus.Revalidated, _it.Cache.Get(new FetchRequest(file)).Status);
        Assert.Equal(FetchStatus.Hit, _it.Cache.Get(new FetchRequest(file)).Status);
    }

    public static TheoryData<string> Rubbish => new(
        "", "{", "null", "[]", "7", "\"x\"", "{}", "{\"key\":7}", "\0\0\0\0", new string('[', 100_000),
        "{\"key\":\"KEY\",\"digest\":\"../../../../etc/passwd\",\"size\":1,\"maker\":{}}");

    [Theory]
    [MemberData(nameof(Rubbish))]
    public void Records_that_are_rubbish_are_no_records(string rubbish)
    {
        OriginFile file = _it.Origin.Serve("/rubbish", 1000, etag: "\"v1\"");
        file.CacheControl = "max-age=600";
        FetchResult first = _it.Cache.Get(new FetchRequest(file));
        byte[] text = Encoding.UTF8.GetBytes(rubbish.Replace("KEY", first.Key, StringComparison.Ordinal));
        File.WriteAllBytes(_it.Layout.EntryFile(first.Key), text);
        foreach (string path in new[]
        {
            _it.Layout.FailureFile(first.Key), Path.Combine(_it.Layout.Hosts, "127.0.0.1.json"), Path.Combine(_it.Layout.Leases, "x.lease"),
            Path.Combine(_it.Layout.Leases, first.Digest[7..] + ".condemned"), Path.Combine(_it.Layout.Events, "2026-01-01.jsonl"),
            Path.Combine(_it.Layout.Index, "zz.json"), Path.Combine(_it.Layout.Partial, "rubbish"), Path.Combine(_it.Layout.Staging, "rubbish"),
        }.Concat(Directory.GetFiles(_it.Layout.Events)))
        {
            File.WriteAllBytes(path, text);
        }

        Assert.Empty(_it.Cache.List());
        Answer again = _it.Get(file, "--read");
        Assert.True(again.Status == FetchStatus.Downloaded, again.ToString());
        Assert.Equal(FetchStatus.Hit, _it.Get(file, "--read").Status);
        Assert.Single(_it.Cache.List());
        _ = _it.Cache.Statistics(DateTimeOffset.MinValue);
        using CachePrune prune = _it.Cache.BeginPrune();
        prune.Sweep();
        Assert.Equal(1, _it.CheckContent());
    }

    /// <summary>Also a failure that somebody who waits finds.</summary>
    [Fact]
    public void A_failure_that_is_rubbish_is_no_failure()
    {
        var failures = new SharedFailures(_it.Layout);
        _ = _it.Cache.Get(new FetchRequest(_it.Origin.Serve("/a", 10)));
        foreach (object[] rubbish in Rubbish.Select(r => new object[] { r.Data }))
        {
            File.WriteAllText(_it.Layout.FailureFile("k"), (string)rubbish[0]);
            Assert.Null(failures.Find("k", string.Empty, MachineMoment.Now));
        }
    }

    private void Edit(Action<JsonObject> change)
    {
        string file = Directory.GetFiles(_it.Layout.Index, "*.json", SearchOption.AllDirectories).Single();
        JsonObject json = JsonNode.Parse(File.ReadAllText(file))!.AsObject();
        change(json);
        File.WriteAllText(file, json.ToJsonString());
    }

    private string GetAt(string home, string url)
    {
        var start = Peer.StartOf(home, Programs.FetchPeer, ["get", url, "--read"]);
        using Peer peer = Peer.Run(_it.Place, "/usr/bin/env", ["PROCESSDEDUP_HOME=" + home, start.FileName, .. start.ArgumentList]);
        IReadOnlyList<string> said = Said(peer);
        return said[0];
    }

    private static IReadOnlyList<string> Said(Peer peer)
    {
        peer.Say("go");
        return [.. peer.ReadToEnd().Where(l => l is not ("READY" or "END"))];
    }

    private static void Fill(FileStream file)
    {
        byte[] block = new byte[4096];
        for (; ; )
            file.Write(block);
    }
}
