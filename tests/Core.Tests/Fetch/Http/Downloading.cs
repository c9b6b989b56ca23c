using System;
using System.Collections.Generic;
using System.IO;
using System.Security.Cryptography;
using System.Threading;
using ProcessDedup.Fetch;
using ProcessDedup.Fetch.Http;
using ProcessDedup.Retry;
using ProcessDedup.Store;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Fetch.Http;

/// <summary>A cache, an origin, and downloads from the one into the other.</summary>
internal sealed class Downloading : IDisposable, ITransferObserver
{
    private readonly List<string> _retries = [];

    public TestDirectory Place { get; } = new();

    public Origin Origin { get; } = new();

    public string Cache => Place.File("cache");

    public PartialDownloads Parts => new(Cache);

    /// <summary>Retries without noticeable pauses.</summary>
    public HttpLimits Limits { get; set; } = new()
    {
        Backoff = new Backoff(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(1)),
        BusyBackoff = new Backoff(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(1)),
    };

    public HttpMetadata? Validators { get; set; }

    public CancellationToken Cancelled { get; set; }

    /// <summary>What the last download left.</summary>
    public byte[] Bytes { get; private set; } = [];

    public IReadOnlyList<string> Retries => _retries;

    public Action<long> OnAdvance { get; set; } = _ => { };

    public Action OnCoolDown { get; set; } = () => { };

    public Action OnRetry { get; set; } = () => { };

    public HttpAnswer Fetch(string url) => Fetch(new HttpSource(new Uri(url)));

    public HttpAnswer Fetch(HttpSource source, params string[] algorithms)
    {
        using PartialDownload part = Parts.Claim("key");
        HttpAnswer answer = HttpDownload.Run(source, Limits, Validators, algorithms, part, this, Cancelled);
        if (!answer.IsNotModified)
        {
            Bytes = File.ReadAllBytes(part.DataPath);
            Assert.Equal(Bytes.Length, answer.Length);
            Assert.Equal(Convert.ToHexString(SHA256.HashData(Bytes)).ToLowerInvariant(), answer.Hashes["sha256"].Hex);
            part.Take();
        }

        return answer;
    }

    public FetchException Fails(FetchError error, string url) => Fails(error, new HttpSource(new Uri(url)));

    public FetchException Fails(FetchError error, HttpSource source)
    {
        var failure = Assert.Throws<FetchException>(() => Fetch(source));
        Assert.True(failure.Error == error, $"{error} was expected, but: {failure.Error}: {failure.Message}");
        return failure;
    }

    public void Dispose()
    {
        Origin.Dispose();
        Place.Dispose();
    }

    void ITransferObserver.Begin(long? total, long already)
    {
    }

    void ITransferObserver.Advance(long bytes) => OnAdvance(bytes);

    void ITransferObserver.CoolDown(TimeSpan left) => OnCoolDown();

    void ITransferObserver.Retry(int attempt, TimeSpan pause, string why)
    {
        _retries.Add(why);
        OnRetry();
    }
}
