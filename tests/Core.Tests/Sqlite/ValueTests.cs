using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using ProcessDedup.Sqlite;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Sqlite;

/// <summary>Values in and out, and statements that are wrong.</summary>
public sealed class ValueTests : IDisposable
{
    private readonly TestDirectory _place = new();
    private readonly SqliteRunner _runner;

    public ValueTests() => _runner = new SqliteRunner(_place.File("värde ☃.db"), new SqliteOptions { Timeout = TimeSpan.FromSeconds(20) });

    public void Dispose()
    {
        _runner.Dispose();
        _place.Dispose();
    }

    public static TheoryData<object?, object?> Values => new()
    {
        { null, null },
        { DBNull.Value, null },
        { true, 1L },
        { (byte)7, 7L },
        { int.MinValue, (long)int.MinValue },
        { long.MaxValue, long.MaxValue },
        { DayOfWeek.Friday, 5L },
        { 0.1, 0.1 },
        { 1.5f, 1.5 },
        { double.PositiveInfinity, double.PositiveInfinity },
        { "", "" },
        { "a\0b ☃ 𝄞", "a\0b ☃ 𝄞" },
        { 'x', "x" },
        { 1234567890.12345678901234567m, "1234567890.12345678901234567" },
        { new Guid("00112233-4455-6677-8899-aabbccddeeff"), "00112233-4455-6677-8899-AABBCCDDEEFF" },
        { new DateTime(2024, 2, 29, 13, 0, 1, DateTimeKind.Utc).AddTicks(7), "2024-02-29 13:00:01.0000007" },
        { new DateTimeOffset(2024, 2, 29, 13, 0, 1, TimeSpan.FromHours(-5)), "2024-02-29 13:00:01-05:00" },
        { Array.Empty<byte>(), Array.Empty<byte>() },
        { new byte[] { 0, 1, 255 }, new byte[] { 0, 1, 255 } },
    };

    [Theory]
    [MemberData(nameof(Values), DisableDiscoveryEnumeration = true)]
    public void A_value_comes_back_as_what_SQLite_keeps(object? given, object? kept)
    {
        object? read = Ask("SELECT ?", given);
        Assert.Equal(kept, read);
        Assert.Equal(kept?.GetType(), read?.GetType());
    }

    [Fact]
    public void Moments_read_back_to_the_same_moment()
    {
        var moment = new DateTimeOffset(2024, 2, 29, 13, 0, 1, TimeSpan.FromHours(5.5)).AddTicks(1);
        Assert.Equal(moment, DateTimeOffset.Parse((string)Ask("SELECT ?", moment)!, CultureInfo.InvariantCulture));
        var local = new DateTime(2024, 2, 29, 13, 0, 1, DateTimeKind.Utc).AddTicks(1);
        Assert.Equal(local, DateTime.Parse((string)Ask("SELECT ?", local)!, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal));
    }

    [Fact]
    public void A_purge_of_what_is_older_than_an_hour_leaves_the_row_of_this_second() => _runner.Run(tx =>
    {
        tx.Execute("CREATE TABLE t(created TEXT DEFAULT CURRENT_TIMESTAMP, x)");
        tx.Execute("INSERT INTO t(x) VALUES('new')");
        tx.Execute("INSERT INTO t VALUES(?, 'old')", SqliteParameters.Ordered(DateTime.UtcNow.AddHours(-2)));
        Assert.Equal(1, tx.Execute("DELETE FROM t WHERE created < @c", SqliteParameters.Named([new("c", DateTime.UtcNow.AddHours(-1))])));
        Assert.Equal("new", tx.Query("SELECT x FROM t")[0][0]);
    });

