using System.Data.Common;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using ProcessDedup.Locks;
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

    /// <summary>
    /// The connection of Microsoft.Data.Sqlite with this transaction open, for Dapper, DataTable, functions and the like. It
    /// ends with the block, which neither commits nor closes it.
    /// </summary>
    public DbConnection Connection => _transaction.Connection;

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

    /// <summary>Takes a lock that is released with this transaction, by its commit or its rollback.</summary>
    /// <param name="name">Its name, as with Invoke-WithFileLock.</param>
    public void Lock(string name) => Lock(name, null);

    /// <summary>Takes a lock that is released with this transaction, by its commit or its rollback.</summary>
    /// <param name="name">Its name, as with Invoke-WithFileLock.</param>
    /// <param name="reason">What it is for, shown to those who wait.</param>
    public void Lock(string name, string? reason) => _transaction.TakeLock(
        LockTarget.FromName(LockRoot.Default(), name ?? string.Empty), reason, Runspace.DefaultRunspace?.InstanceId);
}
