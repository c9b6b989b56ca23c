using System;
using System.Globalization;
using ProcessDedup.Fetch.Archives;
using ProcessDedup.Fetch.Http;
using ProcessDedup.Fetch.Revisions;
using ProcessDedup.Flight;
using ProcessDedup.Messages;
using ProcessDedup.Store;

namespace ProcessDedup.Fetch.Forges;

/// <summary>
/// The files of one commit, from the archive that the forge makes of it. The archive's bytes may change from one day to
/// the next (GitHub's did in January 2023), its files do not: so these are kept, and not the archive.
/// </summary>
internal sealed class ForgeTreePlan(FetchContext context, Forge forge, string commit, string identity) : TreePlan(
    context, forge.Address.Scheme, KeyOf(context.Request, forge, commit), forge.Address.DisplayOfCommit(commit))
{
    private readonly ForgeDownload _download = new(context);

    // Private repositories are the business of those who have a login.
    public override string? FleetKey => Context.Exchange is not null && _download.IsAnonymousAt(forge.Root) ? Key : null;

    public override FleetShare? Share(CachedContent result, FlightLeader leader) =>
        _download.IsAnonymousAt(forge.Root) ? base.Share(result, leader) : null;

    public override string FailureScope { get; } =
        identity + "\n" + context.Request.MaxUnpackedBytes?.ToString(CultureInfo.InvariantCulture);

    protected override bool KeepsTimes => false;

    protected override LateMessage Why => Message.Late(Messages.Key.ReasonFilesOfThisCommitWereNot);

    private static string KeyOf(FetchRequest request, Forge forge, string commit) => ContentHash.HexOf(
        $"forge\n{forge.Address.Scheme}\n{forge.Root.AbsoluteUri}\n{forge.Address.Owner}/{forge.Address.Name}\n{commit}{(request.AllowNonPortableNames ? "\nnames" : string.Empty)}{(request.AllowOutwardLinks ? "\nlinks" : string.Empty)}");

    protected override LateMessage? Freshness(CacheEntry entry, DateTimeOffset now) => Message.Late(Messages.Key.ReasonCommitNeverChanges);

    protected override void Fill(string directory, StagingDirectory place, FlightLeader leader)
    {
        if (Request.Offline)
            throw FetchFailures.Offline(Display);
        using PartialDownload part = new PartialDownloads(Store.Layout.Directory).Claim(Key);
        HttpAnswer answer = _download.Fetch(forge.Archive(commit), part, leader.Cancellation);
        try
        {
            Unpack(part.DataPath, directory, leader);
        }
        catch (FetchException e) when (e.Error == FetchError.ArchiveCorrupt && answer.Resumed > 0)
        {
            // Perhaps it was what an earlier attempt had left that is wrong.
            part.Discard();
            _download.Fetch(forge.Archive(commit), part, leader.Cancellation);
            string again = place.File("again");
            Unpack(part.DataPath, again, leader);
            Platform.TreeRemoval.TryDelete(directory);
            Platform.Publishing.RenameOnly(again, directory);
        }
        finally
        {
            // Whole it is of no more use to anybody.
            part.Take();
        }
    }

    private void Unpack(string archive, string directory, FlightLeader leader)
    {
        Request.Activity.Does("unpacking");
        var options = new UnpackOptions { AllowNonPortableNames = Request.AllowNonPortableNames, AllowOutwardLinks = Request.AllowOutwardLinks, StripComponents = 1, KeepsTimes = false, MaxTotalBytes = Request.MaxUnpackedBytes };
        try
        {
            Archive.Unpack(archive, directory, options, leader.Cancellation);
        }
        catch (FetchException e)
        {
            throw Repository.Named(e, archive, Display);
        }
    }

    protected override CacheEntry Describe(CacheEntry entry) => entry with { Revision = commit, FileName = forge.Address.Name };
}
