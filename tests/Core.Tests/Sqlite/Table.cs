using System;
using System.Globalization;
using ProcessDedup.Sqlite;
using ProcessDedup.Tests.Harness;

namespace ProcessDedup.Tests.Sqlite;

/// <summary>A database with one table, and what another process finds in it.</summary>
internal sealed class Table(TestDirectory place, string name = "t.db")
{
    public string File { get; } = place.File(name);

    public static SqliteOptions Options(string journal) => new()
    {
        Journal = journal == "wal" ? SqliteJournal.WriteAheadLog : SqliteJournal.Rollback,
        Timeout = TimeSpan.FromSeconds(20),
        Schema = new SqliteSchema("CREATE TABLE t(writer TEXT, n INTEGER)"),
    };

    public SqliteRunner Runner(string journal = "wal", Func<SqliteOptions, SqliteOptions>? change = null) =>
        new(File, change is null ? Options(journal) : change(Options(journal)));

    public static void Insert(SqliteTransaction tx, string writer, int n = 0) =>
        tx.Execute("INSERT INTO t VALUES(@writer, @n)", SqliteParameters.Named(
            new System.Collections.Generic.Dictionary<string, object?> { ["writer"] = writer, ["n"] = n }));

    /// <summary>Rows by a new handle of this process: cheap, for sweeps.</summary>
    public long Count(string writer)
    {
        SqliteResult<object?> result = SqliteRunner.Run(
            File, new SqliteOptions { Mode = SqliteTransactionMode.Deferred },
            tx => tx.Query("SELECT count(*) FROM t WHERE writer = ?", SqliteParameters.Ordered(writer))[0][0]);
        return (long)result.Value!;
    }

    /// <summary>Rows, distinct rows and integrity, as another process sees them.</summary>
    public (int Rows, int Distinct, string Integrity) Check()
    {
        using Peer peer = Peer.Sqlite(place, "check", File);
        string[] words = peer.Read("rows").Split(' ', 3);
        return (int.Parse(words[0], CultureInfo.InvariantCulture), int.Parse(words[1], CultureInfo.InvariantCulture), words[2]);
    }
}
