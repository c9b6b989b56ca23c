using System;
using System.Collections.Generic;
using SQLitePCL;

namespace ProcessDedup.Sqlite;

/// <summary>
/// Statements of one connection that come again, ready to run: preparing one takes longer than most of them run. SQLite
/// itself prepares them again after a change of the schema.
/// </summary>
internal sealed class PreparedStatements : IDisposable
{
    // As many as a block of work has; who makes up texts with values in them gains nothing and must not fill the memory.
    private const int Most = 32;
    private const int LongestText = 4096;

    private readonly Dictionary<string, sqlite3_stmt> _idle = new(StringComparer.Ordinal);

    /// <summary>A statement ready to be bound; it is the caller's until it is returned. Null if there is none.</summary>
    public sqlite3_stmt? TryTake(string sql)
    {
        if (!_idle.TryGetValue(sql, out sqlite3_stmt? statement))
            return null;
        _idle.Remove(sql);
        return statement;
    }

    /// <summary>Ends what a statement did, frees its values, and keeps it if that is worth it.</summary>
    public void Return(string sql, sqlite3_stmt statement)
    {
        if (!IsWorthKeeping(sql) || _idle.ContainsKey(sql))
        {
            statement.Dispose();
            return;
        }

        // The error of the last step comes once more; it has been told.
        _ = raw.sqlite3_reset(statement);
        _ = raw.sqlite3_clear_bindings(statement);
        if (_idle.Count == Most)
            Dispose();
        _idle.Add(sql, statement);
    }

    /// <summary>Frees them all, as must be before the connection closes.</summary>
    public void Dispose()
    {
        foreach (sqlite3_stmt statement in _idle.Values)
            statement.Dispose();
        _idle.Clear();
    }

    // A PRAGMA may do its work while it is prepared, and only then.
    private static bool IsWorthKeeping(string sql) =>
        sql.Length <= LongestText && SqliteText.Keyword(sql) is "SELECT" or "INSERT" or "UPDATE" or "DELETE" or "REPLACE" or "WITH";
}
