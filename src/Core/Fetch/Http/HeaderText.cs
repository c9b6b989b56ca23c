using System.Text;

namespace ProcessDedup.Fetch.Http;

/// <summary>Header fields whose bytes are UTF-8, as servers send names and addresses although RFC 9110 §5.5 has no such thing.</summary>
internal static class HeaderText
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>.NET reads each byte as a character; if the bytes are UTF-8, this is what they say.</summary>
    public static string Read(string field)
    {
        bool isAscii = true;
        foreach (char c in field)
        {
            isAscii &= c < 128;
            if (c > 255)
                return field;
        }

        if (isAscii)
            return field;
        try
        {
            return Strict.GetString(Encoding.Latin1.GetBytes(field));
        }
        catch (DecoderFallbackException)
        {
            return field;
        }
    }
}
