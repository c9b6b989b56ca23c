using System;
using System.Collections.Generic;
using System.Linq;
using ProcessDedup.Sqlite;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Sqlite;

/// <summary>A statement that was kept ready does what a new one would do.</summary>
public sealed class PreparedStatementTests : IDisposable
{
    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    [Theory]
    [InlineData("wal")]
    [InlineData("delete")]
    public void It_sees_a_column_that_another_connection_has_added(string journal)
    {
        var table = new Table(_place);
        using SqliteRunner runner = table.Runner(journal);
        runner.Run(tx => Table.Insert(tx, "a"));
        Assert.Equal(["writer", "n"], Names(runner));
        SqliteRunner.Run(table.File, null, tx => tx.Execute("ALTER TABLE t ADD COLUMN extra TEXT DEFAULT 'e'"));
        Assert.Equal(["writer", "n", "extra"], Names(runner));
        runner.Run(tx => tx.Execute("ALTER TABLE t DROP COLUMN extra"));
        Assert.Equal(["writer", "n"], Names(runner));
    }

    [Fact]
    public void It_keeps_no_value_and_no_error_of_the_time_before()
    {
        using var runner = new SqliteRunner(_place.File("t.db"), new SqliteOptions { Schema = new SqliteSchema("CREATE TABLE k(a UNIQUE)") });
        const string insert = "INSERT INTO k VALUES(?)";
        runner.Run(tx => tx.Execute(insert, SqliteParameters.Ordered("a")));
        SqliteException e = Assert.Throws<SqliteException>(() => runner.Run(tx => tx.Execute(insert, SqliteParameters.Ordered("a"))));
        Assert.Equal(SqliteError.SqliteConstraint, e.Error);
        Assert.Equal(SqliteError.SqliteParameterMissing, Assert.Throws<SqliteException>(() => runner.Run(tx => tx.Execute(insert))).Error);
        runner.Run(tx => tx.Execute(insert, SqliteParameters.Ordered("b")));
        Assert.Equal(["a", "b"], runner.Run(tx => tx.Query("SELECT a FROM k ORDER BY a").Select(r => r[0]).ToList()).Value);
    }

    [Fact]
    public void A_reader_is_over_when_its_rows_are_told()
    {
        var table = new Table(_place);
        using SqliteRunner runner = table.Runner("delete");
        runner.Run(tx => Table.Insert(tx, "a"));
        runner.Run(tx =>
        {
            // A statement that still reads would lock the table against its removal.
            tx.Query("SELECT * FROM t");
            tx.Query("SELECT * FROM t");
            tx.Execute("DROP TABLE t");
        });
    }

    [Fact]
    public void A_pragma_does_its_work_each_time()
    {
        using var runner = new SqliteRunner(_place.File("t.db"), new SqliteOptions());
        // A flag is set while the statement is prepared.
        foreach (long flag in new long[] { 1, 0, 1 })
        {
            runner.Run(tx => tx.Execute($"PRAGMA reverse_unordered_selects={flag}"));
            Assert.Equal(flag, runner.Run(tx => tx.Query("PRAGMA reverse_unordered_selects")[0][0]).Value);
        }
    }

    [Fact]
    public void A_thousand_texts_are_no_more_than_a_few_statements()
    {
        using var runner = new SqliteRunner(_place.File("t.db"), new SqliteOptions());
        SqliteResult<long> sum = runner.Run(tx => Enumerable.Range(0, 1000).Sum(i => (long)tx.Query($"SELECT {i}")[0][0]!));
        Assert.Equal(499500, sum.Value);
    }

    [Fact]
    public void A_token_whose_table_is_gone_makes_it_anew()
    {
        var table = new Table(_place);
        using SqliteRunner runner = table.Runner();
        runner.Run(tx => Table.Insert(tx, "a"));
        SqliteRunner.Run(table.File, new SqliteOptions { Role = SqliteRole.Cache }, tx => tx.Execute("DROP TABLE processdedup_commit"));
        Assert.Equal(1, runner.Run(tx => Table.Insert(tx, "b")).Attempts);
        Assert.Equal(1, table.Count("b"));
    }

    private static IReadOnlyList<string> Names(SqliteRunner runner) => runner.Run(tx => tx.Query("SELECT * FROM t")[0].Names).Value!;
}
