namespace ProcessDedup.Fetch.Forges;

/// <summary>Repositories as the archives that forges make of them.</summary>
internal static class ForgeFetch
{
    public static CachedContent Get(FetchContext context, FetchAddress address) =>
        throw FetchFailures.SchemeUnsupported(address.Text, context.Request.Address);
}
