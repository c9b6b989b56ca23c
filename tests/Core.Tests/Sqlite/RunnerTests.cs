using System;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using ProcessDedup.Sqlite;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Sqlite;

/// <summary>Blocks that fail, others that are in the way, and budgets.</summary>
public sealed class RunnerTests : IDisposable
{
    private readonly TestDirectory _place = new();

    public RunnerTests() => FaultyFiles.Install();

    public void Dispose()
    {
        FaultyFiles.Disarm();
        _place.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Foreign_keys_are_enforced_exactly_if_that_is_asked_for(bool asked)
    {
        using var place = new TestDirectory();
        using var runner = new SqliteRunner(place.File("keys.db"), new SqliteOptions { ForeignKeys = asked });
        runner.Run(tx => tx.Execute("CREATE TABLE parent(id INTEGER PRIMARY KEY)"));
        runner.Run(tx => tx.Execute("CREATE TABLE child(id INTEGER REFERENCES parent)"));
        SqliteException? failure = Record.Exception(() => runner.Run(tx => tx.Execute("INSERT INTO child VALUES(7)"))) as SqliteException;
        Assert.Equal(asked ? SqliteError.SqliteConstraint : null, failure?.Error);
        foreach (string pragma in new[] { "PRAGMA foreign_keys=ON", "  pragma main.foreign_keys ( 1 )", "/* x */ PRAGMA\nForeign_Keys\n= 0", "PRAGMA \"foreign_keys\"=1", "PRAGMA[main].[foreign_keys]=1",
            "pragma `main` . `Foreign_Keys`(on)", "PRAGMA 'foreign_keys' = 1", "PRAGMA /* ; */ \"main\"/**/.foreign_keys -- x\n=1" })
            Assert.Contains("-ForeignKeys", Assert.Throws<SqliteException>(() => runner.Run(tx => tx.Execute(pragma))).Message, StringComparison.Ordinal);
        Assert.Equal(asked ? 1L : 0L, runner.Run(tx => tx.Query("PRAGMA foreign_keys")[0][0]).Value);
    }

    [Fact]
    public void An_error_of_the_block_rolls_back_and_comes_through()
    {
        var table = new Table(_place);
        using SqliteRunner runner = table.Runner();
        Assert.Throws<InvalidTimeZoneException>(() => runner.Run(tx =>
        {
            Table.Insert(tx, "x");
            throw new InvalidTimeZoneException();
        }));
        Assert.Equal(0, table.Count("x"));
        Assert.Equal(SqliteOutcome.Committed, runner.Run(tx => Table.Insert(tx, "y")).Outcome);
    }

    [Fact]
    public void A_block_may_catch_a_constraint_and_go_on()
    {
        using var runner = new SqliteRunner(_place.File("u.db"));
        SqliteResult<int> result = runner.Run(tx =>
        {
            tx.Execute("CREATE TABLE u(x UNIQUE)");
            tx.Execute("INSERT INTO u VALUES(1)");
            SqliteException e = Assert.Throws<SqliteException>(() => tx.Execute("INSERT INTO u VALUES(1)"));
            Assert.Equal(SqliteError.SqliteConstraint, e.Error);
            Assert.True(e.Code!.Value.Matches(SqliteCode.Constraint));
            return tx.Execute("INSERT INTO u VALUES(2)");
        });
        Assert.Equal(1, result.Value);
        Assert.Equal(2L, runner.Run(tx => tx.Query("SELECT count(*) FROM u")[0][0]).Value);
    }

    [Fact]
    public void A_statement_that_rolls_back_by_itself_fails_the_whole()
    {
        using var runner = new SqliteRunner(_place.File("u.db"));
        runner.Run(tx => tx.Execute("CREATE TABLE u(x UNIQUE)"));
        Assert.Throws<SqliteException>(() => runner.Run(tx =>
        {
            tx.Execute("INSERT INTO u VALUES(1)");
            Record.Exception(() => tx.Execute("INSERT OR ROLLBACK INTO u VALUES(1)"));
            tx.Execute("INSERT INTO u VALUES(2)");
        }));
        Assert.Equal(0L, runner.Run(tx => tx.Query("SELECT count(*) FROM u")[0][0]).Value);
    }

    [Fact]
    public void A_transaction_cannot_be_used_after_its_end_nor_within_itself()
    {
        using SqliteRunner runner = new Table(_place).Runner();
        SqliteTransaction? kept = null;
        runner.Run(tx => { kept = tx; });
        Assert.Equal(SqliteError.SqliteTransactionEnded, Assert.Throws<SqliteException>(() => kept!.Query("SELECT 1")).Error);
        Assert.Equal(
            SqliteError.SqliteTransactionControl,
            Assert.Throws<SqliteException>(() => runner.Run(tx => { runner.Run(inner => { }); })).Error);
    }

    [Fact]
    public void Somebody_in_the_way_is_waited_for_and_the_block_runs_once()
    {
        var table = new Table(_place);
        using SqliteRunner runner = table.Runner();
        runner.Run(tx => Table.Insert(tx, "first"));
        using Peer holder = Peer.Sqlite(_place, "hold", table.File, "IMMEDIATE").Expect("HELD");
        int blocks = 0;
        Task<SqliteResult<bool>> waiting = OtherFlow.Start(() => runner.Run(tx =>
        {
            blocks++;
            Table.Insert(tx, "x");
        }));
        holder.Say("go");
        holder.Expect("RELEASED");
        Assert.Equal(SqliteOutcome.Committed, waiting.Result("the transaction").Outcome);
        Assert.Equal(1, blocks);
        Assert.Equal(1, table.Count("x"));
    }

    [Fact]
    public void A_reader_at_COMMIT_is_waited_for_in_place()
    {
        var table = new Table(_place);
        using SqliteRunner runner = table.Runner("delete");
        runner.Run(tx => Table.Insert(tx, "first"));
        using Peer reader = Peer.Sqlite(_place, "hold", table.File, "READ").Expect("HELD");
        int blocks = 0;
        using var inside = new ManualResetEventSlim();
        Task<SqliteResult<bool>> waiting = OtherFlow.Start(() => runner.Run(tx =>
        {
            blocks++;
            Table.Insert(tx, "x");
            inside.Set();
        }));
        Assert.True(inside.Wait(Peer.Patience));
        reader.Say("go");
        reader.Expect("RELEASED");
        Assert.Equal(1, waiting.Result("the transaction").Attempts);
        Assert.Equal(1, blocks);
    }

    [Fact]
    public void When_the_budget_is_spent_a_primary_fails_and_a_cache_is_skipped()
    {
        var table = new Table(_place);
        using (SqliteRunner first = table.Runner())
            first.Run(tx => Table.Insert(tx, "first"));
        using Peer holder = Peer.Sqlite(_place, "hold", table.File, "IMMEDIATE").Expect("HELD");
        using SqliteRunner primary = table.Runner("wal", o => o with { Timeout = TimeSpan.FromMilliseconds(50) });
        SqliteException e = Assert.Throws<SqliteException>(() => primary.Run(tx => Table.Insert(tx, "x")));
        Assert.Equal(SqliteError.SqliteBusy, e.Error);
        Assert.Equal(SqliteOutcome.NotCommitted, e.Outcome);
        Assert.True(e.Waited > TimeSpan.Zero);
        using SqliteRunner cache = table.Runner("wal", o => o with { Role = SqliteRole.Cache, Timeout = TimeSpan.FromMilliseconds(50) });
        SqliteResult<bool> result = cache.Run(tx => Table.Insert(tx, "x"));
        Assert.Equal(SqliteOutcome.Skipped, result.Outcome);
        Assert.Equal(SqliteError.SqliteBusy, result.Failure!.Error);
    }

    [Fact]
    public void Waiting_ends_when_it_is_cancelled()
    {
        var table = new Table(_place);
        using SqliteRunner runner = table.Runner("wal", o => o with { Timeout = TimeSpan.Zero });
        runner.Run(tx => Table.Insert(tx, "first"));
        using Peer holder = Peer.Sqlite(_place, "hold", table.File, "IMMEDIATE").Expect("HELD");
        using var stop = new CancellationTokenSource();
        Task<SqliteResult<bool>> waiting = OtherFlow.Start(() => runner.Run(tx => Table.Insert(tx, "x"), stop.Token));
        stop.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => waiting.Result("the end of the wait"));
    }

