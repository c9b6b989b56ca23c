using System;
using System.Text.Json;

namespace ProcessDedup.Fetch.Http;

/// <summary>What is kept of an answer: validators, freshness, and what the thing is called. Field texts are as they came.</summary>
internal sealed record HttpMetadata
{
    // Longer ones are no validators but somebody's trick.
    private const int LongestText = 4096;

    public string? ETag { get; init; }

    public string? LastModified { get; init; }

    public string? ContentType { get; init; }

    /// <summary>A bare file name, safe to be used as one.</summary>
    public string FileName { get; init; } = DownloadName.Unknown;

    /// <summary>Where it finally came from, without secrets.</summary>
    public string FinalDisplay { get; init; } = string.Empty;

    /// <summary>
    /// SHA-256 of the address that answered in the end: its validators mean something there and nowhere else.
    /// </summary>
    public string? Answerer { get; init; }

    public string? Date { get; init; }

    public string? Age { get; init; }

    public string? CacheControl { get; init; }

    public string? Expires { get; init; }

    /// <summary>How long the redirects on the way were fresh when this came; null: no limit, or no redirect.</summary>
    public TimeSpan? RedirectLifetime { get; init; }

    /// <summary>SHA-256 of the mirror's address that one caller chose; null: the address itself answered.</summary>
    public string? Mirror { get; init; }

    /// <summary>Vary: * - no later request matches (RFC 9111 §4.1).</summary>
    public bool VariesOnEverything { get; init; }

    /// <summary>Can the origin be asked whether it has changed?</summary>
    public bool HasValidator => ETag is not null || LastModified is not null;

    /// <summary>The entity tag if it is a strong one: only then are equal tags equal bytes (RFC 9110 §8.8.1).</summary>
    public string? StrongETag => ETag is { Length: > 0 } tag && tag[0] == '"' ? tag : null;

    /// <summary>
    /// Last-Modified if equal dates are equal bytes: the answer was made so much later that the file could not have
    /// been changed twice within that second (RFC 9110 §8.8.2.2).
    /// </summary>
    public string? StrongLastModified => HttpDate.TryParse(LastModified) is { } modified && HttpDate.TryParse(Date) is { } date
        && date - modified >= TimeSpan.FromSeconds(60) ? LastModified : null;

    public static HttpMetadata From(HttpHead head, Uri asked, TimeSpan? redirectLifetime = null) => new()
    {
        RedirectLifetime = redirectLifetime,
        ETag = Bounded(head["ETag"]),
        LastModified = Bounded(head["Last-Modified"]),
        ContentType = Bounded(head["Content-Type"]),
        FileName = DownloadName.From(head["Content-Disposition"], asked),
        FinalDisplay = HttpSource.Show(head.Uri),
        Answerer = AnswererOf(head.Uri, Bounded(head["ETag"]) is not null),
        Date = Bounded(head["Date"]),
        Age = Bounded(head["Age"]),
        CacheControl = Bounded(head["Cache-Control"]),
        Expires = Bounded(head["Expires"]),
        VariesOnEverything = head["Vary"]?.Trim() == "*",
    };

    /// <summary>
    /// What tells one answerer from another. An entity tag tells versions of one path apart, whatever signature its query
    /// has this time; a date does not tell two files apart.
    /// </summary>
    public static string AnswererOf(Uri uri, bool hasTag) => Store.ContentHash.HexOf(
        uri.GetComponents(hasTag ? UriComponents.SchemeAndServer | UriComponents.Path : UriComponents.HttpRequestUrl, UriFormat.UriEscaped));

    /// <summary>Do these validators mean something at that address?</summary>
    public bool IsFrom(Uri uri) => Answerer == AnswererOf(uri, ETag is not null);

    /// <summary>What a 304 says replaces what was known; what describes the body stays (RFC 9111 §3.2, §4.3.4).</summary>
    public HttpMetadata MergedWith(HttpMetadata notModified) => this with
    {
        ETag = notModified.ETag ?? ETag,
        LastModified = notModified.LastModified ?? LastModified,
        FinalDisplay = notModified.FinalDisplay,
        Answerer = notModified.Answerer,
        Date = notModified.Date ?? Date,
        // An age counts from its own answer: without one the 304 comes from the origin itself.
        Age = notModified.Age,
        CacheControl = notModified.CacheControl ?? CacheControl,
        Expires = notModified.Expires ?? Expires,
        RedirectLifetime = notModified.RedirectLifetime,
        VariesOnEverything = VariesOnEverything || notModified.VariesOnEverything,
    };

    /// <summary>Writes an object.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        Text(json, "etag", ETag);
        Text(json, "lastModified", LastModified);
        Text(json, "contentType", ContentType);
        Text(json, "fileName", FileName);
        Text(json, "from", FinalDisplay);
        Text(json, "answerer", Answerer);
        Text(json, "date", Date);
        Text(json, "age", Age);
        Text(json, "cacheControl", CacheControl);
        Text(json, "expires", Expires);
        Text(json, "mirror", Mirror);
        if (RedirectLifetime is { } redirect)
            json.WriteNumber("redirectSec", redirect.TotalSeconds);
        if (VariesOnEverything)
            json.WriteBoolean("variesOnEverything", true);
        json.WriteEndObject();
    }

    /// <summary>Reads what <see cref="Write"/> wrote; what is missing stays unknown.</summary>
    /// <exception cref="InvalidOperationException">A value is not of its kind.</exception>
    public static HttpMetadata Read(JsonElement json) => new()
    {
        ETag = Text(json, "etag"),
        LastModified = Text(json, "lastModified"),
        ContentType = Text(json, "contentType"),
        FileName = DownloadName.Safe(Text(json, "fileName")) ?? DownloadName.Unknown,
        FinalDisplay = Text(json, "from") ?? string.Empty,
        Answerer = Text(json, "answerer"),
        Date = Text(json, "date"),
        Age = Text(json, "age"),
        CacheControl = Text(json, "cacheControl"),
        Expires = Text(json, "expires"),
        Mirror = Text(json, "mirror"),
        RedirectLifetime = json.TryGetProperty("redirectSec", out JsonElement redirect) ? TimeSpan.FromSeconds(redirect.GetDouble()) : null,
        VariesOnEverything = json.TryGetProperty("variesOnEverything", out JsonElement varies) && varies.GetBoolean(),
    };

    private static string? Bounded(string? text) => string.IsNullOrEmpty(text) || text!.Length > LongestText ? null : text;

    private static void Text(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
            json.WriteString(name, value);
    }

    private static string? Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;
}
