using System;
using System.Collections.Generic;
using Microsoft.Data.Sqlite;

namespace ProcessDedup.Sqlite;

/// <summary>
/// Commands of one connection that come again, ready to run: preparing a statement takes longer than most of them run. SQLite
/// itself prepares them again after a change of the schema.
/// </summary>
internal sealed class KeptStatements : IDisposable
{
    // As many as a block of work has; who makes up texts with values in them gains nothing and must not fill the memory.
    private const int Most = 32;
    private const int LongestText = 4096;

    // A kept command keeps its values, and SQLite a copy of them.
    private const int LongestValue = 4096;

    private readonly Dictionary<string, KeptStatement> _idle = new(StringComparer.Ordinal);

    /// <summary>A statement ready for its values; it is the caller's until it is returned. Null if there is none.</summary>
    public KeptStatement? TryTake(string sql) => _idle.Remove(sql, out KeptStatement? statement) ? statement : null;

    /// <summary>Keeps a statement for the next time if that is worth it.</summary>
    public void Return(string sql, KeptStatement statement)
    {
        if (!IsWorthKeeping(sql, statement) || _idle.ContainsKey(sql))
        {
            statement.Command.Dispose();
            return;
        }

        if (_idle.Count == Most)
            Dispose();
        _idle.Add(sql, statement);
    }

    /// <summary>Frees them all, as must be before the connection closes.</summary>
    public void Dispose()
    {
        foreach (KeptStatement statement in _idle.Values)
            statement.Command.Dispose();
        _idle.Clear();
    }

    // A PRAGMA may do its work while it is prepared, and only then.
    private static bool IsWorthKeeping(string sql, KeptStatement statement)
    {
        if (sql.Length > LongestText || SqliteText.Keyword(sql) is not ("SELECT" or "INSERT" or "UPDATE" or "DELETE" or "REPLACE" or "WITH"))
            return false;
        foreach (SqliteParameter parameter in statement.Command.Parameters)
        {
            if (parameter.Value is string { Length: > LongestValue } or byte[] { Length: > LongestValue })
                return false;
        }

        return true;
    }
}

/// <summary>A command of the provider, and what SQLite has said of its text.</summary>
internal sealed record KeptStatement(SqliteCommand Command, StatementShape Shape)
{
    /// <summary>Gives each parameter its value.</summary>
    /// <exception cref="SqliteException">A value is missing, belongs to no parameter, or cannot be kept as what it is.</exception>
    public void Bind(string sql, SqliteParameters parameters)
    {
        int count = Shape.Parameters.Count;
        var used = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        for (int i = 0; i < count; i++)
        {
            string? name = Shape.Parameters[i];
            if (!parameters.TryGet(name, i + 1, out object? value))
                throw SqliteFailures.ParameterMissing(sql, name ?? SqliteValue.Number(i + 1));
            used.Add(SqliteParameters.Bare(name ?? string.Empty));
            object kept = SqliteValue.ForProvider(name ?? SqliteValue.Number(i + 1), value);
            if (i < Command.Parameters.Count)
                Command.Parameters[i].Value = kept;
            else
                Command.Parameters.AddWithValue(Shape.NameOf(i), kept);
        }

        if (!parameters.AreNamed && parameters.Count > count)
            throw SqliteFailures.ParameterSurplus(sql, SqliteValue.Number(count + 1));
        if (!parameters.AreNamed || parameters.MayHaveMore)
            return;
        foreach (KeyValuePair<string, object?> pair in parameters.All())
        {
            if (!used.Contains(SqliteParameters.Bare(pair.Key)))
                throw SqliteFailures.ParameterSurplus(sql, pair.Key);
        }
    }
}
