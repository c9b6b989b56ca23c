using System;
using System.Collections.Generic;
using System.IO;
using System.Threading.Tasks;
using ProcessDedup.Sqlite;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Sqlite;

/// <summary>VACUUM, checkpoints and changes of the journal: without a transaction, with the same waiting, and never "committed".</summary>
public sealed class MaintenanceTests : IDisposable
{
    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    private static readonly SqliteOptions Options = new() { Timeout = TimeSpan.FromSeconds(60) };

    private Table Filled(string journal)
    {
        var table = new Table(_place);
        using SqliteRunner runner = table.Runner(journal);
        runner.Run(tx =>
        {
            Table.Insert(tx, "first");
            tx.Execute("CREATE TABLE big(x)");
            tx.Execute("WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 200) INSERT INTO big SELECT randomblob(1000) FROM c");
        });
        runner.Run(tx => tx.Execute("DELETE FROM big"));
        return table;
    }

    private static object? One(Table table, string sql) => SqliteMaintenance.Run(table.File, Options, sql).Value![0][0][0];

    [Theory]
    [InlineData("wal")]
    [InlineData("delete")]
    public async Task VACUUM_waits_for_a_writer_where_the_sqlite3_program_fails_and_is_not_called_committed(string journal)
    {
        Table table = Filled(journal);
        Assert.True((long)One(table, "PRAGMA freelist_count")! > 10);
        using Peer holder = Peer.Sqlite(_place, "hold", table.File, "IMMEDIATE").Expect("HELD");
        if (Programs.Find("sqlite3") is { } sqlite3)
        {
            using Peer common = Peer.Run(_place, sqlite3, table.File, "VACUUM");
            Assert.NotEqual(0, common.WaitForExit());
        }

        SqliteException busy = Assert.Throws<SqliteException>(() =>
            SqliteMaintenance.Run(table.File, Options with { Timeout = TimeSpan.FromMilliseconds(200) }, "VACUUM"));
        Assert.Equal((SqliteError.SqliteBusy, SqliteOutcome.NotCommitted), (busy.Error, busy.Outcome));
        if (OperatingSystem.IsLinux())
            Assert.Contains(busy.Holders, h => h.ProcessId == holder.Id);

        Task<SqliteResult<IReadOnlyList<IReadOnlyList<SqliteRow>>>> vacuum = Task.Run(() => SqliteMaintenance.Run(table.File, Options, "VACUUM"));
        holder.Say("go");
        SqliteResult<IReadOnlyList<IReadOnlyList<SqliteRow>>> result = await vacuum;
        Assert.Equal(SqliteOutcome.Completed, result.Outcome);
        Assert.Equal(0L, One(table, "PRAGMA freelist_count"));
        Assert.Equal((1, 1, "ok"), table.Check());
    }

    [Fact]
    public async Task A_checkpoint_that_a_reader_hinders_is_waited_for_and_not_reported_as_done()
    {
        Table table = Filled("wal");
        using Peer reader = Peer.Sqlite(_place, "hold", table.File, "READ").Expect("HELD");
        using (SqliteRunner writer = table.Runner())
        {
            writer.Run(tx => Table.Insert(tx, "second"));
            SqliteOptions brief = Options with { Timeout = TimeSpan.FromMilliseconds(200) };
            Assert.Equal(0L, SqliteMaintenance.Run(table.File, brief, "PRAGMA wal_checkpoint").Value![0][0][0]);
            Assert.Equal(SqliteError.SqliteBusy, Assert.Throws<SqliteException>(() =>
                SqliteMaintenance.Run(table.File, brief, "PRAGMA main.wal_checkpoint ( truncate )")).Error);
            Task<SqliteResult<IReadOnlyList<IReadOnlyList<SqliteRow>>>> checkpoint = Task.Run(() =>
                SqliteMaintenance.Run(table.File, Options, "PRAGMA wal_checkpoint(TRUNCATE)"));
            reader.Say("go");
            Assert.Equal(0L, (await checkpoint).Value![0][0][0]);
            Assert.Equal(0, new FileInfo(table.File + "-wal").Length);
        }
    }

    [Fact]
    public async Task The_journal_changes_when_the_last_other_user_has_left()
    {
        Table table = Filled("wal");
        using Peer other = Peer.Sqlite(_place, "hold", table.File, "READ").Expect("HELD");
        SqliteOptions brief = Options with { Timeout = TimeSpan.FromMilliseconds(200) };
        Assert.Equal(SqliteError.SqliteBusy, Assert.Throws<SqliteException>(() =>
            SqliteMaintenance.Run(table.File, brief, "PRAGMA journal_mode=DELETE")).Error);
        Task<SqliteResult<IReadOnlyList<IReadOnlyList<SqliteRow>>>> change = Task.Run(() =>
            SqliteMaintenance.Run(table.File, Options, "PRAGMA journal_mode=DELETE"));
        other.Say("go");
        Assert.Equal("delete", (await change).Value![0][0][0]);
        Assert.Equal("wal", One(table, "PRAGMA journal_mode = 'wal'"));
        Assert.Equal((1, 1, "ok"), table.Check());
    }

