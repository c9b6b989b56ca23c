using System.Collections.Generic;
using System.Data;
using Microsoft.Data.Sqlite;
using ProviderTransaction = Microsoft.Data.Sqlite.SqliteTransaction;

namespace ProcessDedup.Sqlite;

/// <summary>
/// The provider's connection as a block gets it: with everything that a connection can do but to begin, end or leave its
/// transaction. A block may forget to close a reader, and may close what it was only lent.
/// </summary>
internal sealed class LentConnection(string connectionString, SqlitePlace place) : SqliteConnection(connectionString)
{
    private readonly List<SqliteDataReader> _readers = [];
    private bool _hasEnded;

    /// <summary>The block that has it; null while nobody has.</summary>
    public SqliteLoan? Loan { get; set; }

    /// <summary>May a block load native libraries into this process?</summary>
    public bool AllowsExtensions { get; init; }

    /// <summary>Commands of a block. Dapper and the like make theirs here too.</summary>
    public override SqliteCommand CreateCommand() => new LentCommand(this) { CommandTimeout = DefaultTimeout };

    /// <summary>Who has kept it beyond its end gets no second handle to the file by it.</summary>
    public override void Open()
    {
        if (_hasEnded)
            throw SqliteFailures.TransactionEnded(place.Display);
        base.Open();
    }

    /// <summary>Closing is its owner's affair, and the transaction would be gone; the attempt is remembered.</summary>
    public override void Close()
    {
        if (Loan is { } loan)
            loan.NoteClose();
        else
            base.Close();
    }

    public override ProviderTransaction BeginTransaction(IsolationLevel isolationLevel, bool deferred) =>
        Loan is { IsInTransaction: true } ? throw SqliteFailures.TransactionControl(place.Display, "BEGIN") : base.BeginTransaction(isolationLevel, deferred);

    public override void EnableExtensions(bool enable = true)
    {
        if (enable && !AllowsExtensions)
            throw SqliteFailures.ExtensionRefused(place.Display);
        base.EnableExtensions(enable);
    }

    public override void LoadExtension(string file, string? proc = null)
    {
        if (!AllowsExtensions)
            throw SqliteFailures.ExtensionRefused(place.Display);
        base.LoadExtension(file, proc);
    }

    /// <summary>The owner closes it for good.</summary>
    internal void End()
    {
        (Loan, _hasEnded) = (null, true);
        Dispose();
    }

    internal void Remember(SqliteDataReader reader) => _readers.Add(reader);

    /// <summary>
    /// Ends what the block reads: a RETURNING that was not read to its end keeps COMMIT waiting for itself, and when the
    /// connection is closed the provider would run the rest of a text after COMMIT.
    /// </summary>
    internal void CloseReaders()
    {
        foreach (SqliteDataReader reader in _readers)
            reader.Dispose();
        _readers.Clear();
    }
}