    [Theory]
    [InlineData("SELECT ?, ?", 2)]
    [InlineData("SELECT ?, '?', \"?\" FROM (SELECT 1 AS \"?\") /* ? */ WHERE ? IS NOT NULL -- ?", 2)]
    [InlineData("SELECT [?], `?`, ?, 'it''s ?', ? FROM (SELECT 1 AS \"?\")", 2)]
    [InlineData("SELECT ?1, ?, ?2, ?", 3)]
    [InlineData("SELECT ?, @a, ?, @a, $b, :c, a$b, ? FROM (SELECT 1 AS a$b)", 6)]
    [InlineData("SELECT 2-?, x'00', 1.5e3, 5/?", 2)]
    public void Question_marks_are_counted_as_SQLite_counts_them(string sql, int count)
    {
        object?[] values = Enumerable.Range(1, count).Cast<object?>().ToArray();
        IReadOnlyList<SqliteRow> rows = _runner.Run(tx => tx.Query(sql, SqliteParameters.Ordered(values))).Value!;
        Assert.Single(rows);
        Fails(SqliteError.SqliteParameterMissing, sql, SqliteParameters.Ordered(values[1..]));
        Fails(SqliteError.SqliteParameterSurplus, sql, SqliteParameters.Ordered([.. values, 0]));
    }

    [Fact]
    public void A_question_mark_after_a_number_takes_the_next_one()
    {
        IReadOnlyList<SqliteRow> rows = _runner.Run(tx => tx.Query("SELECT ?2, ?1, ?, @n, ?", SqliteParameters.Ordered("a", "b", "c", "d", "e"))).Value!;
        Assert.Equal(["b", "a", "c", "d", "e"], rows[0]);
    }

    private enum Huge : ulong
    {
        More = ulong.MaxValue,
    }

    [Fact]
    public void The_number_of_changed_rows_is_that_of_the_statement_itself() => _runner.Run(tx =>
    {
        Assert.Equal(0, tx.Execute("CREATE TABLE t(x)"));
        Assert.Equal(3, tx.Execute("INSERT INTO t VALUES(1), (2), (3)"));
        Assert.Equal(0, tx.Execute("CREATE TABLE u(x)"));
        Assert.Equal(0, tx.Execute("SELECT * FROM t"));
        Assert.Equal(2, tx.Execute("UPDATE t SET x = 5 WHERE x > 1"));
        Assert.Equal(0, tx.Execute("DELETE FROM t WHERE x = 9"));
    });

    [Fact]
    public void A_text_of_a_UTF_16_database_is_whole()
    {
        using var runner = new SqliteRunner(_place.File("utf16.db"), new SqliteOptions { Journal = SqliteJournal.Rollback });
        using (var raw = DatabaseConnection.Open(SqlitePlace.Of(_place.File("utf16.db")), mayCreate: true))
            raw.RunScript("PRAGMA encoding='UTF-16le'; CREATE TABLE t(x);");
        Assert.Equal("ä☃", runner.Run(tx =>
        {
            tx.Execute("INSERT INTO t VALUES(?)", SqliteParameters.Ordered("ä☃"));
            return tx.Query("SELECT x FROM t")[0][0];
        }).Value);
    }

    [Fact]
    public void A_blob_of_a_hundred_megabytes_comes_back_whole()
    {
        byte[] blob = new byte[100 * 1000 * 1000];
        new Random(1).NextBytes(blob);
        _runner.Run(tx =>
        {
            tx.Execute("CREATE TABLE t(x)");
            tx.Execute("INSERT INTO t VALUES(?)", SqliteParameters.Ordered(blob));
        });
        byte[] read = (byte[])Ask("SELECT x FROM t")!;
        Assert.True(blob.AsSpan().SequenceEqual(read));
    }

    [Fact]
    public void Names_may_have_any_sign_or_none_and_any_case()
    {
        IReadOnlyList<SqliteRow> rows = _runner.Run(tx => tx.Query(
            "SELECT @a AS one, :B AS two, $c AS three, @a AS one",
            SqliteParameters.Named(new Dictionary<string, object?> { ["A"] = 1, [":b"] = 2, ["c"] = 3 }))).Value!;
        Assert.Equal([1L, 2L, 3L, 1L], rows[0].Cast<long>());
        Assert.Equal(["one", "two", "three", "one"], rows[0].Names);
        Assert.Equal(2L, rows[0]["Two"]);
    }

