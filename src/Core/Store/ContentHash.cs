using System;
using System.Security.Cryptography;
using System.Text;
using ProcessDedup.Fetch;
using ProcessDedup.Messages;

namespace ProcessDedup.Store;

/// <summary>The hash of some bytes and its algorithm: sha256, sha384 or sha512.</summary>
public readonly record struct ContentHash
{
    private ContentHash(string algorithm, string hex)
    {
        Algorithm = algorithm;
        Hex = hex;
    }

    /// <summary>"sha256", "sha384" or "sha512".</summary>
    public string Algorithm { get; }

    /// <summary>The hash in lower-case hexadecimal digits.</summary>
    public string Hex { get; }

    internal const string Sha256 = "sha256";

    /// <summary>The SHA-256 with these 64 hexadecimal digits.</summary>
    internal static ContentHash OfSha256(string hex) => new(Sha256, hex);

    /// <summary>A finished hash.</summary>
    internal static ContentHash Of(string algorithm, byte[] hash) => new(algorithm, ToHex(hash));

    /// <summary>
    /// Reads 64 hexadecimal digits (SHA-256), <c>algorithm:hex</c>, or Subresource Integrity (<c>sha512-base64</c>,
    /// https://www.w3.org/TR/SRI/).
    /// </summary>
    /// <exception cref="FetchException"><see cref="FetchError.FetchHashInvalid"/></exception>
    public static ContentHash Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string trimmed = text.Trim();
        int mark = trimmed.IndexOfAny([':', '-']);
        string algorithm = mark < 0 ? Sha256 : trimmed.Substring(0, mark).ToLowerInvariant();
        int bytes = LengthOf(algorithm);
        if (bytes == 0)
        {
            throw FetchFailures.HashInvalid(text, algorithm is "sha1" or "md5"
                ? Message.Of(Key.ReasonCanBeForged, algorithm)
                : Message.Of(Key.ReasonAlgorithmIsNotSha256Sha384Or));
        }

        string value = trimmed.Substring(mark + 1);
        string? hex = mark >= 0 && trimmed[mark] == '-' ? FromBase64(value) : value.ToLowerInvariant();
        return hex is not null && hex.Length == 2 * bytes && IsHex(hex)
            ? new ContentHash(algorithm, hex)
            : throw FetchFailures.HashInvalid(
                text, Message.Of(Key.ReasonTakesHexadecimalDigits, algorithm, 2 * bytes));
    }

    /// <summary>A hash in the making. The caller disposes it.</summary>
    internal static IncrementalHash Begin(string algorithm) => IncrementalHash.CreateHash(algorithm switch
    {
        "sha384" => HashAlgorithmName.SHA384,
        "sha512" => HashAlgorithmName.SHA512,
        _ => HashAlgorithmName.SHA256,
    });

    /// <summary>The SHA-256 of a text in UTF-8.</summary>
    internal static string HexOf(string text)
    {
        return ToHex(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    internal static string ToHex(byte[] bytes)
    {
        const string digits = "0123456789abcdef";
        char[] text = new char[bytes.Length * 2];
        for (int i = 0; i < bytes.Length; i++)
        {
            text[2 * i] = digits[bytes[i] >> 4];
            text[2 * i + 1] = digits[bytes[i] & 15];
        }

        return new string(text);
    }

    private static string? FromBase64(string text)
    {
        try
        {
            return ToHex(Convert.FromBase64String(text));
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static int LengthOf(string algorithm) => algorithm switch
    {
        Sha256 => 32,
        "sha384" => 48,
        "sha512" => 64,
        _ => 0,
    };

    internal static bool IsHex(string text)
    {
        foreach (char c in text)
        {
            if (c is not ((>= '0' and <= '9') or (>= 'a' and <= 'f')))
                return false;
        }

        return text.Length > 0;
    }

    /// <summary>"sha256:9f86d081…"</summary>
    public override string ToString() => Algorithm + ":" + Hex;
}
