using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using ProcessDedup.Fetch.Files;
using ProcessDedup.Fetch.Http;
using ProcessDedup.Flight;
using ProcessDedup.Messages;
using ProcessDedup.Platform;
using ProcessDedup.Store;

namespace ProcessDedup.Fetch.Archives;

/// <summary>
/// The one file that a compressed file is (<c>tool.gz</c>). The compressed file's digest says what it is, so what was decompressed
/// once is right for ever.
/// </summary>
internal sealed class DecompressPlan(FetchContext context, CachedContent compressed)
    : ContentPlan<StagedFile>(context, ContentHash.HexOf("decompress\n" + compressed.Entry.Digest), compressed.Entry.Source)
{
    private static readonly string[] Ends = [".gz", ".bz2", ".xz", ".zst", ".lzma", ".lz4"];

    private readonly Stopwatch _clock = new();

    // How much may come out of it is this caller's own measure.
    public override string FailureScope => Request.MaxUnpackedBytes?.ToString(CultureInfo.InvariantCulture) ?? string.Empty;

    protected override LateMessage? Freshness(CacheEntry entry, DateTimeOffset now) =>
        Message.Late(Messages.Key.ReasonThisVeryArchiveHasBeenUnpacked);

    public override StagedFile Produce(FlightLeader leader)
    {
        _clock.Restart();
        Request.Activity.Leads(leader);
        Request.Activity.Does("unpacking");
        StagingDirectory place = Store.NewStaging();
        try
        {
            string file = place.File("content");
            IReadOnlyList<ContentHash> hashes = Decompress(file, leader, out long size);
            leader.Reached?.Invoke(StoreStep.Staged);
            return new StagedFile(file, hashes[0], size, place);
        }
        catch (Exception e) when (ManagedFailures.IsAboutFiles(e))
        {
            place.Dispose();
            throw FetchFailures.FromIo(Display, place.Path, e);
        }
        catch
        {
            place.Dispose();
            throw;
        }
    }

    private IReadOnlyList<ContentHash> Decompress(string to, FlightLeader leader, out long size)
    {
        using FileStream stream = SourceFile.OpenStream(compressed.Path);
        byte[] magic = new byte[TarSource.BlockSize];
        int length = stream.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false);
        stream.Position = 0;
        using Stream content = Compression.Open(magic, stream, Display, leader.Cancellation)
            ?? throw FetchFailures.NotCompressed(Display, WebPage.Begins(magic, length));
        var options = new UnpackOptions { MaxTotalBytes = Request.MaxUnpackedBytes };
        var budget = new UnpackBudget(Display, options.MaxEntries, options.LimitFor(stream.Length));
        using var target = new FileStream(to, FileMode.CreateNew, FileAccess.Write, FileShare.Read, 1);
        return FileHashing.Copy(new DamageReporting(content, Display), target, [ContentHash.Sha256], count => budget.AddContent(count), leader.Cancellation, out size);
    }

    public override CachedContent Publish(StagedFile staged, FlightLeader leader)
    {
        Store.Blobs.Publish(staged.Path, staged.Sha256.Hex, staged.Size, Context.Owner, leader.Reached);
        CacheEntry entry = CacheEntry.New(Key, "decompress", Display) with
        {
            Digest = staged.Sha256.Hex,
            Size = staged.Size,
            FileName = NameOf(compressed.Entry.FileName),
            Work = _clock.Elapsed,
        };
        return Commit(entry, leader, FetchStatus.Built, Message.Late(Messages.Key.ReasonArchiveHadNotBeenUnpackedYet));
    }

    // As gunzip and its like name it.
    private static string NameOf(string? name)
    {
        foreach (string end in Ends)
        {
            if (name is not null && name.Length > end.Length && name.EndsWith(end, StringComparison.OrdinalIgnoreCase))
                return name.Substring(0, name.Length - end.Length);
        }

        return name ?? DownloadName.Unknown;
    }

    /// <summary>Tells damage of the compressed file from failures of the disk.</summary>
    private sealed class DamageReporting(Stream content, string name) : ForwardStream
    {
        public override int Read(byte[] buffer, int offset, int count) => Archive.Reading(name, () => content.Read(buffer, offset, count));
    }
}
