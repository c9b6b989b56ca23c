using System;
using System.Globalization;
using ProcessDedup.Fetch.Http;

namespace ProcessDedup.Fetch;

internal static partial class FetchFailures
{
    private const string TimeNeeded = "Allow more time with -TimeoutSec (procdedup: --timeout-sec); what has come of it is kept and continued.";

    public static FetchException TimedOut(string display, TimeSpan allowed) => new(
        FetchError.FetchTimedOut, display,
        string.Format(CultureInfo.InvariantCulture, "'{0}' was not done within {1:0.###} s.", display, allowed.TotalSeconds), TimeNeeded);

    public static FetchException ProxyInvalid(string display, string reason) => new(
        FetchError.FetchOptionsInvalid, display, $"The proxy for '{display}' cannot be used: {reason}.",
        "Give an address such as http://proxy:3128.");

    public static FetchException HeaderInvalid(string name, string reason) => new(
        FetchError.FetchOptionsInvalid, Shown(name), $"The header '{Shown(name)}' cannot be sent: {reason}.",
        "Correct or leave out that header.");

    /// <summary>An earlier answer of the host, to this process or another, asked for more patience than there is.</summary>
    public static FetchException Embargoed(string display, TimeSpan left) => new(
        FetchError.FetchRateLimited, display,
        $"'{display}' was not asked: its host wants to be left alone for another {Seconds(left)} s.",
        "Try again later, allow more time, or use a mirror.");

    /// <summary>The last attempt failed, or one that another attempt would not mend.</summary>
    public static FetchException Http(string display, HttpAttemptException last, int attempts)
    {
        string tried = attempts == 1 ? "1 attempt" : attempts.ToString(CultureInfo.InvariantCulture) + " attempts";
        string next = last.Error switch
        {
            FetchError.FetchNotFound => "Check the address.",
            FetchError.FetchAccessDenied when last.Status == 407 => "Give the proxy's login in its address (http://user:password@proxy:port).",
            FetchError.FetchAccessDenied => "Log in with -Credential or -Headers, or with an entry in ~/.netrc.",
            FetchError.FetchRateLimited => "Try again later, or log in: known users are often allowed more.",
            FetchError.FetchConnectionFailed => "Check the address, the network and the proxy (HTTPS_PROXY, NO_PROXY).",
            FetchError.FetchTimedOut => TimeNeeded,
            FetchError.FetchStalled => "Try again, allow more time, or use a mirror.",
            FetchError.FetchTruncated => "Try again; if it happens again, the origin or a proxy on the way cuts the body.",
            FetchError.FetchTooLarge => "Allow more bytes, if it really is that large.",
            FetchError.FetchTooManyRedirects => "Give the address to which they should lead.",
            FetchError.FetchRedirectInvalid => "If that place can be trusted, give its address.",
            _ => "Ask the origin's operator, or try again later.",
        };
        return new FetchException(
            last.Error, display, $"'{display}' was not fetched ({tried}): {last.Message}.", next, last.InnerException)
        {
            StatusCode = last.Status,
        };
    }

    private static string Seconds(TimeSpan span) => Math.Ceiling(span.TotalSeconds).ToString(CultureInfo.InvariantCulture);
}
