using System;
using System.Net.Http;

namespace ProcessDedup.Fetch.Http;

/// <summary>Status and header fields of an answer, as they came.</summary>
internal sealed class HttpHead(HttpResponseMessage response, Uri uri)
{
    /// <summary>Where the answer came from, after redirects.</summary>
    public Uri Uri { get; } = uri;

    public int Status { get; } = (int)response.StatusCode;

    /// <summary>Length of this answer's body if it was announced.</summary>
    public long? Length => response.Content?.Headers.ContentLength;

    /// <summary>A field's text; null if it is not there. Several of one name are joined (RFC 9110 §5.3).</summary>
    public string? this[string name]
    {
        get
        {
#if NET
            // As it came: a date that is sent back must be the same text.
            if (response.Headers.NonValidated.TryGetValues(name, out System.Net.Http.Headers.HeaderStringValues raw)
                || response.Content.Headers.NonValidated.TryGetValues(name, out raw))
                return raw.ToString();
            return null;
#else
            System.Collections.Generic.IEnumerable<string>? values = null;
            if (!response.Headers.TryGetValues(name, out values))
                response.Content?.Headers.TryGetValues(name, out values);
            return values is null ? null : string.Join(", ", values);
#endif
        }
    }

    /// <summary>"bytes START-END/TOTAL" or "bytes */TOTAL" (RFC 9110 §14.4); nulls for what is not there.</summary>
    public (long? Start, long? Total) ContentRange =>
        System.Net.Http.Headers.ContentRangeHeaderValue.TryParse(this["Content-Range"], out var range) && range.Unit == "bytes"
            ? (range.From, range.Length)
            : (null, null);
}
