using System;
using System.IO;
using ProcessDedup.Sqlite;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Sqlite;

/// <summary>One statement as a transaction: how it begins, and what it is called in objects.</summary>
public sealed class QueryTests : IDisposable
{
    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    [Theory]
    [InlineData("SELECT 1", true)]
    [InlineData(" -- c\n/* insert */ select 1", true)]
    [InlineData("VALUES(1)", true)]
    [InlineData("EXPLAIN DELETE FROM t", true)]
    [InlineData("WITH a AS (SELECT 1) SELECT * FROM a", true)]
    [InlineData("WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a", false)]
    [InlineData("INSERT INTO t VALUES(1)", false)]
    [InlineData("PRAGMA user_version=1", false)]
    [InlineData("", false)]
    public void What_surely_only_reads_is_known(string sql, bool isReading) => Assert.Equal(isReading, SqliteText.IsReading(sql));

    [Fact]
    public void A_database_may_be_read_that_may_not_be_written()
    {
        using Mounted mounted = Mounted.Tmpfs(_place, "size=1m");
        string file = Path.Combine(mounted.Point, "t.db");
        using (var runner = new SqliteRunner(file, Table.Options("delete")))
            runner.Run(tx => Table.Insert(tx, "x"));
        mounted.Remount("ro");
        SqliteOptions options = new() { Gate = SqliteOptions.GateBeside(file) };
        Assert.Equal(1L, SqliteQuery.Run(file, options, null, "SELECT count(*) FROM t").Value![0][0]);
        SqliteOptions cache = options with { Role = SqliteRole.Cache };
        Assert.Equal(1L, SqliteQuery.Run(file, cache, null, "SELECT count(*) FROM t").Value![0][0]);
        foreach (SqliteTransactionMode? mode in new SqliteTransactionMode?[] { null, SqliteTransactionMode.Deferred })
        {
            SqliteException e = Assert.Throws<SqliteException>(() => SqliteQuery.Run(file, options, mode, "DELETE FROM t"));
            Assert.Equal(SqliteError.SqliteReadOnly, e.Error);
        }
    }

    [Fact]
    public void Reading_makes_no_database_and_waits_for_no_writer()
    {
        string file = _place.File("no.db");
        SqliteException e = Assert.Throws<SqliteException>(() => SqliteQuery.Run(file, new SqliteOptions(), null, "SELECT 1"));
        Assert.Equal(SqliteError.SqliteCannotOpen, e.Error);
        Assert.False(File.Exists(file));
        SqliteQuery.Run(file, new SqliteOptions(), null, "CREATE TABLE t(writer, n)");
        using Peer holder = Peer.Sqlite(_place, "hold", file, "IMMEDIATE").Expect("HELD");
        SqliteOptions options = new() { Timeout = TimeSpan.FromMilliseconds(100), Gate = SqliteOptions.GateBeside(file) };
        Assert.Equal(0L, SqliteQuery.Run(file, options, null, "SELECT count(*) FROM t").Value![0][0]);
        e = Assert.Throws<SqliteException>(() => SqliteQuery.Run(file, options, SqliteTransactionMode.Immediate, "SELECT count(*) FROM t"));
        Assert.Equal(SqliteError.SqliteBusy, e.Error);
    }

    [Fact]
    public void Names_of_columns_are_made_different() => Assert.Equal(
        ["id", "ID_3", "Column3", "id_2", "id_4", "Column6"],
        SqliteColumns.Distinct(["id", "ID", "", "id_2", "id", ""]));
}