    [Fact]
    public void A_missing_or_surplus_value_is_an_error()
    {
        Fails(SqliteError.SqliteParameterMissing, "SELECT ?, ?", SqliteParameters.Ordered(1));
        Fails(SqliteError.SqliteParameterMissing, "SELECT @a", SqliteParameters.None);
        Fails(SqliteError.SqliteParameterMissing, "SELECT @a, ?", SqliteParameters.Named(new Dictionary<string, object?> { ["a"] = 1 }));
        Fails(SqliteError.SqliteParameterSurplus, "SELECT ?", SqliteParameters.Ordered(1, 2));
        SqliteException e = Fails(SqliteError.SqliteParameterSurplus, "SELECT @a", SqliteParameters.Named(new Dictionary<string, object?> { ["a"] = 1, ["typo"] = 2 }));
        Assert.Contains("typo", e.Message, StringComparison.Ordinal);
        Assert.Throws<SqliteException>(() => SqliteParameters.Named(new Dictionary<string, object?> { ["a"] = 1, ["@a"] = 2 }));
    }

    [Fact]
    public void A_value_that_would_change_is_an_error()
    {
        Fails(SqliteError.SqliteParameterInvalid, "SELECT ?", SqliteParameters.Ordered(double.NaN));
        Fails(SqliteError.SqliteParameterInvalid, "SELECT ?", SqliteParameters.Ordered(ulong.MaxValue));
        Fails(SqliteError.SqliteParameterInvalid, "SELECT ?", SqliteParameters.Ordered(Huge.More));
        Fails(SqliteError.SqliteParameterInvalid, "SELECT ?", SqliteParameters.Ordered("half \ud83c of a pair"));
        Fails(SqliteError.SqliteParameterInvalid, "SELECT ?", SqliteParameters.Ordered('\ud83c'));
        Fails(SqliteError.SqliteParameterInvalid, "SELECT ?", SqliteParameters.Ordered(float.NaN));
        SqliteException e = Fails(SqliteError.SqliteParameterInvalid, "SELECT ?", SqliteParameters.Ordered((object)new Version[1]));
        Assert.Contains("System.Version[]", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_has_one_statement()
    {
        SqliteException e = Fails(SqliteError.SqliteStatementCount, "SELECT 1; DELETE FROM t", SqliteParameters.None);
        Assert.Contains("'DELETE FROM t'", e.Message, StringComparison.Ordinal);
        Fails(SqliteError.SqliteStatementCount, " ; -- nothing\n /* here */ ", SqliteParameters.None);
        Fails(SqliteError.SqliteStatementCount, "SELECT 1;\0DROP TABLE t", SqliteParameters.None);
        Fails(SqliteError.SqliteStatementCount, "SELECT 1; what is this", SqliteParameters.None);
        Assert.Equal(1L, Ask("/* a */ -- b\n ; SELECT 1 ; -- c\n /* d */ ;"));
    }

    [Theory]
    [InlineData("COMMIT")]
    [InlineData("/* x */ commit;")]
    [InlineData("END TRANSACTION")]
    [InlineData("BEGIN IMMEDIATE")]
    [InlineData("ROLLBACK")]
    [InlineData("ROLLBACK TRANSACTION")]
    public void A_block_does_not_end_its_transaction(string sql)
    {
        _runner.Run(tx => tx.Execute("CREATE TABLE t(x)"));
        SqliteException e = Assert.Throws<SqliteException>(() => _runner.Run(tx =>
        {
            tx.Execute("INSERT INTO t VALUES(1)");
            tx.Execute(sql);
        }));
        Assert.Equal(SqliteError.SqliteTransactionControl, e.Error);
        Assert.Equal(0L, Ask("SELECT count(*) FROM t"));
    }

    [Fact]
    public void Savepoints_are_the_blocks_own()
    {
        _runner.Run(tx => tx.Execute("CREATE TABLE t(x)"));
        _runner.Run(tx =>
        {
            tx.Execute("SAVEPOINT a");
            tx.Execute("INSERT INTO t VALUES(1)");
            tx.Execute("ROLLBACK TRANSACTION TO a");
            tx.Execute("INSERT INTO t VALUES(2)");
            tx.Execute("RELEASE a");
        });
        Assert.Equal(2L, Ask("SELECT sum(x) FROM t"));
    }

    private object? Ask(string sql, params object?[] values) =>
        _runner.Run(tx => tx.Query(sql, SqliteParameters.Ordered(values))[0][0]).Value;

    private SqliteException Fails(SqliteError error, string sql, SqliteParameters parameters)
    {
        SqliteException e = Assert.Throws<SqliteException>(() => _runner.Run(tx => tx.Query(sql, parameters)));
        Assert.Equal(error, e.Error);
        return e;
    }
}
