using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Flight;

/// <summary>
/// Deno's plug: many processes load one native library that the first of them is still writing, "file too short".
/// </summary>
public sealed class NativeLibraryTests : IDisposable
{
    private const string Export = "CompressionNative_Crc32";

    // A real library that is wherever this test is.
    private static readonly byte[] Library = File.ReadAllBytes(
        Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "libSystem.IO.Compression.Native.so"));

    private readonly Caching _it = new();
    private readonly List<Peer> _peers = [];

    public void Dispose()
    {
        _peers.ForEach(p => p.Dispose());
        _it.Dispose();
    }

    /// <summary>No luck in it: the origin stops in the middle of the body until the second process has tried.</summary>
    /// <param name="there">Bytes that are there when the second process looks: less than a header, or half of it.</param>
    [Theory]
    [InlineData(40)]
    [InlineData(20_000)]
    public void What_exists_is_taken_for_complete_without_the_cache_and_never_with_it(int there)
    {
        const int busError = 128 + 7;
        string directory = _it.Place.NewDirectory("naive");
        OriginFile file = Serve(1);
        file.Gate = new OriginGate(there);
        Peer first = Start("load-naively", Export, directory), second = Start("load-naively", Export, directory);
        first.Say(file);
        file.Gate.WaitReached();
        string final = Path.Combine(directory, "libcold1.so");
        Eventually.True(() => File.Exists(final) && new FileInfo(final).Length == there, "half of it is there");
        second.Say(file);
        // Either the loader notices, or the kernel kills who touches a page of the library that is not there.
        if (second.TryRead("FAILED") is { } said)
            Assert.Contains("too short", said, StringComparison.Ordinal);
        else
            Assert.Equal(busError, second.WaitForExit());
        file.Gate.Open();
        first.Expect("LOADED");

        file = Serve(2);
        file.Gate = new OriginGate(there);
        List<Peer> cached = [.. Enumerable.Range(0, 4).Select(_ => Start("load", Export))];
        cached.ForEach(p => p.Say(file));
        file.Gate.WaitReached();
        _it.AwaitWaiters(3);
        file.Gate.Open();
        cached.ForEach(p => p.Expect("LOADED"));
        Assert.Equal(1, _it.Origin.Count("/libcold2.so"));
    }

    [Fact]
    public void Eight_processes_load_one_cold_library_through_the_cache_and_none_fails()
    {
        List<Peer> peers = [.. Enumerable.Range(0, 8).Select(_ => Start("load", Export))];
        int rounds = Scale.Of(4, 50);
        for (int round = 1; round <= rounds; round++)
        {
            OriginFile file = Serve(round);
            peers.ForEach(p => p.Say(file));
            peers.ForEach(p => p.Expect("LOADED"));
            Assert.Equal(1, _it.Origin.Count(new Uri(file.Url).AbsolutePath));
        }

        // Under the name that it came with: programs look for it.
        Assert.Equal(rounds, Directory.GetFiles(_it.Layout.Names, "libcold*.so", SearchOption.AllDirectories).Length);
        Assert.Equal(rounds, _it.CheckContent());
    }

    /// <summary>Another library each time, as far as the cache and the loader are concerned.</summary>
    private OriginFile Serve(int number)
    {
        OriginFile file = _it.Origin.Serve($"/libcold{number}.so", [.. Library, .. BitConverter.GetBytes(number)], $"\"v{number}\"");
        file.CacheControl = "max-age=600";
        return file;
    }

    private Peer Start(params string[] words)
    {
        Peer peer = Peer.Fetcher(_it.Place, words);
        _peers.Add(peer);
        return peer.Expect("READY");
    }
}