    [Fact]
    public void When_the_second_of_three_fails_the_first_stays_and_the_third_does_not_run()
    {
        Table table = Filled("wal");
        SqliteException e = Assert.Throws<SqliteException>(() =>
            SqliteMaintenance.Run(table.File, Options, "PRAGMA user_version=7; VACUUM nosuch; PRAGMA user_version=8"));
        Assert.Equal(SqliteOutcome.NotCommitted, e.Outcome);
        Assert.Contains("statement 2 of 3", e.Message, StringComparison.Ordinal);
        Assert.Equal(7L, One(table, "PRAGMA user_version"));
    }

    [Theory]
    [InlineData("PRAGMA user_version=7; INSERT INTO t VALUES('x', 1)")]
    [InlineData("PRAGMA user_version=7; /* VACUUM */ SELECT 1")]
    [InlineData("PRAGMA user_version=7; BEGIN")]
    [InlineData("PRAGMA user_version=7; WITH a AS (SELECT 1) DELETE FROM t")]
    public void What_a_second_run_would_do_twice_is_refused_before_anything_runs(string sql)
    {
        Table table = Filled("wal");
        Assert.Equal(SqliteError.SqliteOptionsInvalid, Assert.Throws<SqliteException>(() => SqliteMaintenance.Run(table.File, Options, sql)).Error);
        Assert.NotEqual(7L, One(table, "PRAGMA user_version"));
        Assert.Equal((1, 1, "ok"), table.Check());
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ;; -- nothing\n")]
    public void A_text_without_a_statement_is_an_error(string sql) =>
        Assert.Equal(SqliteError.SqliteStatementCount, Assert.Throws<SqliteException>(() => SqliteMaintenance.Run(Filled("wal").File, Options, sql)).Error);

    [Fact]
    public void VACUUM_INTO_takes_its_file_as_a_value_and_a_name_with_semicolons_and_refuses_one_that_is_there()
    {
        Table table = Filled("wal");
        string copy = _place.File("a;b 'c'.db");
        SqliteMaintenance.Run(table.File, Options, "VACUUM INTO @file", SqliteParameters.Named(new Dictionary<string, object?> { ["file"] = copy }));
        SqliteMaintenance.Run(table.File, Options, $"VACUUM INTO '{_place.File("d;e.db")}'; PRAGMA user_version");
        Assert.True(File.Exists(_place.File("d;e.db")));
        SqliteException e = Assert.Throws<SqliteException>(() => SqliteMaintenance.Run(table.File, Options, "VACUUM INTO ?", SqliteParameters.Ordered(copy)));
        Assert.Equal(SqliteError.SqliteStatementInvalid, e.Error);
        Assert.Equal((1, 1, "ok"), new Table(_place, "a;b 'c'.db").Check());
    }

    [Fact]
    public void A_database_is_not_made_and_one_that_may_only_be_read_is_checked()
    {
        Assert.Equal(SqliteError.SqliteCannotOpen, Assert.Throws<SqliteException>(() => SqliteMaintenance.Run(_place.File("none.db"), Options, "VACUUM")).Error);
        Table table = Filled("delete");
        string only = _place.NewDirectory("only");
        File.Copy(table.File, Path.Combine(only, "t.db"));
        File.SetAttributes(Path.Combine(only, "t.db"), FileAttributes.ReadOnly);
        Assert.Equal("ok", SqliteMaintenance.Run(Path.Combine(only, "t.db"), Options, "PRAGMA integrity_check").Value![0][0][0]);
    }

    public static TheoryData<string, string, bool> Faults => new()
    {
        { "wal", "VACUUM", false },
        { "wal", "VACUUM", true },
        { "delete", "VACUUM", false },
        { "delete", "VACUUM", true },
        { "wal", "PRAGMA wal_checkpoint(TRUNCATE)", false },
        { "wal", "PRAGMA wal_checkpoint(TRUNCATE)", true },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_call_of_the_system_that_fails_once_is_got_over_and_one_that_stays_costs_no_row(string journal, string sql, bool isDone)
    {
        Table table = Filled(journal);
        var outcomes = new List<string>();
        int step = Scale.Of(7, 1);
        foreach (int times in new[] { 1, 1_000_000 })
        {
            for (int call = 0; ; call += step)
            {
                var plan = new FaultyFiles.Plan { Skip = call, Times = times, IsDone = isDone };
                string outcome;
                using (FaultyFiles.Arm(plan))
                {
                    try
                    {
                        outcome = SqliteMaintenance.Run(table.File, Options with { Timeout = TimeSpan.FromMilliseconds(300), MaxAttempts = 4 }, sql).Outcome.ToString();
                    }
                    catch (SqliteException e)
                    {
                        outcome = e.Outcome.ToString();
                    }
                }

                outcomes.Add(outcome);
                Assert.Equal(1, table.Count("first"));
                if (plan.Hits == 0)
                    break;
            }
        }

        Assert.Contains("Completed", outcomes);
        Assert.DoesNotContain("Committed", outcomes);
        Assert.Contains(outcomes, o => o != "Completed");
        Assert.Equal((1, 1, "ok"), table.Check());
    }
}
