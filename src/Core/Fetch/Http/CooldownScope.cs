using System;
using System.Collections.Generic;

namespace ProcessDedup.Fetch.Http;

/// <summary>
/// Which requests a server's wish for patience is about. GitHub allows 60 requests an hour without a login and 5,000 with one: a
/// limit belongs to the user that it was told to.
/// </summary>
/// <param name="Host">The server's name.</param>
/// <param name="Port">Its port.</param>
/// <param name="Identity">Keyed hash of what was sent to be let in; empty without a login.</param>
/// <param name="Path">A path, a first part of paths that ends in '/', or "*" for the whole server.</param>
/// <param name="IsForAll">The server has too much to do, whichever user asks.</param>
internal sealed record CooldownScope(string Host, int Port, string Identity, string Path, bool IsForAll = false)
{
    private const string Everything = "*";

    /// <summary>What an answer means.</summary>
    /// <param name="head">429, 503, or a 403 that says when to ask again.</param>
    /// <param name="identity">As which user it was asked.</param>
    public static CooldownScope Of(HttpHead head, string identity)
    {
        CooldownScope whole = Whole(head.Uri, identity);
        return head.Status switch
        {
            // "currently unable to handle the request due to a temporary overload" (RFC 9110 §15.6.4).
            503 => whole with { Identity = string.Empty, IsForAll = true },
            // A 403 speaks of what was asked for; with a name of the limit (GitHub: core, search, graphql) of its kind.
            403 => whole with { Path = head["x-ratelimit-resource"] is null ? head.Uri.AbsolutePath : FirstPart(head.Uri) },
            _ => whole,
        };
    }

    /// <summary>All scopes that a request is in.</summary>
    public static IEnumerable<CooldownScope> Around(Uri uri, string identity)
    {
        CooldownScope whole = Whole(uri, identity);
        return
        [
            whole with { Identity = string.Empty, IsForAll = true },
            whole,
            whole with { Path = FirstPart(uri) },
            whole with { Path = uri.AbsolutePath },
        ];
    }

    private static CooldownScope Whole(Uri uri, string identity) => new(uri.IdnHost, uri.Port, identity, Everything);

    private static string FirstPart(Uri uri)
    {
        int end = uri.AbsolutePath.IndexOf('/', 1);
        return end < 0 ? uri.AbsolutePath + "/" : uri.AbsolutePath.Substring(0, end + 1);
    }
}
