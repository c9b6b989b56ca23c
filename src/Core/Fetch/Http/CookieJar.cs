using System;
using System.Net;
using System.Net.Http;
using System.Net.Http.Headers;

namespace ProcessDedup.Fetch.Http;

/// <summary>
/// The cookies of one fetch: some servers redirect to themselves until the cookie that they have set comes back. Never kept, and
/// what is in it is a secret.
/// </summary>
internal sealed class CookieJar(SentSecrets secrets)
{
    private readonly CookieContainer _cookies = new();

    /// <summary>Takes what an answer sets.</summary>
    public void Take(HttpResponseMessage response, Uri uri)
    {
        if (!response.Headers.NonValidated.TryGetValues("Set-Cookie", out HeaderStringValues fields))
            return;
        foreach (string field in fields)
        {
            try
            {
                _cookies.SetCookies(uri, field);
            }
            catch (CookieException)
            {
                // Malformed, or for another server: browsers drop such a cookie too.
            }
        }
    }

    /// <summary>Adds to a request what is for its address, after the caller's own.</summary>
    public void AddTo(HttpRequestMessage request, Uri uri)
    {
        string mine = _cookies.GetCookieHeader(uri);
        if (mine.Length == 0)
            return;
        foreach (Cookie cookie in _cookies.GetCookies(uri))
            secrets.Add(cookie.Value);
        if (request.Headers.NonValidated.TryGetValues("Cookie", out HeaderStringValues own))
        {
            request.Headers.Remove("Cookie");
            mine = own + "; " + mine;
        }

        request.Headers.TryAddWithoutValidation("Cookie", mine);
    }
}
