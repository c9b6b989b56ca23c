using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using System.Threading;
using ProcessDedup.Fetch;
using ProcessDedup.Store;
using ProcessDedup.Substituters;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Substituters;

/// <summary>A cache, trees, and what is said while artifacts come and go.</summary>
internal sealed class Substituting : IDisposable, ISubstituterWatch
{
    public static readonly string Key = ContentHash.HexOf("some key");

    private readonly List<string> _told = [];

    public Substituting() => Store = CacheStore.Open(Place.Root);

    public TestDirectory Place { get; } = new();

    public CacheStore Store { get; }

    public IReadOnlyList<string> TrustedKeys { get; set; } = [];

    /// <summary>Short where it is what is waited for; never asserted.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(80);

    public TimeSpan StallTimeout { get; set; } = TimeSpan.FromSeconds(80);

    public TimeSpan Pause { get; set; } = TimeSpan.FromMinutes(10);

    public TimeSpan NegativeTtl { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>What was said since the last look.</summary>
    public IReadOnlyList<string> Told
    {
        get
        {
            string[] told = [.. _told];
            _told.Clear();
            return told;
        }
    }

    public long Received { get; private set; }

    public string Filled { get; private set; } = string.Empty;

    public SubstituterOptions Options(params string[] addresses) => new()
    {
        Addresses = addresses,
        TrustedKeys = TrustedKeys,
        ConnectTimeout = ConnectTimeout,
        StallTimeout = StallTimeout,
        Pause = Pause,
        NegativeTtl = NegativeTtl,
    };

    public Substituted? Restore(params string[] addresses) => RestoreKey(Key, addresses);

    public Substituted? RestoreKey(string key, params string[] addresses)
    {
        using StagingDirectory place = Store.NewStaging();
        string directory = Directory.CreateDirectory(place.File("content")).FullName;
        Substituted? restored = new SubstituterSet(Options(addresses), Store)
            .TryRestore(key, "the artifact", directory, place, this, CancellationToken.None);
        Assert.Equal(["content"], Directory.GetFileSystemEntries(place.Path).Select(System.IO.Path.GetFileName));
        if (restored is null)
        {
            Assert.Empty(Directory.GetFileSystemEntries(directory));
        }
        else
        {
            Assert.Empty(restored.Manifest.FindDifferences(directory, CancellationToken.None));
            Assert.Equal(restored.Record.Digest, restored.Manifest.Digest.Hex);
            Filled = Place.File("restored-" + Guid.NewGuid().ToString("N"));
            Directory.Move(directory, Filled);
        }

        return restored;
    }

    /// <summary>Nothing comes, and one sentence says why.</summary>
    public void RefusedFor(string why, params string[] addresses)
    {
        Assert.Null(Restore(addresses));
        string told = string.Join('|', Told);
        Assert.True(told.Contains(why, StringComparison.Ordinal) && !told.Contains('|', StringComparison.Ordinal), $"'{why}' was expected: {told}");
    }

    public PublishOutcome Publish(string address, string tree, string? key = null, string? signer = null, string? fileName = null) =>
        new ArtifactPublisher(Options(), Store).Publish(
            address, Facts(key, fileName), tree, TreeManifest.Of(tree, CancellationToken.None), signer, CancellationToken.None);

    public FetchException PublishFails(FetchError error, string address, string tree, string? signer = null, string? fileName = null)
    {
        FetchException e = Assert.Throws<FetchException>(() => Publish(address, tree, signer: signer, fileName: fileName));
        Assert.True(e.Error == error, $"{e.Error} instead of {error}: {e}");
        Assert.Empty(Directory.GetFileSystemEntries(Store.Layout.Staging));
        return e;
    }

    public static ArtifactFacts Facts(string? key = null, string? fileName = null) =>
        new(key ?? Key, "the artifact", fileName, new DateTimeOffset(2024, 2, 29, 1, 2, 3, TimeSpan.Zero), "host, somebody");

    /// <summary>A tree with all that a tree may have.</summary>
    public string Tree(string name = "tree", string content = "content")
    {
        string tree = Place.NewDirectory(name);
        Directory.CreateDirectory(System.IO.Path.Combine(tree, "bin"));
        Directory.CreateDirectory(System.IO.Path.Combine(tree, "empty directory"));
        string deep = System.IO.Path.Combine(tree, string.Join('/', Enumerable.Repeat(new string('d', 60), 4)));
        Directory.CreateDirectory(deep);
        File.WriteAllText(System.IO.Path.Combine(deep, new string('f', 120)), "long name");
        File.WriteAllText(System.IO.Path.Combine(tree, "ünïcödé 🌍.txt"), "not ascii");
        File.WriteAllText(System.IO.Path.Combine(tree, "Foo::Bar.3pm"), "not portable");
        File.WriteAllText(System.IO.Path.Combine(tree, "foo::bar.3PM"), "not portable either");
        File.WriteAllText(System.IO.Path.Combine(tree, "empty"), string.Empty);
        File.WriteAllText(System.IO.Path.Combine(tree, "a.txt"), content);
        string program = System.IO.Path.Combine(tree, "bin", "run");
        File.WriteAllText(program, "#!/bin/sh\n");
        Modes.Set(program, (UnixFileMode)0x1ed);
        Links.ToFile(System.IO.Path.Combine(tree, "bin", "link"), "../a.txt");
        Links.ToFile(System.IO.Path.Combine(tree, "länge"), string.Join('/', Enumerable.Repeat(new string('d', 60), 4)) + "/" + new string('f', 120));
        return tree;
    }

    /// <summary>A tree of random bytes.</summary>
    public string LargeTree(int bytes, string name = "large")
    {
        string tree = Place.NewDirectory(name);
        byte[] content = new byte[bytes];
        new Random(1).NextBytes(content);
        File.WriteAllBytes(System.IO.Path.Combine(tree, "large.bin"), content);
        return tree;
    }

    /// <summary>A new pair of keys: PEM files with the private and the public one.</summary>
    public (string Private, string Public) NewKeys(ECCurve? curve = null)
    {
        using var key = ECDsa.Create(curve ?? ECCurve.NamedCurves.nistP256);
        string name = Guid.NewGuid().ToString("N");
        File.WriteAllText(Place.File(name + ".key"), key.ExportECPrivateKeyPem());
        File.WriteAllText(Place.File(name + ".pub"), key.ExportSubjectPublicKeyInfoPem());
        return (Place.File(name + ".key"), Place.File(name + ".pub"));
    }

    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    void ISubstituterWatch.Receiving(string from, long done, long total) => Received = done;

    void ISubstituterWatch.Told(string sentence)
    {
        Assert.EndsWith(".", sentence, StringComparison.Ordinal);
        Assert.DoesNotMatch(@"\.\.$", sentence);
        _told.Add(sentence);
    }

    public void Dispose() => Place.Dispose();
}
