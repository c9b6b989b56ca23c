using System;
using System.Collections.Generic;
using System.Globalization;

namespace ProcessDedup.Sqlite;

/// <summary>Reads a property of an exception; null if it has none of that name.</summary>
/// <remarks>Whoever calls knows how: Core itself must not look at types by reflection, as they may have been trimmed.</remarks>
public delegate object? ExceptionProperty(Exception exception, string name);

/// <summary>
/// Finds the result code of SQLite in errors of other libraries. By the names of their properties, as their types may come
/// from any version and any load context.
/// </summary>
/// <remarks>
/// Microsoft.Data.Sqlite: SqliteErrorCode, SqliteExtendedErrorCode. System.Data.SQLite (PSSQLite): ResultCode, ErrorCode.
/// sqlite-net: Result, ExtendedErrorCode.
/// </remarks>
public static class ForeignSqliteError
{
    private static readonly string[] OwnNames = ["SqliteExtendedErrorCode", "SqliteErrorCode"];

    // Too common to be believed of an error that is not called after SQLite: ErrorCode is mostly a number of Windows.
    private static readonly string[] CommonNames = ["ExtendedErrorCode", "ExtendedResultCode", "ResultCode", "ErrorCode", "Result"];

    // What sqlite3_errstr has for the codes that decide whether work runs again. Modules that write an error with Write-Error
    // keep nothing but these words of it.
    private static readonly (string Words, SqliteCode Code)[] Words =
    [
        ("database is locked", SqliteCode.Busy), ("disk I/O error", SqliteCode.IoError), ("database or disk is full", SqliteCode.Full),
        ("unable to open database file", SqliteCode.CannotOpen), ("unable to open the database file", SqliteCode.CannotOpen),
        ("locking protocol", SqliteCode.Protocol), ("attempt to write a readonly database", SqliteCode.ReadOnly),
        ("constraint failed", SqliteCode.Constraint), ("database disk image is malformed", SqliteCode.Corrupt),
        ("file is not a database", SqliteCode.NotADatabase),
    ];

    // Deeper chains than this are circles.
    private const int MostErrors = 64;

    /// <summary>The code; null if the error is none of SQLite's.</summary>
    public static SqliteCode? Find(Exception error, ExceptionProperty property)
    {
        ArgumentNullException.ThrowIfNull(error);
        ArgumentNullException.ThrowIfNull(property);
        IReadOnlyList<Exception> chain = Chain(error);
        foreach (Exception link in chain)
        {
            if (FromProperties(link, property) is { } code)
                return code;
        }

        foreach (Exception link in chain)
        {
            if (FromText(link.Message) is { } code)
                return code;
        }

        return null;
    }

    /// <summary>Is an error in the chain one of ours, which has been tried for already?</summary>
    internal static SqliteException? Ours(Exception error)
    {
        foreach (Exception link in Chain(error))
        {
            if (link is SqliteException ours)
                return ours;
        }

        return null;
    }

    private static List<Exception> Chain(Exception error)
    {
        var chain = new List<Exception> { error };
        for (int i = 0; i < chain.Count && chain.Count < MostErrors; i++)
        {
            if (chain[i] is AggregateException all)
                chain.AddRange(all.InnerExceptions);
            else if (chain[i].InnerException is { } inner)
                chain.Add(inner);
        }

        return chain;
    }

    private static SqliteCode? FromProperties(Exception error, ExceptionProperty property)
    {
        SqliteCode? primary = null;
        bool isCalledSqlite = error.GetType().Name.Contains("sqlite", StringComparison.OrdinalIgnoreCase);
        foreach (string name in isCalledSqlite ? [.. OwnNames, .. CommonNames] : OwnNames)
        {
            if (AsCode(property(error, name)) is not { } code)
                continue;
            // An extended code tells more, if it is a case of what another property says.
            if (code.IsExtended)
                return primary is null || code.PrimaryNumber == primary.Value.Number ? code : primary;
            primary ??= code;
        }

        return primary;
    }

    /// <summary>Only numbers that SQLite has: an HRESULT under the same name is none.</summary>
    private static SqliteCode? AsCode(object? value)
    {
        if (value is not (int or long or short or byte or uint or ushort or Enum))
            return null;
        long number;
        try
        {
            number = Convert.ToInt64(value, CultureInfo.InvariantCulture);
        }
        catch (OverflowException)
        {
            return null;
        }

        if (number is <= 0 or > 0xffff or 100 or 101)
            return null;
        var code = new SqliteCode((int)number);
        return code.Name == "SQLITE_UNKNOWN" ? null : code;
    }

    /// <summary>The last resort: a name of sqlite3.h, or the words that everybody knows.</summary>
    private static SqliteCode? FromText(string text)
    {
        const string prefix = "SQLITE_";
        for (int at = text.IndexOf(prefix, StringComparison.Ordinal); at >= 0; at = text.IndexOf(prefix, at + 1, StringComparison.Ordinal))
        {
            int end = at;
            while (end < text.Length && (text[end] is >= 'A' and <= 'Z' or '_' or >= '0' and <= '9'))
                end++;
            if (SqliteCode.FromName(text.Substring(at, end - at)) is { Number: > 0 and not 100 and not 101 } code)
                return code;
        }

        foreach ((string words, SqliteCode code) in Words)
        {
            if (text.Contains(words, StringComparison.OrdinalIgnoreCase))
                return code;
        }

        return null;
    }
}
