using System;
using System.Collections.Generic;
using ProviderException = Microsoft.Data.Sqlite.SqliteException;

namespace ProcessDedup.Sqlite;

/// <summary>The time in which somebody else's code has a connection: a block, or what prepares a new handle.</summary>
/// <param name="transaction">The block's; null before there is one.</param>
internal sealed class SqliteLoan(SqliteTransaction? transaction)
{
    public bool IsInTransaction => transaction is not null;

    /// <summary>Has it tried to close what is not its own?</summary>
    public bool HasClosed { get; private set; }

    public void NoteClose() => HasClosed = true;

    public void NoteStatement(string sql, IEnumerable<KeyValuePair<string, object?>> values) => transaction?.NoteStatement(sql, values);

    public void NoteError(ProviderException error) => transaction?.NoteError(error);

    /// <summary>The provider's error in what a block has thrown: its language may have wrapped it.</summary>
    public static ProviderException? ErrorIn(Exception? thrown)
    {
        for (Exception? e = thrown; e is not null; e = e is AggregateException { InnerExceptions: [var first, ..] } ? first : e.InnerException)
        {
            if (e is ProviderException error)
                return error;
        }

        return null;
    }
}
