using System;
using System.Collections.Generic;
using System.Text;

namespace ProcessDedup.Fetch.Http;

/// <summary>
/// The file name in a Content-Disposition field, read as browsers and curl -J do: servers send names without quotes, with blanks,
/// in raw UTF-8, and with a ';' at the end, and RFC 6266's grammar has none of that.
/// </summary>
internal static class ContentDisposition
{
    /// <summary>The name as it stands there; null if there is none.</summary>
    public static string? FileName(string? field)
    {
        if (field is null)
            return null;
        string? plain = null, extended = null;
        foreach ((string name, string value) in Parameters(HeaderText.Read(field)))
        {
            if (name.Equals("filename*", StringComparison.OrdinalIgnoreCase))
                extended ??= Extended(value);
            else if (name.Equals("filename", StringComparison.OrdinalIgnoreCase))
                plain ??= value;
        }

        return extended ?? (plain is null ? null : EncodedWord(plain));
    }

    private static IEnumerable<(string Name, string Value)> Parameters(string field)
    {
        int at = 0;
        while (at < field.Length)
        {
            int end = at;
            var value = new StringBuilder();
            string name = string.Empty;
            bool isValue = false;
            for (; end < field.Length && field[end] != ';'; end++)
            {
                if (!isValue && field[end] == '=')
                    (isValue, name) = (true, field.Substring(at, end - at).Trim());
                else if (isValue && field[end] == '"' && value.ToString().Trim().Length == 0)
                    end = Quoted(field, end, value);
                else if (isValue)
                    value.Append(field[end]);
            }

            if (isValue)
                yield return (name, value.ToString().Trim());
            at = end + 1;
        }
    }

    // A backslash counts before '"' and itself only: names of Windows have others.
    private static int Quoted(string field, int open, StringBuilder value)
    {
        value.Clear();
        int at = open + 1;
        for (; at < field.Length && field[at] != '"'; at++)
        {
            if (field[at] == '\\' && at + 1 < field.Length && field[at + 1] is '"' or '\\')
                at++;
            value.Append(field[at]);
        }

        return at;
    }

    // charset'language'percent-encoded (RFC 8187).
    private static string? Extended(string value)
    {
        string[] parts = value.Split('\'', 3);
        if (parts.Length < 3)
            return null;
        Encoding? encoding = parts[0].ToLowerInvariant() switch
        {
            "utf-8" => Encoding.UTF8,
            "iso-8859-1" => Encoding.Latin1,
            _ => null,
        };
        if (encoding is null)
            return null;
        var bytes = new List<byte>();
        for (int i = 0; i < parts[2].Length; i++)
        {
            if (parts[2][i] == '%' && i + 2 < parts[2].Length && Uri.IsHexDigit(parts[2][i + 1]) && Uri.IsHexDigit(parts[2][i + 2]))
            {
                bytes.Add(Convert.ToByte(parts[2].Substring(i + 1, 2), 16));
                i += 2;
            }
            else
            {
                bytes.AddRange(encoding.GetBytes(parts[2].Substring(i, 1)));
            }
        }

        return encoding.GetString([.. bytes]);
    }

    // "=?utf-8?B?…?=" of RFC 2047, as mail programs' libraries write it.
    private static string EncodedWord(string name)
    {
        string[] parts = name.Split('?');
        if (parts is not ["=", var charset, "B" or "b", var text, "="] || !charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase))
            return name;
        try
        {
            return Encoding.UTF8.GetString(Convert.FromBase64String(text));
        }
        catch (FormatException)
        {
            return name;
        }
    }
}
