using ProcessDedup.Fetch.Revisions;

namespace ProcessDedup.Fetch.Git;

/// <summary>Repositories by the installed git.</summary>
internal static class GitFetch
{
    public static CachedContent Get(FetchContext context, FetchAddress address)
    {
        Repository.Check(context.Request);
        var source = new GitSource(address.Text, context.Request);
        CachedContent? answer = source.Commit is null ? context.Fly(new GitRefPlan(context, source)) : null;
        CachedContent tree = context.Fly(new GitTreePlan(context, source, source.Commit ?? answer!.Entry.Revision!));
        return Repository.Answer(tree, answer, source.Display);
    }
}
