using System.Collections.Generic;
using System.Data;
using Microsoft.Data.Sqlite;
using ProviderException = Microsoft.Data.Sqlite.SqliteException;

namespace ProcessDedup.Sqlite;

/// <summary>
/// A command of a block. Its errors are seen even if the block catches them: what SQLite said decides whether the transaction is
/// tried again.
/// </summary>
internal sealed class LentCommand : SqliteCommand
{
    private readonly LentConnection _lender;

    public LentCommand(LentConnection connection) => Connection = _lender = connection;

    /// <remarks>ExecuteNonQuery and ExecuteScalar come here as well.</remarks>
    public override SqliteDataReader ExecuteReader(CommandBehavior behavior)
    {
        SqliteLoan? loan = _lender.Loan;
        loan?.NoteStatement(CommandText, Values());
        try
        {
            SqliteDataReader reader = base.ExecuteReader(behavior);
            if (loan is not null)
                _lender.Remember(reader);
            return reader;
        }
        catch (ProviderException e)
        {
            loan?.NoteError(e);
            throw;
        }
    }

    private IEnumerable<KeyValuePair<string, object?>> Values()
    {
        foreach (SqliteParameter parameter in Parameters)
            yield return new KeyValuePair<string, object?>(parameter.ParameterName, parameter.Value);
    }
}
