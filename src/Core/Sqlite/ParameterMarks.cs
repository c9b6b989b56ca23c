using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace ProcessDedup.Sqlite;

/// <summary>
/// Gives plain question marks the number that SQLite gives them (https://sqlite.org/lang_expr.html#varparam), since the
/// provider binds by name only, and "?3" is one.
/// </summary>
internal static class ParameterMarks
{
    public static string Name(int number) => "?" + number.ToString(CultureInfo.InvariantCulture);

    /// <param name="sql">A statement that SQLite has prepared without an error: its quotes and comments are closed.</param>
    public static string Numbered(string sql)
    {
        var numbered = new StringBuilder(sql.Length + 16);
        var named = new HashSet<string>(StringComparer.Ordinal);
        int highest = 0;
        for (int i = 0; i < sql.Length;)
        {
            int end = EndOf(sql, i);
            ReadOnlySpan<char> token = sql.AsSpan(i, end - i);
            if (token is "?")
            {
                numbered.Append(Name(++highest));
            }
            else
            {
                if (token[0] == '?')
                    highest = Math.Max(highest, int.Parse(token[1..], NumberStyles.None, CultureInfo.InvariantCulture));
                else if (token[0] is '@' or ':' or '$' && named.Add(token.ToString()))
                    highest++;
                numbered.Append(token);
            }

            i = end;
        }

        return numbered.ToString();
    }

    /// <summary>Where the token that begins at an index ends; blanks and signs are tokens of one character.</summary>
    private static int EndOf(string sql, int start) => sql[start] switch
    {
        '\'' or '"' or '`' => AfterQuote(sql, start, sql[start]),
        '[' => After(sql, start, "]"),
        '-' when IsAt(sql, start, "--") => After(sql, start, "\n"),
        '/' when IsAt(sql, start, "/*") => After(sql, start + 2, "*/"),
        '?' => While(sql, start + 1, char.IsAsciiDigit),
        '@' or ':' => While(sql, start + 1, IsOfName),
        '$' => AfterVariable(sql, start),
        { } letter when IsOfName(letter) => While(sql, start + 1, IsOfName),
        _ => start + 1,
    };

    // "$" is a letter within a name and the sign of a parameter before one.
    private static bool IsOfName(char letter) => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '$' or > '\x7f';

    private static int While(string sql, int i, Func<char, bool> belongs)
    {
        while (i < sql.Length && belongs(sql[i]))
            i++;
        return i;
    }

    /// <summary>Of Tcl's names: "$a::b(c)" is one.</summary>
    private static int AfterVariable(string sql, int start)
    {
        int i = While(sql, start + 1, IsOfName);
        while (IsAt(sql, i, "::"))
            i = While(sql, i + 2, IsOfName);
        return i < sql.Length && sql[i] == '(' ? After(sql, i, ")") : i;
    }

    /// <summary>A quote within the quotes is written twice.</summary>
    private static int AfterQuote(string sql, int start, char quote)
    {
        int i = start + 1;
        while (i < sql.Length)
        {
            if (sql[i++] != quote)
                continue;
            if (i == sql.Length || sql[i] != quote)
                return i;
            i++;
        }

        return i;
    }

    private static int After(string sql, int start, string end)
    {
        int found = sql.IndexOf(end, start, StringComparison.Ordinal);
        return found < 0 ? sql.Length : found + end.Length;
    }

    private static bool IsAt(string sql, int index, string what) => string.CompareOrdinal(sql, index, what, 0, what.Length) == 0;
}
