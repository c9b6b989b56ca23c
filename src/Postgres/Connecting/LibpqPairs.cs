using System;
using System.Collections.Generic;
using System.Text;

namespace ProcessDedup.Postgres;

/// <summary>
/// The form <c>host=db.example dbname=agents user=ci</c> of PostgreSQL's own programs
/// (https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-KEYWORD-VALUE).
/// </summary>
internal static class LibpqPairs
{
    /// <summary>
    /// The pairs; null if this is another form. Npgsql's has the same words with ';' in between, so a ';' may stand in
    /// quotes or in a password only.
    /// </summary>
    public static IReadOnlyDictionary<string, string>? TryRead(string text)
    {
        var pairs = new Dictionary<string, string>(StringComparer.Ordinal);
        int at = 0;
        while (SkipSpaces(text, ref at))
        {
            int start = at;
            while (at < text.Length && (char.IsAsciiLetterLower(text[at]) || text[at] == '_'))
                at++;
            string keyword = text[start..at];
            if (!LibpqKeywords.IsKnown(keyword) || !SkipSpaces(text, ref at) || text[at++] != '=')
                return null;
            SkipSpaces(text, ref at);
            (string? value, bool hasSemicolon) = Value(text, ref at);
            if (value is null || (hasSemicolon && keyword != LibpqKeywords.Password))
                return null;
            // The last one counts, as in libpq.
            pairs[keyword] = value;
        }

        // "password=x;host=db" is Npgsql's.
        return pairs.Count == 0 || (pairs.Count == 1 && pairs.TryGetValue(LibpqKeywords.Password, out string? only) && only.Contains(';')) ? null : pairs;
    }

    private static (string? Value, bool HasSemicolon) Value(string text, ref int at)
    {
        var value = new StringBuilder();
        bool isQuoted = at < text.Length && text[at] == '\'', hasSemicolon = false;
        if (isQuoted)
            at++;
        while (at < text.Length && (isQuoted ? text[at] != '\'' : !IsSpace(text[at])))
        {
            hasSemicolon |= text[at] == ';' && !isQuoted;
            if (text[at] == '\\' && ++at == text.Length)
                return default;
            value.Append(text[at++]);
        }

        if (!isQuoted)
            return (value.ToString(), hasSemicolon);
        // The quote that ends it, and a space or the end behind it: libpq takes what follows at once for the next keyword.
        return at++ < text.Length && (at == text.Length || IsSpace(text[at])) ? (value.ToString(), false) : default;
    }

    /// <returns>Is there anything left?</returns>
    private static bool SkipSpaces(string text, ref int at)
    {
        while (at < text.Length && IsSpace(text[at]))
            at++;
        return at < text.Length;
    }

    // C's isspace.
    private static bool IsSpace(char c) => c is ' ' or (>= '\t' and <= '\r');
}
