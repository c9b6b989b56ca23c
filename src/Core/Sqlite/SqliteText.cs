using System;
using System.Collections.Generic;

namespace ProcessDedup.Sqlite;

/// <summary>What can be told of a statement before SQLite sees it.</summary>
internal static class SqliteText
{
    /// <summary>Where the statement begins, after blanks, comments and empty statements.</summary>
    public static int Start(string sql)
    {
        int i = 0;
        while (i < sql.Length)
        {
            if (char.IsWhiteSpace(sql[i]) || sql[i] is ';' or '\ufeff')
                i++;
            else if (Has(sql, i, "--"))
                i = After(sql, i, "\n");
            else if (Has(sql, i, "/*"))
                i = After(sql, i + 2, "*/");
            else
                break;
        }

        return i;
    }

    /// <summary>The first word, in capitals.</summary>
    public static string Keyword(string sql)
    {
        int start = Start(sql), end = start;
        while (end < sql.Length && char.IsLetter(sql[end]))
            end++;
        return sql.Substring(start, end - start).ToUpperInvariant();
    }

    /// <summary>Would it begin or end a transaction? ROLLBACK TO a savepoint does not.</summary>
    public static bool ControlsTransaction(string sql)
    {
        string keyword = Keyword(sql);
        if (keyword is "BEGIN" or "COMMIT" or "END")
            return true;
        if (keyword != "ROLLBACK")
            return false;
        string rest = sql.Substring(Start(sql) + keyword.Length);
        string next = Keyword(rest);
        if (next == "TRANSACTION")
            next = Keyword(rest.Substring(Start(rest) + next.Length));
        return next != "TO";
    }

    /// <summary>Would it set whether foreign keys are enforced? Within a transaction SQLite ignores that without a word.</summary>
    public static bool SetsForeignKeys(string sql) =>
        Pragma(sql, out string? value).Equals("foreign_keys", StringComparison.OrdinalIgnoreCase) && value is not null;

    /// <summary>The name of a PRAGMA without that of its database; empty if it is another statement.</summary>
    /// <param name="sql">The statement.</param>
    /// <param name="value">What follows the name, after = or (, without quotes; null if nothing is given.</param>
    public static string Pragma(string sql, out string? value)
    {
        value = null;
        if (Keyword(sql) != "PRAGMA")
            return string.Empty;
        string rest = sql.Substring(Start(sql) + "PRAGMA".Length);
        string name = Name(ref rest);
        if (rest.StartsWith('.'))
        {
            rest = rest.Substring(1);
            name = Name(ref rest);
        }

        if (rest.Length > 0 && rest[0] is '=' or '(')
        {
            rest = rest.Substring(1);
            value = Name(ref rest);
        }

        return name;
    }

    /// <summary>
    /// The statements of a text, without the semicolons between them. Not for triggers, which have semicolons within.
    /// </summary>
    public static IReadOnlyList<string> Split(string sql)
    {
        var statements = new List<string>();
        for (int start = Start(sql); start < sql.Length; start += Start(sql.Substring(start)))
        {
            int end = EndOfStatement(sql, start);
            statements.Add(sql.Substring(start, end - start).TrimEnd());
            start = end;
        }

        return statements;
    }

    /// <summary>Its words that stand neither in quotes nor in comments.</summary>
    public static IEnumerable<string> Words(string sql)
    {
        for (int start = Start(sql); start < sql.Length; start += Start(sql.Substring(start)))
        {
            int end = start;
            while (end < sql.Length && (char.IsLetterOrDigit(sql[end]) || sql[end] is '_' or '@' or ':' or '$' or '?'))
                end++;
            if (end > start)
                yield return sql.Substring(start, end - start);
            else
                end = AfterQuoted(sql, start);
            start = end;
        }
    }

    private static int AfterQuoted(string sql, int i) =>
        "\"'`[".Contains(sql[i]) ? After(sql, i + 1, sql[i] == '[' ? "]" : sql[i].ToString()) : i + 1;

    private static int EndOfStatement(string sql, int start)
    {
        int i = start;
        while (i < sql.Length && sql[i] != ';')
        {
            if (Has(sql, i, "--"))
                i = After(sql, i, "\n");
            else if (Has(sql, i, "/*"))
                i = After(sql, i + 2, "*/");
            else
                i = AfterQuoted(sql, i);
        }

        return i;
    }

    /// <summary>Takes a name off, plain or in any of SQLite's four quotes, and the spaces and comments around it.</summary>
    private static string Name(ref string rest)
    {
        int start = Start(rest), end = start;
        string name;
        if (start < rest.Length && "\"'`[".Contains(rest[start]))
        {
            char close = rest[start] == '[' ? ']' : rest[start];
            end = After(rest, start + 1, close.ToString());
            name = rest.Substring(start + 1, Math.Max(end - start - 2, 0));
        }
        else
        {
            while (end < rest.Length && (char.IsLetterOrDigit(rest[end]) || rest[end] == '_'))
                end++;
            name = rest.Substring(start, end - start);
        }

        rest = rest.Substring(end);
        rest = rest.Substring(Start(rest));
        return name;
    }

    /// <summary>Does it change what belongs to the connection and not to the transaction? In doubt it does.</summary>
    public static bool ChangesConnection(string sql) => Keyword(sql) is "ATTACH" or "DETACH" or "PRAGMA";

    /// <summary>
    /// Does it surely only read? In doubt it counts as writing (a text that speaks of "insert" after WITH): that asks for
    /// more than is needed, never for less.
    /// </summary>
    public static bool IsReading(string sql) => Keyword(sql) switch
    {
        "SELECT" or "VALUES" or "EXPLAIN" => true,
        "WITH" => !Speaks(sql, "INSERT") && !Speaks(sql, "UPDATE") && !Speaks(sql, "DELETE") && !Speaks(sql, "REPLACE"),
        _ => false,
    };

    private static bool Speaks(string sql, string of) => sql.Contains(of, StringComparison.OrdinalIgnoreCase);

    private static bool Has(string sql, int index, string what) => string.CompareOrdinal(sql, index, what, 0, what.Length) == 0;

    private static int After(string sql, int index, string end)
    {
        int found = sql.IndexOf(end, index, StringComparison.Ordinal);
        return found < 0 ? sql.Length : found + end.Length;
    }
}
