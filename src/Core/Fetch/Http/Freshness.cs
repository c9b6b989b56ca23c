using System;

namespace ProcessDedup.Fetch.Http;

/// <summary>May a stored answer be used without asking the origin? RFC 9111 §4.2 for a private cache. Pure.</summary>
/// <param name="Answer">What the answer said.</param>
/// <param name="Validated">When the request was begun that brought or confirmed it.</param>
/// <param name="Now">When that is asked.</param>
internal readonly record struct Freshness(HttpMetadata Answer, DateTimeOffset Validated, DateTimeOffset Now)
{
    // "a typical setting of this fraction might be 10%" (§4.2.2); beyond a day §5.5 of RFC 7234 wanted a warning.
    private const double HeuristicFraction = 0.1;
    private static readonly TimeSpan LongestHeuristic = TimeSpan.FromDays(1);

    /// <summary>
    /// The age by this clock and by the origin's, whichever is larger (§4.2.3). The delay of the answer is in it, as it
    /// is counted from the beginning of the request.
    /// </summary>
    public TimeSpan Age
    {
        get
        {
            TimeSpan apparent = HttpDate.TryParse(Answer.Date) is { } date && Validated > date ? Validated - date : TimeSpan.Zero;
            TimeSpan told = CacheControl.Seconds(Answer.Age?.Trim()) ?? TimeSpan.Zero;
            return (apparent > told ? apparent : told) + (Now - Validated);
        }
    }

    /// <summary>How long it is fresh (§4.2.1, §4.2.2).</summary>
    public TimeSpan Lifetime
    {
        get
        {
            var control = new CacheControl(Answer.CacheControl);
            if (control.NoStore || control.NoCache || Answer.VariesOnEverything)
                return TimeSpan.Zero;
            if (control.MaxAge is { } maxAge)
                return maxAge;
            DateTimeOffset date = HttpDate.TryParse(Answer.Date) ?? Validated;
            // "0" and other things that are no date mean "already expired" (§5.3).
            if (Answer.Expires is not null)
                return HttpDate.TryParse(Answer.Expires) is { } expires && expires > date ? expires - date : TimeSpan.Zero;
            if (HttpDate.TryParse(Answer.LastModified) is not { } modified || modified >= date)
                return TimeSpan.Zero;
            var heuristic = TimeSpan.FromTicks((long)((date - modified).Ticks * HeuristicFraction));
            return heuristic < LongestHeuristic ? heuristic : LongestHeuristic;
        }
    }

    private TimeSpan Staleness
    {
        get
        {
            TimeSpan own = Age - Lifetime;
            return Answer.RedirectLifetime is { } redirect && Now - Validated - redirect > own ? Now - Validated - redirect : own;
        }
    }

    // A clock that was set back: nothing is known about the time that has passed.
    private bool IsFromTheFuture => Validated > Now;

    /// <summary>Is it fresh?</summary>
    /// <param name="readerMaxAge">The reader's own measure instead of the origin's; zero: never fresh.</param>
    public bool IsFresh(TimeSpan? readerMaxAge)
    {
        if (IsFromTheFuture)
            return false;
        return readerMaxAge is { } maxAge ? Now - Validated < maxAge : Age < Lifetime && !HasRedirectExpired;
    }

    // The address is what was asked for: where it leads to is as old as the oldest redirect on the way.
    private bool HasRedirectExpired => Answer.RedirectLifetime is { } redirect && Now - Validated >= redirect;

    /// <summary>
    /// How long a redirect may be taken as read from now on; null: as long as what it leads to. Without a word of the origin only the
    /// permanent ones may (RFC 9110 §15.4: 302, 303 and 307 are not heuristically cacheable).
    /// </summary>
    public static TimeSpan? OfRedirect(HttpHead head, DateTimeOffset begun)
    {
        var answer = HttpMetadata.From(head, head.Uri);
        var control = new CacheControl(answer.CacheControl);
        bool isExplicit = control.MaxAge is not null || control.NoStore || control.NoCache || answer.Expires is not null || answer.VariesOnEverything;
        if (!isExplicit)
            return head.Status is 301 or 308 ? null : TimeSpan.Zero;
        var freshness = new Freshness(answer, begun, begun);
        return freshness.Lifetime > freshness.Age ? freshness.Lifetime - freshness.Age : TimeSpan.Zero;
    }

    /// <summary>
    /// May it be used when the origin fails (RFC 5861 §4)? Not to be asked when the origin says 401, 403, 404 or 410:
    /// that is no failure but an answer.
    /// </summary>
    /// <param name="readerStaleIfError">The reader's bound on staleness instead of the origin's stale-if-error.</param>
    public bool MayServeStale(TimeSpan? readerStaleIfError)
    {
        if (IsFromTheFuture || Answer.VariesOnEverything)
            return false;
        var control = new CacheControl(Answer.CacheControl);
        // A reader who says how stale it may be has decided; without a word of the reader the origin's counts.
        if (readerStaleIfError is null && (control.NoStore || control.NoCache || control.MustRevalidate))
            return false;
        return (readerStaleIfError ?? control.StaleIfError) is { } bound && bound > TimeSpan.Zero && Staleness <= bound;
    }

    /// <summary>
    /// May it be used while another process asks the origin (RFC 5861 §3)? A redirect that must be asked again each time was
    /// not meant by the one who said so of the file.
    /// </summary>
    public bool MayServeWhileRevalidated
    {
        get
        {
            var control = new CacheControl(Answer.CacheControl);
            return !IsFromTheFuture && !Answer.VariesOnEverything && !HasRedirectExpired
                && !control.NoStore && !control.NoCache && !control.MustRevalidate
                && control.StaleWhileRevalidate is { } bound && bound > TimeSpan.Zero && Age - Lifetime <= bound;
        }
    }
}
