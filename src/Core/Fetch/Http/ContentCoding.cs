using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Threading;
using ProcessDedup.Fetch.Archives;
using ProcessDedup.Messages;

namespace ProcessDedup.Fetch.Http;

/// <summary>
/// Content-Encoding (RFC 9110 §8.4). It is not asked for (Accept-Encoding: identity), but some servers compress all the same; what
/// is saved then must be the file.
/// </summary>
internal static class ContentCoding
{
    // Apache's AddEncoding labels a .gz file so although it is the file itself; wget and browsers keep it for these names too.
    private static readonly Dictionary<string, string[]> OwnNames = new(StringComparer.Ordinal)
    {
        ["gzip"] = [".gz", ".tgz", ".svgz"],
        ["br"] = [".br"],
        ["zstd"] = [".zst", ".tzst"],
        ["deflate"] = [],
    };

    private static readonly string[] OwnTypes = ["application/gzip", "application/x-gzip", "application/x-tgz", "application/x-gtar", "application/zstd"];

    /// <summary>The codings to undo, the last one first; empty if the body is the file.</summary>
    /// <param name="head">Of the answer.</param>
    /// <param name="fileName">What the file is called.</param>
    /// <exception cref="HttpAttemptException">One of them is not known here.</exception>
    public static IReadOnlyList<string> Of(HttpHead head, string fileName)
    {
        string[] codings = [.. (head["Content-Encoding"] ?? string.Empty).Split(',').Select(Name).Where(c => c is not ("" or "identity"))];
        foreach (string coding in codings)
        {
            if (!OwnNames.ContainsKey(coding))
                throw new HttpAttemptException(FetchError.FetchEncodingUnsupported, Message.Of(Key.ReasonContentCodingIsUnknown, FetchFailures.Shown(coding)), false);
        }

        return codings is [var only] && IsOwn(only, head, fileName) ? [] : codings.Reverse().ToArray();
    }

    /// <summary>The file in a body.</summary>
    public static Stream Decode(Stream body, IReadOnlyList<string> codings, string display, CancellationToken cancelled)
    {
        foreach (string coding in codings)
        {
            body = coding switch
            {
                // The runtime's reader takes a cut body for a whole one.
                "gzip" => new GzipMembers(body),
                "br" => new BrotliStream(body, CompressionMode.Decompress),
                "zstd" => new ZstdFrames(body, display, cancelled),
                _ => Inflated(body),
            };
        }

        return body;
    }

    private static string Name(string coding) => coding.Trim().ToLowerInvariant() is var name && name == "x-gzip" ? "gzip" : name;

    private static bool IsOwn(string coding, HttpHead head, string fileName) =>
        OwnNames[coding].Any(end => fileName.EndsWith(end, StringComparison.OrdinalIgnoreCase) || head.Uri.AbsolutePath.EndsWith(end, StringComparison.OrdinalIgnoreCase))
        || OwnTypes.Contains(head["Content-Type"]?.Split(';')[0].Trim(), StringComparer.OrdinalIgnoreCase);

    // "deflate" is zlib's format; some servers send it without zlib's header, and all browsers take that.
    private static Stream Inflated(Stream body)
    {
        const int zlibMethod = 8, methodBits = 0x0f;
        int first = body.ReadByte();
        var whole = new PrefixedStream(first < 0 ? [] : [(byte)first], body);
        return (first & methodBits) == zlibMethod ? new ZLibStream(whole, CompressionMode.Decompress) : new DeflateStream(whole, CompressionMode.Decompress);
    }
}
