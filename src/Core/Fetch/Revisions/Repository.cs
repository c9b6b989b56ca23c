namespace ProcessDedup.Fetch.Revisions;

/// <summary>What all repositories have in common: first the commit is found, then its tree is got.</summary>
internal static class Repository
{
    /// <summary>What no repository can do.</summary>
    /// <exception cref="FetchException"><see cref="FetchError.FetchOptionsInvalid"/></exception>
    public static void Check(FetchRequest request)
    {
        string shown = FetchFailures.Public(request.Address);
        if (request.Expected is not null)
        {
            throw FetchFailures.HashOfRepository(shown);
        }

        if (request.StripComponents > 0)
            throw FetchFailures.StripsRepository(shown);
    }

    /// <summary>The tree as the answer to what was asked for.</summary>
    /// <param name="tree">What was got.</param>
    /// <param name="answer">How its commit was found; null if the caller named it.</param>
    /// <param name="display">What was asked for, fit to be shown.</param>
    public static CachedContent Answer(CachedContent tree, CachedContent? answer, string display)
    {
        if (answer is null)
            return tree with { Entry = tree.Entry with { Source = display } };
        // What took the work is what is told.
        bool isWork = tree.Status is FetchStatus.Built or FetchStatus.Waited;
        CachedContent told = isWork ? tree : answer;
        return tree with
        {
            Status = told.Status == FetchStatus.Downloaded ? FetchStatus.Revalidated : told.Status,
            Reason = told.Reason,
            Waited = tree.Waited + answer.Waited,
            Worked = tree.Worked + answer.Worked,
            Entry = tree.Entry with { Source = display, ValidatedAt = answer.Entry.ValidatedAt, Maker = told.Entry.Maker },
        };
    }

    /// <summary>What an archive is called in a failure: not by its private place, which is gone then.</summary>
    public static FetchException Named(FetchException e, string file, string display) => new(
        e.Error, display, e.Cause.Replace(FetchFailures.Shown(file), display), e.NextStep, e.InnerException)
    {
        StatusCode = e.StatusCode,
    };
}
