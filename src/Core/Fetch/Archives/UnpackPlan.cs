using System;
using System.Globalization;
using ProcessDedup.Flight;
using ProcessDedup.Messages;
using ProcessDedup.Store;

namespace ProcessDedup.Fetch.Archives;

/// <summary>
/// The directory that is in an archive. The archive's digest says what it is, so what was unpacked once is right for
/// ever.
/// </summary>
internal sealed class UnpackPlan(FetchContext context, CachedContent archive)
    : TreePlan(context, "unpack", KeyOf(archive.Entry.Digest!, context.Request), archive.Entry.Source)
{
    // How much may come out of it is this caller's own measure.
    public override string FailureScope => Request.MaxUnpackedBytes?.ToString(CultureInfo.InvariantCulture) ?? string.Empty;

    protected override LateMessage Why => Message.Late(Messages.Key.ReasonArchiveHadNotBeenUnpackedYet);

    protected override LateMessage? Freshness(CacheEntry entry, DateTimeOffset now) =>
        Message.Late(Messages.Key.ReasonThisVeryArchiveHasBeenUnpacked);

    protected override void Fill(string directory, StagingDirectory place, FlightLeader leader)
    {
        Request.Activity.Does("unpacking");
        var options = new UnpackOptions { Name = Display, StripComponents = Request.StripComponents, MaxTotalBytes = Request.MaxUnpackedBytes, AllowNonPortableNames = Request.AllowNonPortableNames, AllowOutwardLinks = Request.AllowOutwardLinks, Told = Request.Activity.Remark };
        Archive.Unpack(archive.Path, directory, options, leader.Cancellation);
    }

    protected override CacheEntry Describe(CacheEntry entry) => entry with { FileName = archive.Entry.FileName };

    private static string KeyOf(string digest, FetchRequest request) => ContentHash.HexOf(
        $"unpack\n{digest}\n{request.StripComponents.ToString(CultureInfo.InvariantCulture)}{(request.AllowNonPortableNames ? "\nnames" : string.Empty)}{(request.AllowOutwardLinks ? "\nlinks" : string.Empty)}");
}
