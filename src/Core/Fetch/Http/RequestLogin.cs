using System;
using System.Collections.Generic;
using System.Linq;
using System.Net.Http;
using System.Text;

namespace ProcessDedup.Fetch.Http;

/// <summary>What in a request may tell a server which user asks.</summary>
internal static class RequestLogin
{
    // Not these: they are about the answer's form, or the same for every user.
    private static readonly HashSet<string> Impersonal = new(StringComparer.OrdinalIgnoreCase)
    {
        "Accept", "Accept-Encoding", "Accept-Language", "User-Agent", "Cache-Control", "Pragma", "Range", "If-Range", "If-None-Match",
        "If-Modified-Since", "Referer",
    };

    /// <summary>Headers with a login, and the proxy, as servers count requests by address too. Secret.</summary>
    public static string SentIn(HttpRequestMessage request, Uri? proxy)
    {
        var text = new StringBuilder();
        foreach (KeyValuePair<string, IEnumerable<string>> header in request.Headers.OrderBy(h => h.Key, StringComparer.OrdinalIgnoreCase))
        {
            if (!Impersonal.Contains(header.Key))
                text.Append(header.Key.ToLowerInvariant()).Append(':').AppendJoin(',', header.Value).Append('\n');
        }

        return proxy is null ? text.ToString() : text.Append("proxy\n").Append(proxy.AbsoluteUri).ToString();
    }
}
