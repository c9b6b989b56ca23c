using System;
using ProcessDedup.Fetch.Http;
using ProcessDedup.Fetch.Revisions;
using ProcessDedup.Flight;
using ProcessDedup.Store;

namespace ProcessDedup.Fetch.Forges;

/// <summary>Which commit a branch or tag means, as the forge says.</summary>
internal sealed class ForgeRefPlan(FetchContext context, Forge forge, string identity)
    : RevisionPlan(context, KeyOf(forge, identity), forge.Address.Display, identity)
{
    private readonly ForgeDownload _download = new(context);

    public override string? FleetKey => Context.Fleet is not null && _download.IsAnonymousAt(forge.Root) ? Key : null;

    public override FleetShare? Share(CachedContent result, FlightLeader leader) =>
        _download.IsAnonymousAt(forge.Root) ? base.Share(result, leader) : null;

    private static string KeyOf(Forge forge, string identity) => ContentHash.HexOf(
        $"forge-ref\n{forge.Address.Scheme}\n{forge.Root.AbsoluteUri}\n{forge.Address.Owner}/{forge.Address.Name}\n{forge.Address.Ref}\n{identity}");

    protected override FoundRevision Ask(FlightLeader leader)
    {
        DateTimeOffset asked = DateTimeOffset.UtcNow;
        CacheEntry? prior = forge.IsOneQuestion ? Prior : null;
        HttpMetadata? metadata = null;
        try
        {
            // An answer that still holds costs nothing of GitHub's rate limit.
            string commit = forge.FindCommit((uri, accept) =>
                _download.Read(uri, accept, Key, prior?.Http, out metadata, leader.Cancellation) ?? throw new SameAsBefore());
            return new FoundRevision(commit, asked, forge.IsOneQuestion ? metadata : null);
        }
        catch (SameAsBefore)
        {
            return new FoundRevision(prior!.Revision!, asked, metadata);
        }
        // GitHub answers 422 to what can be no commit, 404 to what is none.
        catch (FetchException e) when (forge.Address.Ref is { } reference
            && (e.Error == FetchError.FetchNotFound || e is { Error: FetchError.FetchHttpStatus, StatusCode: 422 }))
        {
            throw FetchFailures.RefNotFoundOrHidden(Display, reference, e);
        }
    }

    private sealed class SameAsBefore : Exception;
}
