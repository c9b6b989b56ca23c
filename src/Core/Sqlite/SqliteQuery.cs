using System;
using System.Collections.Generic;
using System.Threading;

namespace ProcessDedup.Sqlite;

/// <summary>One statement as a transaction of its own.</summary>
public static class SqliteQuery
{
    /// <summary>Runs it until its outcome is known.</summary>
    /// <param name="path">The database.</param>
    /// <param name="options">What it is and how long to try; the mode is chosen by <paramref name="mode"/>.</param>
    /// <param name="mode">How the transaction begins. Null: DEFERRED if the statement surely only reads, so that a database
    /// may be read that may not be written, and so that readers do not queue; IMMEDIATE otherwise.</param>
    /// <param name="sql">One statement. If it only reads, a primary that is missing is an error and is not made.</param>
    /// <param name="parameters">Its values.</param>
    /// <param name="cancellation">Ends waits and the statement within milliseconds.</param>
    /// <exception cref="SqliteException">It is wrong, or was given up.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; nothing of it is in the database.</exception>
    public static SqliteResult<IReadOnlyList<SqliteRow>> Run(
        string path,
        SqliteOptions options,
        SqliteTransactionMode? mode,
        string sql,
        SqliteParameters? parameters = null,
        CancellationToken cancellation = default) => Run(path, options, mode, sql, [parameters ?? SqliteParameters.None], cancellation);

    /// <summary>The same once for each set of values, all in one transaction.</summary>
    /// <inheritdoc cref="Run(string, SqliteOptions, SqliteTransactionMode?, string, SqliteParameters?, CancellationToken)"/>
    public static SqliteResult<IReadOnlyList<SqliteRow>> Run(
        string path,
        SqliteOptions options,
        SqliteTransactionMode? mode,
        string sql,
        IReadOnlyList<SqliteParameters> parameters,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        bool isReading = SqliteText.IsReading(sql);
        SqliteTransactionMode chosen = mode ?? (isReading ? SqliteTransactionMode.Deferred : SqliteTransactionMode.Immediate);
        SqliteOptions fit = options with
        {
            Mode = chosen,
            Create = options.Create && (!isReading || options.Role == SqliteRole.Cache),
            Gate = chosen == SqliteTransactionMode.Deferred ? null : options.Gate,
        };
        return SqliteRunner.Run(path, fit, transaction =>
        {
            if (parameters.Count == 1)
                return transaction.Query(sql, parameters[0]);
            var rows = new List<SqliteRow>();
            foreach (SqliteParameters values in parameters)
                rows.AddRange(transaction.Query(sql, values));
            return rows;
        }, cancellation);
    }
}
