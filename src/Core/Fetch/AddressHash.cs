using System;
using ProcessDedup.Fetch.Http;
using ProcessDedup.Store;

namespace ProcessDedup.Fetch;

/// <summary>The hash that an address carries in its fragment, as pip and lock files write it: <c>…/tool.whl#sha256=…</c>.</summary>
internal static class AddressHash
{
    /// <summary>The request with the hash of its address as what is expected.</summary>
    /// <exception cref="FetchException">FetchHashInvalid; FetchOptionsInvalid: another hash is expected.</exception>
    public static FetchRequest Apply(FetchRequest request)
    {
        if (!Uri.TryCreate(request.Address.Trim(), UriKind.Absolute, out Uri? uri) || !HttpSource.IsHttp(uri) || In(uri, request.Expected is not null) is not { } hash)
            return request;
        if (request.Expected is { } expected && expected.Algorithm == hash.Algorithm && expected != hash)
            throw FetchFailures.AddressHashContradicts(FetchFailures.Public(request.Address));
        return request with { Expected = request.Expected ?? hash };
    }

    private static ContentHash? In(Uri uri, bool isExpectedAnyway)
    {
        foreach (string part in uri.Fragment.TrimStart('#').Split('&'))
        {
            string[] pair = part.Split('=', 2);
            switch (pair[0].ToLowerInvariant())
            {
                case ContentHash.Sha256 or "sha384" or "sha512" when pair.Length == 2:
                    return ContentHash.Parse(pair[0].ToLowerInvariant() + ":" + pair[1]);
                // Refused: a hash that proves nothing any more must not look as if it were checked.
                case "md5" or "sha1" when pair.Length == 2 && !isExpectedAnyway:
                    return ContentHash.Parse(part.Replace('=', ':'));
            }
        }

        return null;
    }
}
