using System;
using System.Globalization;
using ProcessDedup.Fetch.Http;
using ProcessDedup.Messages;

namespace ProcessDedup.Fetch;

internal static partial class FetchFailures
{
    private static string TimeNeeded => Message.Of(Key.FetchTimeNeededNext);

    public static FetchException TimedOut(string display, TimeSpan allowed) => new(
        FetchError.FetchTimedOut, display,
        Message.Of(Key.FetchTimedOutCause, display, allowed.TotalSeconds), TimeNeeded);

    public static FetchException ProxyInvalid(string display, string reason) => new(
        FetchError.FetchOptionsInvalid, display, Message.Of(Key.FetchProxyInvalidCause, display, reason),
        Message.Of(Key.FetchProxyInvalidNext));

    public static FetchException CertificateInvalid(string path, string reason) => new(
        FetchError.FetchOptionsInvalid, path, Message.Of(Key.FetchCertificateInvalidCause, path, reason),
        Message.Of(Key.FetchCertificateInvalidNext));

    public static FetchException HeaderInvalid(string name, string reason) => new(
        FetchError.FetchOptionsInvalid, Shown(name), Message.Of(Key.FetchHeaderInvalidCause, Shown(name), reason),
        Message.Of(Key.FetchHeaderInvalidNext));

    /// <summary>An earlier answer of the host, to this process or another, asked for more patience than there is.</summary>
    public static FetchException Embargoed(string display, TimeSpan left) => new(
        FetchError.FetchRateLimited, display,
        Message.Of(Key.FetchEmbargoedCause, display, Seconds(left)),
        Message.Of(Key.FetchEmbargoedNext));

    /// <summary>The last attempt failed, or one that another attempt would not mend.</summary>
    public static FetchException Http(string display, HttpAttemptException last, int attempts)
    {
        string tried = attempts == 1 ? Message.Of(Key.FetchHttpOneAttempt) : Message.Of(Key.FetchHttpAttempts, attempts);
        string next = last.Error switch
        {
            FetchError.FetchNotFound => Message.Of(Key.FetchHttpNotFoundNext),
            FetchError.FetchAccessDenied when last.Status == 407 => Message.Of(Key.FetchHttpProxyLoginNext),
            FetchError.FetchAccessDenied when last.Negotiate is NegotiateOffer.NotTried => Message.Of(Key.FetchHttpNegotiateNext),
            FetchError.FetchAccessDenied when last.Negotiate is NegotiateOffer.Failed => Message.Of(Key.FetchHttpTicketNext),
            FetchError.FetchAccessDenied => Message.Of(Key.FetchHttpAccessDeniedNext),
            FetchError.FetchRateLimited => Message.Of(Key.FetchHttpRateLimitedNext),
            FetchError.FetchConnectionFailed when last.IsUntrusted => Message.Of(Key.FetchHttpUntrustedNext),
            FetchError.FetchConnectionFailed => Message.Of(Key.FetchHttpConnectionFailedNext),
            FetchError.FetchTimedOut => TimeNeeded,
            FetchError.FetchStalled => Message.Of(Key.FetchHttpStalledNext),
            FetchError.FetchTruncated => Message.Of(Key.FetchHttpTruncatedNext),
            FetchError.FetchEncodingUnsupported => Message.Of(Key.FetchHttpEncodingNext),
            FetchError.FetchTooLarge => Message.Of(Key.FetchHttpTooLargeNext),
            FetchError.FetchTooManyRedirects => Message.Of(Key.FetchHttpTooManyRedirectsNext),
            FetchError.FetchRedirectInvalid => Message.Of(Key.FetchHttpRedirectInvalidNext),
            _ => Message.Of(Key.FetchHttpOtherNext),
        };
        return new FetchException(
            last.Error, display, Message.Of(Key.FetchHttpCause, display, tried, last.Message), next, last.InnerException)
        {
            StatusCode = last.Status,
        };
    }

    private static string Seconds(TimeSpan span) => Math.Ceiling(span.TotalSeconds).ToString(CultureInfo.InvariantCulture);
}
