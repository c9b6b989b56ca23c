using System;
using System.Globalization;
using System.IO;
using System.Net;
using System.Text;
using ProcessDedup.Messages;
using ProcessDedup.Platform;

namespace ProcessDedup.Fetch.Http;

/// <summary>What an answer that is no success means.</summary>
internal static class HttpStatusFailure
{
    private const int MostBytesRead = 4096;
    private const int MostCharactersShown = 120;

    public static HttpAttemptException Of(HttpExchange exchange, HttpSource source)
    {
        HttpHead head = exchange.Head;
        int status = head.Status;
        TimeSpan? retryAfter = RetryAfter(head["Retry-After"], DateTimeOffset.UtcNow) ?? GitHubReset(head);
        // GitHub says 403 when it is asked too often (docs.github.com, "Rate limits for the REST API").
        bool isLimited = status == 429 || (retryAfter is not null && status is 403 or 503);
        FetchError error = status switch
        {
            _ when isLimited => FetchError.FetchRateLimited,
            404 or 410 => FetchError.FetchNotFound,
            401 or 403 or 407 => FetchError.FetchAccessDenied,
            _ => FetchError.FetchHttpStatus,
        };
        string from = HttpSource.Show(head.Uri);
        string where = from == source.Display ? string.Empty : Message.Of(Key.ReasonAt, from);
        string said = Said(exchange, source) is { Length: > 0 } text ? $": \"{text}\"" : string.Empty;
        return new HttpAttemptException(
            error, Message.Of(Key.ReasonOriginAnswered, status, where, said), isLimited || MayPass(status))
        {
            Status = status,
            RetryAfter = retryAfter,
            Negotiate = status == 401 ? NegotiateIn(head, source) : null,
            Cooldown = isLimited ? CooldownScope.Of(head, exchange.Identity) : null,
        };
    }

    private static NegotiateOffer? NegotiateIn(HttpHead head, HttpSource source)
    {
        // Other hosts get no login, whatever they offer.
        if (Uri.Compare(head.Uri, source.Uri, UriComponents.SchemeAndServer, UriFormat.UriEscaped, StringComparison.OrdinalIgnoreCase) != 0
            || head["WWW-Authenticate"]?.Contains("Negotiate", StringComparison.OrdinalIgnoreCase) != true)
        {
            return null;
        }

        return source.Access.DefaultLogin is null ? NegotiateOffer.NotTried : NegotiateOffer.Failed;
    }

    // x-ratelimit-reset is a time in seconds since 1970; it counts once nothing remains.
    private static TimeSpan? GitHubReset(HttpHead head)
    {
        const long latest = 253402300799; // of DateTimeOffset
        if (head["x-ratelimit-remaining"]?.Trim() != "0"
            || !long.TryParse(head["x-ratelimit-reset"], NumberStyles.None, CultureInfo.InvariantCulture, out long at) || at > latest)
        {
            return null;
        }

        TimeSpan left = DateTimeOffset.FromUnixTimeSeconds(at) - DateTimeOffset.UtcNow;
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    /// <summary>Can the same request be answered otherwise a little later?</summary>
    public static bool MayPass(int status) => status is 408 or 425 or 429 || (status >= 500 && status is not (501 or 505));

    /// <summary>Seconds or a date (RFC 9110 §10.2.3); null for anything else.</summary>
    public static TimeSpan? RetryAfter(string? field, DateTimeOffset now)
    {
        if (CacheControl.Seconds(field?.Trim()) is { } seconds)
            return seconds;
        return HttpDate.TryParse(field?.Trim()) is { } date ? (date > now ? date - now : TimeSpan.Zero) : null;
    }

    // A page often says why. It may also repeat what it was sent.
    private static string Said(HttpExchange exchange, HttpSource source)
    {
        string type = exchange.Head["Content-Type"] ?? string.Empty;
        bool isXml = type.Contains("xml", StringComparison.OrdinalIgnoreCase);
        bool isText = isXml || type.StartsWith("text/", StringComparison.OrdinalIgnoreCase) || type.Contains("json", StringComparison.OrdinalIgnoreCase);
        if (!isText || exchange.Head["Content-Encoding"] is not (null or "identity"))
            return string.Empty;
        string text;
        try
        {
            text = Encoding.UTF8.GetString(ReadSome(exchange));
        }
        catch (HttpAttemptException)
        {
            return string.Empty;
        }

        if (isXml && ReasonIn(text) is { } reason)
            text = reason;
        if (source.Secrets.AppearIn(text))
            return string.Empty;
        string clean = RedactedCommandLine.Sanitize(text).Replace('"', '\'').Trim();
        return Shortened.To(clean, MostCharactersShown);
    }

    /// <summary>
    /// Code and message of S3, Azure and Google Cloud Storage. The rest of such a document repeats the request, with what was
    /// signed and by which key.
    /// </summary>
    private static string? ReasonIn(string xml)
    {
        string? code = Element(xml, "Code"), message = Element(xml, "Message");
        return code is null || message is null ? code ?? message : $"{code}: {message}";
    }

    private static string? Element(string xml, string name)
    {
        int start = xml.IndexOf($"<{name}>", StringComparison.Ordinal) + name.Length + 2;
        int end = xml.IndexOf($"</{name}>", StringComparison.Ordinal);
        return start >= name.Length + 2 && end > start ? WebUtility.HtmlDecode(xml.Substring(start, end - start)).Trim() : null;
    }

    private static byte[] ReadSome(HttpExchange exchange)
    {
        byte[] buffer = new byte[MostBytesRead];
        using var some = new MemoryStream();
        while (some.Length < MostBytesRead && exchange.Read(buffer, (int)(MostBytesRead - some.Length)) is int count and > 0)
            some.Write(buffer, 0, count);
        return some.ToArray();
    }
}
