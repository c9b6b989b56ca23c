using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using ProcessDedup.Flight;
using ProcessDedup.Platform;
using ProcessDedup.Store;

namespace ProcessDedup.Fetch.Files;

/// <summary>A file of this machine or of a share, as <c>file://</c> names it. Looking at it is cheap: it is fresh while it
/// has the size and time that it had when it was read.</summary>
internal sealed class FilePlan(FetchContext context, string path)
    : ContentPlan<StagedFile>(context, ContentHash.HexOf("file\n" + path), "file://" + path)
{
    // A file that is written to within the granularity of its time looks unchanged (git's "racy" index entries).
    private static readonly TimeSpan TimeGranularity = TimeSpan.FromSeconds(2);

    private readonly Stopwatch _clock = new();

    public override string FailureScope => Request.Expected?.ToString() ?? string.Empty;

    protected override bool IsWanted(CacheEntry entry) => Request.Expected is not { } expected || entry.IsKnownToBe(expected);

    protected override string? Freshness(CacheEntry entry, DateTimeOffset now)
    {
        if (Request.Expected is not null)
            return "it has the expected hash";
        return entry.Stamp is not null && entry.Stamp == Stamp() ? "the file has not changed" : null;
    }

    private string? Stamp()
    {
        try
        {
            var file = new FileInfo(path);
            return file.Exists && DateTime.UtcNow - file.LastWriteTimeUtc > TimeGranularity
                ? string.Format(CultureInfo.InvariantCulture, "{0} {1}", file.Length, file.LastWriteTimeUtc.Ticks)
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public override StagedFile Produce(FlightLeader leader)
    {
        _clock.Restart();
        Request.Activity.Leads(leader);
        var place = Store.NewStaging();
        try
        {
            string file = place.File("content");
            IReadOnlyCollection<string> algorithms = Expectation.Algorithms(Request.Expected);
            IReadOnlyList<ContentHash> hashes = Copy(file, algorithms, leader, out long size);
            leader.Reached?.Invoke(StoreStep.Staged);
            return Expectation.IsMet(Request.Expected, hashes)
                ? new StagedFile(file, hashes[0], size, place)
                : throw Expectation.Violated(Store.Layout, Display, Request.Expected!.Value, hashes, file, null);
        }
        catch
        {
            place.Dispose();
            throw;
        }
    }

    private IReadOnlyList<ContentHash> Copy(
        string to, IReadOnlyCollection<string> algorithms, FlightLeader leader, out long size)
    {
        ITransferObserver observer = Request.Activity;
        using FileStream source = OpenSource();
        if (Request.MaxBytes is { } most && source.Length > most)
            throw FetchFailures.FileTooLarge(Display, source.Length, most);
        observer.Begin(source.Length, 0);
        try
        {
            using var target = new FileStream(to, FileMode.CreateNew, FileAccess.Write, FileShare.Read, 1);
            return FileHashing.Copy(source, target, algorithms, count => observer.Advance(count), leader.Cancellation, out size);
        }
        catch (Exception e) when (ManagedFailures.IsAboutFiles(e))
        {
            throw FetchFailures.FromIo(Display, to, e);
        }
    }

    private FileStream OpenSource()
    {
        try
        {
            if (!File.Exists(path))
                throw Directory.Exists(path) ? FetchFailures.SourceUnreadable(Display, path, "it is a directory") : FetchFailures.SourceMissing(Display, path);
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FetchFailures.SourceUnreadable(Display, path, e.Message);
        }
    }

    public override CachedContent Publish(StagedFile staged, FlightLeader leader)
    {
        string? stamp = Stamp();
        Store.Blobs.Publish(staged.Path, staged.Sha256.Hex, staged.Size, Context.Owner, leader.Reached);
        CacheEntry entry = CacheEntry.New(Key, "file", Display) with
        {
            Digest = staged.Sha256.Hex,
            Size = staged.Size,
            FileName = Path.GetFileName(path),
            Stamp = stamp,
            Integrity = Request.Expected?.ToString(),
            Work = _clock.Elapsed,
        };
        return Commit(entry, leader, FetchStatus.Downloaded, "the file was not in the cache, or has changed");
    }
}
