using ProcessDedup.Fetch.Revisions;

namespace ProcessDedup.Fetch.Forges;

/// <summary>Repositories as the archives that forges make of them.</summary>
internal static class ForgeFetch
{
    public static CachedContent Get(FetchContext context, FetchAddress address)
    {
        Repository.Check(context.Request);
        Forge forge = Forge.Of(new ForgeAddress(address.Text), context.Request);
        string identity = new ForgeDownload(context).IdentityAt(forge.Root);
        string? known = forge.Address.Commit;
        CachedContent? answer = known is null ? context.Fly(new ForgeRefPlan(context, forge, identity)) : null;
        CachedContent tree = context.Fly(new ForgeTreePlan(context, forge, known ?? answer!.Entry.Revision!, identity));
        return Repository.Answer(tree, answer, forge.Address.Display);
    }
}
