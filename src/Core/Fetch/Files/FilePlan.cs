using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using ProcessDedup.Flight;
using ProcessDedup.Messages;
using ProcessDedup.Platform;
using ProcessDedup.Store;

namespace ProcessDedup.Fetch.Files;

/// <summary>A file of this machine or of a share, as <c>file://</c> names it. Looking at it is cheap: it is fresh while it
/// is the very file, with the size and times, that was read.</summary>
internal sealed class FilePlan(FetchContext context, string path)
    : ContentPlan<StagedFile>(context, ContentHash.HexOf("file\n" + path), "file://" + path)
{
    // A file that is written to within the granularity of its time looks unchanged (git's "racy" index entries): FAT
    // keeps two seconds, others what their kernel's tick is, and then mostly not a whole second.
    private static readonly TimeSpan CoarseTime = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan FineTime = TimeSpan.FromMilliseconds(50);

    private const int MostTries = 3;
    private static readonly DateTime UnixEpoch = new(1970, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    private readonly Stopwatch _clock = new();
    private string? _stamp;

    public override string FailureScope => Request.Expected?.ToString() ?? string.Empty;

    protected override bool IsWanted(CacheEntry entry) => Request.Expected is not { } expected || entry.IsKnownToBe(expected);

    protected override LateMessage? Freshness(CacheEntry entry, DateTimeOffset now)
    {
        if (Request.Expected is not null)
            return Message.Late(Messages.Key.ReasonHasExpectedHash);
        return entry.Stamp is not null && Request.MaxAge != TimeSpan.Zero && entry.Stamp == StampOf(path)
            ? Message.Late(Messages.Key.ReasonFileHasNotChanged) : null;
    }

    private static string? StampOf(string path)
    {
        try
        {
            using var source = SourceFile.Open(path);
            return StampOf(source.Facts());
        }
        catch (PlatformException)
        {
            return null;
        }
    }

    /// <summary>Which file, and which state of it; null while it may still be written to without any trace.</summary>
    private static string? StampOf(in FileFacts facts)
    {
        const long second = 1_000_000_000;
        bool isFine = facts.ModifiedNanoseconds % second != 0 || facts.ChangedNanoseconds % second != 0;
        long last = Math.Max(facts.ModifiedNanoseconds, facts.ChangedNanoseconds);
        long now = (DateTime.UtcNow - UnixEpoch).Ticks * 100;
        return now - last > (isFine ? FineTime : CoarseTime).Ticks * 100 ? Identify(facts) : null;
    }

    private static string Identify(in FileFacts facts) => string.Format(
        CultureInfo.InvariantCulture, "{0}:{1} {2} {3} {4}",
        facts.Identity.Device, facts.Identity.Inode, facts.Size, facts.ModifiedNanoseconds, facts.ChangedNanoseconds);

    public override StagedFile Produce(FlightLeader leader)
    {
        _clock.Restart();
        Request.Activity.Leads(leader);
        StagingDirectory place = Store.NewStaging();
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
        using SourceFile source = OpenSource();
        for (int tries = 1; ; tries++)
        {
            FileFacts before = source.Facts();
            IReadOnlyList<ContentHash> hashes = CopyOnce(source, before.Size, to, algorithms, leader, out size);
            // Else what was read may be half of one version and half of another.
            if (Identify(source.Facts()) == Identify(before))
            {
                _stamp = StampOf(before);
                return hashes;
            }

            if (tries == MostTries)
                throw FetchFailures.SourceUnreadable(Display, path, Message.Of(Messages.Key.ReasonBeingWrittenToAgainAndAgain));
        }
    }

    private IReadOnlyList<ContentHash> CopyOnce(
        SourceFile source, long expected, string to, IReadOnlyCollection<string> algorithms, FlightLeader leader, out long size)
    {
        ITransferObserver observer = Request.Activity;
        observer.Begin(expected, 0);
        long copied = 0;
        void Advance(int count)
        {
            copied += count;
            // Not by its length alone: that of some files (proc(5)) is 0.
            if (copied > Request.MaxBytes)
                throw FetchFailures.FileTooLarge(Display, Math.Max(expected, copied), Request.MaxBytes.Value);
            observer.Advance(count);
        }

        if (expected > Request.MaxBytes)
            throw FetchFailures.FileTooLarge(Display, expected, Request.MaxBytes.Value);
        source.Stream.Position = 0;
        try
        {
            using var target = new FileStream(to, FileMode.Create, FileAccess.Write, FileShare.Read, 1);
            return FileHashing.Copy(source.Stream, target, algorithms, Advance, leader.Cancellation, out size);
        }
        catch (Exception e) when (ManagedFailures.IsAboutFiles(e))
        {
            throw FetchFailures.FromIo(Display, to, e);
        }
    }

    private SourceFile OpenSource()
    {
        try
        {
            return SourceFile.Open(path);
        }
        catch (PlatformException e)
        {
            throw e.Fault is PlatformFault.Missing or PlatformFault.ParentMissing
                ? FetchFailures.SourceMissing(Display, path)
                : FetchFailures.SourceUnreadable(Display, path, e.Fault == PlatformFault.IsDirectory
                    ? Message.Of(Messages.Key.ReasonDirectory) : e.Cause);
        }
    }

    public override CachedContent Publish(StagedFile staged, FlightLeader leader)
    {
        Store.Blobs.Publish(staged.Path, staged.Sha256.Hex, staged.Size, Context.Owner, leader.Reached);
        CacheEntry entry = CacheEntry.New(Key, "file", Display) with
        {
            Digest = staged.Sha256.Hex,
            Size = staged.Size,
            FileName = Path.GetFileName(path),
            Stamp = _stamp,
            Integrity = Request.Expected?.ToString(),
            Work = _clock.Elapsed,
        };
        return Commit(entry, leader, FetchStatus.Downloaded, Message.Late(Messages.Key.ReasonFileWasNotInCacheOr));
    }
}
