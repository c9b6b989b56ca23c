using System.Collections.Generic;
using System.Text;
using ProcessDedup.Fetch.Http;
using ProcessDedup.Messages;
using ProcessDedup.Platform;
using ProcessDedup.Store;

namespace ProcessDedup.Fetch.Files;

/// <summary>Checks what came against the hash that was expected; what is wrong goes into quarantine and is described.</summary>
internal static class Expectation
{
    private const int ShownBytes = 60;

    /// <summary>Which hashes are needed to name the content and to check it.</summary>
    public static IReadOnlyCollection<string> Algorithms(ContentHash? expected) =>
        expected is { Algorithm: not ContentHash.Sha256 } other ? [ContentHash.Sha256, other.Algorithm] : [ContentHash.Sha256];

    /// <summary>Is one of the hashes the expected one?</summary>
    public static bool IsMet(ContentHash? expected, IEnumerable<ContentHash> hashes)
    {
        if (expected is null)
            return true;
        foreach (ContentHash hash in hashes)
        {
            if (hash == expected)
                return true;
        }

        return false;
    }

    /// <summary>Puts a file that is not what was expected aside, and tells.</summary>
    public static FetchException Violated(
        StoreLayout layout, string display, ContentHash expected, IEnumerable<ContentHash> hashes, string file, string? contentType,
        SentSecrets? secrets = null)
    {
        ContentHash found = default;
        foreach (ContentHash hash in hashes)
        {
            if (hash.Algorithm == expected.Algorithm)
                found = hash;
        }

        string what = Describe(file, contentType, secrets);
        string kept = Quarantine.Put(layout, file, $"{display}\n{Message.Of(Key.ReasonInsteadOf, found, expected)}\n");
        return FetchFailures.HashMismatch(display, expected, found, what, kept);
    }

    /// <summary>"1.4 kB of text/html that begins '&lt;!DOCTYPE html&gt;'": what people need to recognise an error page.</summary>
    private static string Describe(string file, string? contentType, SentSecrets? secrets)
    {
        byte[] beginning = new byte[ShownBytes];
        int count;
        long length;
        using (var stream = SourceFile.OpenStream(file))
        {
            count = stream.Read(beginning, 0, beginning.Length);
            length = stream.Length;
        }

        string text = ByteCount.Describe(length);
        if (!string.IsNullOrEmpty(contentType))
            text += Message.Of(Key.ReasonOf, RedactedCommandLine.Sanitize(contentType!));
        string shown = Encoding.ASCII.GetString(beginning, 0, count);
        // A login page may repeat what it was sent.
        return IsText(beginning, count) && secrets?.AppearIn(shown) != true
            ? Message.Of(Key.ReasonThatBegins, text, RedactedCommandLine.Sanitize(shown).Trim())
            : text;
    }

    private static bool IsText(byte[] bytes, int count)
    {
        for (int i = 0; i < count; i++)
        {
            if (bytes[i] is not ((>= 32 and < 127) or 9 or 10 or 13))
                return false;
        }

        return count > 0;
    }
}