    [Fact]
    public void A_statement_under_way_ends_when_it_is_cancelled()
    {
        var table = new Table(_place);
        using SqliteRunner runner = table.Runner();
        using var stop = new CancellationTokenSource();
        using var inside = new ManualResetEventSlim();
        Task<SqliteResult<bool>> endless = OtherFlow.Start(() => runner.Run(
            tx =>
            {
                Table.Insert(tx, "x");
                inside.Set();
                tx.Query("WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c");
            },
            stop.Token));
        Assert.True(inside.Wait(Peer.Patience));
        // It may come before the statement runs, when an interrupt alone is without effect.
        stop.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => endless.Result("the end of the statement"));
        Assert.Equal(0, table.Count("x"));
    }

    [Theory]
    [InlineData("wal")]
    [InlineData("delete")]
    public void A_deferred_transaction_that_read_what_is_stale_runs_again(string journal)
    {
        var table = new Table(_place);
        using SqliteRunner other = table.Runner(journal, o => o with { Timeout = TimeSpan.FromMilliseconds(20) });
        using SqliteRunner runner = table.Runner(journal, o => o with { Mode = SqliteTransactionMode.Deferred });
        other.Run(tx => Table.Insert(tx, "first"));
        using Peer? holder = journal == "wal" ? null : Peer.Sqlite(_place, "hold", table.File, "IMMEDIATE").Expect("HELD");
        SqliteResult<object?> result = runner.Run(tx =>
        {
            object? seen = tx.Query("SELECT count(*) FROM t")[0][0];
            if (tx.Attempt == 1 && holder is null)
                other.Run(foreign => Table.Insert(foreign, "foreign"));
            if (tx.Attempt == 2)
                holder?.Say("go");
            Table.Insert(tx, "x");
            return seen;
        });
        Assert.True(result.Attempts > 1);
        Assert.Equal(holder is null ? 2L : 1L, result.Value);
        Assert.Equal(1, table.Count("x"));
    }

    [Fact]
    public void Threads_that_share_a_runner_take_turns()
    {
        var table = new Table(_place);
        using SqliteRunner runner = table.Runner();
        Parallel.For(0, 4, thread =>
        {
            for (int i = 0; i < 25; i++)
                runner.Run(tx => Table.Insert(tx, "x", i));
        });
        Assert.Equal(100, table.Count("x"));
    }

    [Fact]
    public void Reopening_closes_the_idle_connections_of_other_runners_too()
    {
        var table = new Table(_place);
        using SqliteRunner one = table.Runner();
        using SqliteRunner other = table.Runner();
        one.Run(tx => Table.Insert(tx, "one"));
        other.Run(tx => Table.Insert(tx, "other"));
        Assert.Equal(2, Descriptors(table.File));
        SqliteCode protocol = SqliteCode.Protocol;
        int seen = -1;
        using (FaultyFiles.Arm(new FaultyFiles.Plan { Calls = [FileCall.SharedLock], Code = protocol.Number }))
        {
            SqliteResult<bool> result = one.Run(tx =>
            {
                seen = Descriptors(table.File);
                Table.Insert(tx, "again");
            });
            Assert.Equal(2, result.Attempts);
        }

        Assert.Equal(1, seen);
        other.Run(tx => Table.Insert(tx, "other"));
        Assert.Equal(2, table.Count("other"));
    }

    [Fact]
    public void Most_attempts_are_counted()
    {
        var table = new Table(_place);
        using SqliteRunner runner = table.Runner("delete", o => o with { MaxAttempts = 3 });
        runner.Run(tx => Table.Insert(tx, "first"));
        using IDisposable fault = FaultyFiles.Arm(new FaultyFiles.Plan { Calls = [FileCall.Lock], Times = int.MaxValue });
        SqliteException e = Assert.Throws<SqliteException>(() => runner.Run(tx => Table.Insert(tx, "x")));
        Assert.Equal(3, e.Attempts);
    }

    private static int Descriptors(string file) => Directory.GetFiles("/proc/self/fd")
        .Count(fd => new FileInfo(fd).LinkTarget == file);
}
