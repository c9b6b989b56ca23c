using System;
using System.Collections.Generic;
using System.Net.Http;
using System.Net.Http.Headers;

namespace ProcessDedup.Fetch.Http;

/// <summary>Status and header fields of an answer, as they came. A copy: the answer may be disposed of at any moment.</summary>
internal sealed class HttpHead
{
    private readonly Dictionary<string, string> _fields = new(StringComparer.OrdinalIgnoreCase);

    public HttpHead(HttpResponseMessage response, Uri uri)
    {
        Uri = uri;
        Status = (int)response.StatusCode;
        Length = response.Content?.Headers.ContentLength;
        Take(response.Headers);
        if (response.Content is not null)
            Take(response.Content.Headers);
    }

    /// <summary>Where the answer came from, after redirects.</summary>
    public Uri Uri { get; }

    public int Status { get; }

    /// <summary>Length of this answer's body if it was announced.</summary>
    public long? Length { get; }

    /// <summary>A field's text; null if it is not there. Several of one name are joined (RFC 9110 §5.3).</summary>
    public string? this[string name] => _fields.TryGetValue(name, out string? value) ? value : null;

    /// <summary>"bytes START-END/TOTAL" or "bytes */TOTAL" (RFC 9110 §14.4); nulls for what is not there.</summary>
    public (long? Start, long? Total) ContentRange =>
        ContentRangeHeaderValue.TryParse(this["Content-Range"], out ContentRangeHeaderValue? range) && range.Unit == "bytes"
            ? (range.From, range.Length)
            : (null, null);

    private void Take(HttpHeaders headers)
    {
        // As it came: a date that is sent back must be the same text.
        foreach (KeyValuePair<string, HeaderStringValues> field in headers.NonValidated)
            _fields[field.Key] = field.Value.ToString();
    }
}
