using System;
using ProcessDedup.Sqlite;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Sqlite;

/// <summary>The lock service of a network file system stumbles (cylc-flow: "disk I/O error", SQLITE_IOERR_LOCK).</summary>
public sealed class CylcTests : IDisposable
{
    private readonly TestDirectory _place = new();

    // Files that are open before the tables are changed keep the real ones.
    public CylcTests() => FaultyFiles.Install();

    public void Dispose()
    {
        FaultyFiles.Disarm();
        _place.Dispose();
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(false, 5)]
    [InlineData(true, 1)]
    [InlineData(true, 5)]
    public void It_survives_some_refused_locks_with_one_row(bool atCommit, int times)
    {
        Table table = Prepared();
        using (SqliteRunner runner = table.Runner("delete"))
        {
            runner.Run(tx => tx.Query("SELECT 1"));
            // The write lock is what BEGIN IMMEDIATE takes; the exclusive one after it belongs to COMMIT.
            using IDisposable fault = FaultyFiles.Arm(Refused(times, atCommit ? 2 : 1));
            SqliteResult<bool> result = runner.Run(tx => Table.Insert(tx, "cylc"));
            Assert.Equal(SqliteOutcome.Committed, result.Outcome);
            Assert.True(result.Attempts > 1, $"{result.Attempts} attempts");
        }

        Assert.Equal(1, table.Count("cylc"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void It_fails_hard_if_locks_are_refused_for_ever(bool atCommit)
    {
        Table table = Prepared();
        SqliteException Fails(Func<SqliteOptions, SqliteOptions> limited)
        {
            using SqliteRunner runner = table.Runner("delete", limited);
            runner.Run(tx => tx.Query("SELECT 1"));
            using IDisposable fault = FaultyFiles.Arm(Refused(int.MaxValue, atCommit ? 2 : 1));
            SqliteException failure = Assert.Throws<SqliteException>(() => runner.Run(tx => Table.Insert(tx, "secret-value", 7)));
            Assert.Equal(SqliteError.SqliteIoError, failure.Error);
            Assert.Equal(new SqliteCode(3850), failure.Code);
            Assert.Equal(SqliteOutcome.NotCommitted, failure.Outcome);
            return failure;
        }

        // How many there is time for depends on the machine.
        Fails(o => o with { Timeout = TimeSpan.FromMilliseconds(300) });
        SqliteException failure = Fails(o => o with { MaxAttempts = 4 });
        Assert.Equal(4, failure.Attempts);
        Assert.Contains("SQLITE_IOERR_LOCK (3850)", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-value", failure.Message, StringComparison.Ordinal);
        if (atCommit)
        {
            Assert.Equal(["INSERT INTO t VALUES(@writer, @n) (@writer: text of 12, @n: integer)"], failure.Statements);
            Assert.Contains(failure.Statements[0], failure.Message, StringComparison.Ordinal);
        }

        Assert.Equal(0, table.Count("secret-value"));
    }

    [Theory]
    [InlineData("IOERR_UNLOCK", FileCall.Unlock, "delete", "db")]
    [InlineData("IOERR_DELETE", FileCall.Delete, "delete", "journal")]
    [InlineData("IOERR_FSYNC", FileCall.Sync, "delete", "db")]
    [InlineData("IOERR_FSYNC", FileCall.Sync, "wal", "wal")]
    [InlineData("IOERR_WRITE", FileCall.Write, "wal", "wal")]
    [InlineData("IOERR_WRITE", FileCall.Write, "delete", "db")]
    [InlineData("IOERR_DIR_FSYNC", FileCall.Delete, "delete", "journal")]
    public void After_a_commit_without_an_answer_the_token_tells(string name, FileCall call, string journal, string file)
    {
        Table table = Prepared(journal);
        int code = SqliteCode.FromName(name)!.Value.Number;
        foreach (bool isDone in new[] { false, true })
        {
            string writer = $"{name}-{isDone}";
            using (SqliteRunner runner = table.Runner(journal))
            {
                runner.Run(tx => tx.Query(call == FileCall.Delete ? RemoveJournals : "SELECT 1"));
                IDisposable? fault = null;
                var plan = new FaultyFiles.Plan { Calls = [call], File = file, Code = code, IsDone = isDone };
                int blocks = 0;
                SqliteResult<int> result = runner.Run(tx =>
                {
                    Table.Insert(tx, writer);
                    fault ??= FaultyFiles.Arm(plan);
                    return ++blocks;
                });
                fault!.Dispose();
                Assert.Equal(1, plan.Hits);
                Assert.Equal(SqliteOutcome.Committed, result.Outcome);
                Assert.Equal(2, result.Attempts);
                // A block that did not run again was found committed; its value is that of its only run.
                Assert.Equal(blocks, result.Value);
            }

            Assert.Equal(1, table.Count(writer));
        }
    }

    [Fact]
    public void Where_the_token_cannot_be_looked_up_the_outcome_is_unknown()
    {
        Table table = Prepared();
        SqliteException failure;
        using (SqliteRunner runner = table.Runner("delete", o => o with { Timeout = TimeSpan.FromMilliseconds(100) }))
        {
            runner.Run(tx => tx.Query("SELECT 1"));
            IDisposable? fault = null;
            failure = Assert.Throws<SqliteException>(() => runner.Run(tx =>
            {
                Table.Insert(tx, "lost");
                fault ??= FaultyFiles.Arm(new FaultyFiles.Plan { Calls = [FileCall.Unlock, FileCall.Lock], Skip = 1, Times = int.MaxValue });
            }));
            fault!.Dispose();
        }

        Assert.Equal(SqliteError.SqliteOutcomeUnknown, failure.Error);
        Assert.Equal(SqliteOutcome.Unknown, failure.Outcome);
        Assert.Contains("not known", failure.Message, StringComparison.Ordinal);
        // It was there: "failed" would have been a lie.
        Assert.Equal(1, table.Count("lost"));
    }

    [Fact]
    public void What_is_not_committed_does_not_come_back_with_the_recovery_of_a_log()
    {
        Table table = Prepared("wal");
        // Keeps the log from being emptied when the runner closes its handles.
        using Peer reader = Peer.Sqlite(_place, "hold", table.File, "READ").Expect("HELD");
        using SqliteRunner runner = table.Runner("wal", o => o with { MaxAttempts = 1 });
        // The first transaction of a log also syncs its header, before there are any frames.
        runner.Run(tx => Table.Insert(tx, "second"));
        SqliteException failure = Assert.Throws<SqliteException>(() => runner.Run(tx =>
        {
            Table.Insert(tx, "ghost");
            FaultyFiles.Arm(new FaultyFiles.Plan { Calls = [FileCall.Sync], File = "wal" });
        }));
        FaultyFiles.Disarm();
        Assert.Equal(new SqliteCode(1034), failure.Code);
        Assert.Equal(SqliteOutcome.NotCommitted, failure.Outcome);

        // What a power failure would leave: the file and its log, without the shared memory. Copied by another process,
        // as closing the file in this one would drop SQLite's locks.
        string copy = _place.File("copy.db");
        using (Peer cp = Peer.Run(_place, "cp", table.File, copy))
            Assert.Equal(0, cp.WaitForExit());
        using (Peer cp = Peer.Run(_place, "cp", table.File + "-wal", copy + "-wal"))
            Assert.Equal(0, cp.WaitForExit());
        var recovered = new Table(_place, "copy.db");
        Assert.Equal(1, recovered.Count("first"));
        Assert.Equal(0, recovered.Count("ghost"));
    }

    [Fact]
    public void A_vanished_journal_is_an_alarm()
    {
        Table table = Prepared();
        using SqliteRunner runner = table.Runner("delete");
        runner.Run(tx => tx.Query(RemoveJournals));
        using IDisposable fault = FaultyFiles.Arm(new FaultyFiles.Plan { Calls = [FileCall.Delete], Code = 5898 });
        SqliteException failure = Assert.Throws<SqliteException>(() => runner.Run(tx => Table.Insert(tx, "x")));
        Assert.Equal(5898, failure.Code!.Value.Number);
        Assert.Equal(SqliteOutcome.NotCommitted, failure.Outcome);
        Assert.Equal(1, failure.Attempts);
        Assert.Contains("removes files", failure.NextStep, StringComparison.Ordinal);
    }

    [Fact]
    public void A_vanished_journal_is_told_even_if_the_transaction_is_there()
    {
        Table table = Prepared();
        using (SqliteRunner runner = table.Runner("delete"))
        {
            runner.Run(tx => tx.Query(RemoveJournals));
            using IDisposable fault = FaultyFiles.Arm(new FaultyFiles.Plan { Calls = [FileCall.Delete], Code = 5898, IsDone = true });
            SqliteResult<bool> result = runner.Run(tx => Table.Insert(tx, "x"));
            Assert.Equal(SqliteOutcome.Committed, result.Outcome);
            Assert.Equal(5898, result.Failure?.Code?.Number);
        }

        Assert.Equal(1, table.Count("x"));
    }

    // As every other program does it; ours stay.
    private const string RemoveJournals = "PRAGMA journal_mode=DELETE";

    private Table Prepared(string journal = "delete")
    {
        var table = new Table(_place, $"{Guid.NewGuid():N}.db");
        using SqliteRunner first = table.Runner(journal);
        first.Run(tx => Table.Insert(tx, "first"));
        return table;
    }

    private static FaultyFiles.Plan Refused(int times, int after) => new()
    {
        // SHARED, RESERVED, EXCLUSIVE, in this order, are asked for within one transaction.
        Calls = [FileCall.Lock],
        Code = 3850,
        Skip = after,
        Times = times,
    };
}
