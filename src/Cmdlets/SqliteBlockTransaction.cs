using System.Management.Automation;
using ProcessDedup.Sqlite;

namespace ProcessDedup.Cmdlets;

/// <summary>
/// What the block of Invoke-SqliteRetry gets as its first argument: the open transaction. It ends with the block.
/// </summary>
public sealed class SqliteBlockTransaction
{
    // Not by name in the class' signature: scripts look at its members, and Core's types are not theirs.
    private readonly SqliteTransaction _transaction;

    internal SqliteBlockTransaction(SqliteTransaction transaction) => _transaction = transaction;

    /// <summary>Which try of the block this is, from 1.</summary>
    public int Attempt => _transaction.Attempt;

    /// <summary>The path of the database.</summary>
    public string Path => _transaction.Path;

    /// <summary>Runs one statement; an object for each row.</summary>
    public PSObject[] Query(string sql) => Query(sql, null);

    /// <summary>Runs one statement; an object for each row.</summary>
    /// <param name="sql">One statement.</param>
    /// <param name="parameters">A hashtable by name, an array in order, or a single value.</param>
    public PSObject[] Query(string sql, object? parameters) =>
        SqliteRowObjects.From(_transaction.Query(sql, SqliteParameterValues.From(parameters)));

    /// <summary>Runs one statement; returns how many rows it changed.</summary>
    public int Execute(string sql) => Execute(sql, null);

    /// <summary>Runs one statement; returns how many rows it changed.</summary>
    /// <param name="sql">One statement.</param>
    /// <param name="parameters">A hashtable by name, an array in order, or a single value.</param>
    public int Execute(string sql, object? parameters) =>
        _transaction.Execute(sql, SqliteParameterValues.From(parameters));
}
