using System;
using System.Globalization;
using System.IO;
using System.Text.Json;
using ProcessDedup.Fetch;
using ProcessDedup.Report;
using ProcessDedup.Store;
using ProcessDedup.Tests.Harness;

namespace ProcessDedup.Tests.Report;

/// <summary>A journal of a test's own making, written as the cache does.</summary>
internal sealed class Journal : IDisposable
{
    private readonly CacheStore _store;

    public Journal() => _store = CacheStore.Open(Place.Root);

    public TestDirectory Place { get; } = new();

    /// <summary>Ten in the morning of some day that is over, whatever the clock says.</summary>
    public static DateTimeOffset Ten { get; } = new(2024, 3, 6, 10, 0, 0, TimeSpan.Zero);

    public DedupReport Report(DateTimeOffset? since = null) => FetchCache.Open(Place.Root).Report(since ?? DateTimeOffset.MinValue);

    public string Write(DedupReport report) => ReportFile.Write(report, Place.File("report.html"));

    /// <summary>Somebody worked.</summary>
    public void Works(string source, double at, double seconds, int process, double waited = 0, string status = "Downloaded", long size = 1000) =>
        Add(source, at, status, process, waited, seconds, 0, size, transferred: size, null);

    /// <summary>Somebody waited.</summary>
    public void Waits(string source, double at, double seconds, int process, int leader, double saved = 0) =>
        Add(source, at, "Waited", process, seconds, 0, saved, 1000, 0, leader);

    /// <summary>It was there.</summary>
    public void Hits(string source, double at, int process, double saved = 0) => Add(source, at, "Hit", process, 0, 0, saved, 1000, 0, null);

    /// <summary>Any line at all.</summary>
    public void Line(string line) =>
        File.AppendAllText(Path.Combine(_store.Layout.Events, Ten.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) + ".jsonl"), line + "\n");

    public JsonElement[] Lines() => Array.ConvertAll(
        File.ReadAllLines(Directory.GetFiles(_store.Layout.Events)[0]), l => JsonDocument.Parse(l).RootElement);

    public static string KeyOf(string source) => ContentHash.HexOf(source);

    private void Add(string source, double at, string status, int process, double waited, double worked, double saved, long size, long transferred, int? leader) =>
        _store.Events.Add(new CacheEvent(
            Ten.AddSeconds(at), KeyOf(source), status, size, transferred, TimeSpan.FromSeconds(waited), TimeSpan.FromSeconds(worked), TimeSpan.FromSeconds(saved), process)
        {
            Source = source,
            Kind = "http",
            Leader = leader,
        });

    public void Dispose()
    {
        _store.Events.Dispose();
        Place.Dispose();
    }
}
