using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;

namespace ProcessDedup.Fetch.Http;

/// <summary>
/// Everything that was sent on any hop of a fetch and that nobody else may read: error pages and server SDKs repeat requests
/// (flyte-sdk#1339, uv#19146), and what they say comes into messages and records.
/// </summary>
internal sealed class SentSecrets
{
    // Shorter ones occur in any text.
    private const int Shortest = 4;

    // A part of a longer one is as telling: pages cut what they repeat.
    private const int Telling = 12;

    private readonly HashSet<string> _texts = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>One that was sent, and the forms in which a page may show it.</summary>
    public void Add(string? secret)
    {
        if (secret is null)
            return;
        foreach (string form in (string[])[secret, Uri.UnescapeDataString(secret), Uri.EscapeDataString(secret), WebUtility.HtmlEncode(secret)])
        {
            if (form.Length >= Shortest)
                _texts.Add(form);
        }
    }

    /// <summary>A header, and the words in it: of "Bearer TOKEN" the token alone may come back.</summary>
    public void AddHeader(string value)
    {
        Add(value);
        foreach (string word in value.Split(' ', ',', ';', '='))
            Add(word);
    }

    /// <summary>A login: its password, and the token that is made of it.</summary>
    public void AddLogin(NetworkCredential? login)
    {
        if (login is null)
            return;
        Add(login.Password);
        Add(HttpSource.BasicToken(login));
    }

    /// <summary>The query of an address: a signature, a token.</summary>
    public void AddQuery(Uri uri)
    {
        foreach (string part in uri.Query.TrimStart('?').Split('&', '='))
            Add(part);
    }

    /// <summary>Is one of them in it, or a telling part of one?</summary>
    public bool AppearIn(string text) => _texts.Any(secret => secret.Length <= Telling
        ? text.Contains(secret, StringComparison.OrdinalIgnoreCase)
        : Enumerable.Range(0, secret.Length - Telling + 1).Any(at => text.AsSpan().Contains(secret.AsSpan(at, Telling), StringComparison.OrdinalIgnoreCase)));
}
