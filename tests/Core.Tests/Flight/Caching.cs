using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using System.Threading;
using ProcessDedup.Fetch;
using ProcessDedup.Flight;
using ProcessDedup.Locks;
using ProcessDedup.Store;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Flight;

/// <summary>A cache, an origin, and processes that share the one and ask the other.</summary>
internal sealed class Caching : IDisposable
{
    public TestDirectory Place { get; } = new();

    public Origin Origin { get; } = new();

    /// <summary>The same cache in this process.</summary>
    public FetchCache Cache => FetchCache.Open(Place.Root);

    public StoreLayout Layout => new(Place.Home);

    public FetchCache CacheWith(FlightHooks hooks) => new(CacheStore.Open(Place.Root), hooks);

    /// <summary>A process that will get this, as soon as it is told.</summary>
    public Peer Getter(params IEnumerable<string> words) => Peer.Fetcher(Place, ["get", .. words]);

    public List<Peer> Getters(int count, params IEnumerable<string> words)
    {
        string[] same = [.. words];
        List<Peer> peers = [.. Enumerable.Range(0, count).Select(_ => Getter(same))];
        peers.ForEach(p => p.Expect("READY"));
        return peers;
    }

    /// <summary>Gets it in a process of its own, to its end.</summary>
    public Answer Get(params IEnumerable<string> words)
    {
        using Peer peer = Getter(words);
        peer.Expect("READY");
        peer.Say("go");
        return Assert.Single(AnswersOf(peer));
    }

    /// <summary>All answers of a process, whose end is awaited. What is broken fails the test.</summary>
    public static IReadOnlyList<Answer> AnswersOf(Peer peer)
    {
        IReadOnlyList<string> lines = peer.ReadToEnd();
        Assert.True(lines.Count > 0, "nothing was said. Errors: " + peer.Errors);
        Assert.DoesNotContain(lines, l => l.StartsWith("BROKEN", StringComparison.Ordinal));
        Assert.True(lines[^1] == "END", $"'{lines[^1]}' was said last. Errors: {peer.Errors}");
        return [.. lines.Select(Answer.TryParse).OfType<Answer>()];
    }

    /// <summary>So many processes wait in the queue of some key.</summary>
    public void AwaitWaiters(int count) => Eventually.True(
        () => LockInspector.InspectAll(Place.Root).Sum(l => l.Waiters.Count) == count, $"{count} processes wait");

    public static string HashOf(OriginFile file) => HashOf(file.Body.ToArray());

    public static string HashOf(byte[] content) => Convert.ToHexString(SHA256.HashData(content)).ToLowerInvariant();

    public static string HashOfFile(string path)
    {
        using FileStream file = File.OpenRead(path);
        return Convert.ToHexString(SHA256.HashData(file)).ToLowerInvariant();
    }

    /// <summary>Everything that has a digest for a name is what the name says, at any moment. Returns how many there are.</summary>
    public int CheckContent() => CheckContent(Layout);

    /// <summary>The same of any cache.</summary>
    public static int CheckContent(StoreLayout layout)
    {
        int found = 0;
        foreach (string blob in FilesBelow(layout.Blobs))
        {
            Assert.True(Path.GetFileName(blob) == HashOfFile(blob), blob + " is not what its name says");
            found++;
        }

        foreach (string named in FilesBelow(layout.Names))
            Assert.True(Path.GetFileName(Path.GetDirectoryName(named)) == HashOfFile(named), named + " is not what its directory says");
        foreach (string tree in Directory.GetDirectories(layout.Trees).SelectMany(Directory.GetDirectories))
        {
            string digest = Path.GetFileName(tree);
            // The modes of artifacts are in their manifests alone.
            var manifest = TreeManifest.Read(layout.ManifestFile(digest));
            Assert.Equal(digest, manifest.Digest.Hex);
            Assert.True(manifest.FindDifferences(tree, CancellationToken.None).Count == 0, tree + " is not what its name says");
            found++;
        }

        return found;
    }

    /// <summary>Every record is whole, and names content that is there. Only true while nobody prunes.</summary>
    public int CheckRecords()
    {
        int found = 0;
        foreach (string file in FilesBelow(Layout.Index).Where(f => f.EndsWith(".json", StringComparison.Ordinal)))
        {
            CacheEntry? entry = CacheEntryJson.TryParse(File.ReadAllBytes(file));
            Assert.True(entry is not null, file + " cannot be understood");
            string digest = entry!.Digest!;
            Assert.True(
                entry.IsTree ? Directory.Exists(Layout.TreeDirectory(digest)) : File.Exists(Layout.BlobFile(digest)),
                $"{file} names {digest}, which is not there");
            found++;
        }

        return found;
    }

    /// <summary>What time leaves behind is gone after a prune that comes later.</summary>
    public void CheckPruneLeavesNothingHalf()
    {
        DateTime longAgo = DateTime.UtcNow.AddDays(-3);
        foreach (string folder in new[] { Layout.Staging, Layout.Partial })
        {
            foreach (string path in Directory.GetFileSystemEntries(folder, "*", SearchOption.AllDirectories))
            {
                if (Directory.Exists(path))
                    Directory.SetLastWriteTimeUtc(path, longAgo);
                else
                    File.SetLastWriteTimeUtc(path, longAgo);
            }
        }

        foreach (string path in FilesBelow(Layout.Directory).Where(f => f.EndsWith(".tmp", StringComparison.Ordinal)))
            File.SetLastWriteTimeUtc(path, longAgo);
        using (CachePrune prune = Cache.BeginPrune())
            prune.Sweep();
        Assert.Empty(Directory.GetFileSystemEntries(Layout.Staging));
        Assert.Empty(Directory.GetFileSystemEntries(Layout.Partial));
        Assert.Empty(Directory.GetFileSystemEntries(Layout.Trash));
    }

    private static IEnumerable<string> FilesBelow(string folder) =>
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories);

    public void Dispose()
    {
        Origin.Dispose();
        Place.Dispose();
    }
}
