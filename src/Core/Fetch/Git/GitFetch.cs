namespace ProcessDedup.Fetch.Git;

/// <summary>Repositories by the installed git.</summary>
internal static class GitFetch
{
    public static CachedContent Get(FetchContext context, FetchAddress address) =>
        throw FetchFailures.SchemeUnsupported(address.Text, context.Request.Address);
}
