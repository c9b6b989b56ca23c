using System;
using ProcessDedup.Sqlite;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Sqlite;

/// <summary>What transactions leave behind: nothing on the connection, and one row for each writer at the same time.</summary>
public sealed class ConnectionStateTests : IDisposable
{
    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public void A_block_that_attaches_a_database_begins_its_second_try_as_the_first()
    {
        var table = new Table(_place);
        using (SqliteRunner first = table.Runner())
            first.Run(tx => Table.Insert(tx, "first"));
        using Peer peer = Peer.Sqlite(_place, "hold", table.File, "IMMEDIATE").Expect("HELD");
        using SqliteRunner runner = table.Runner(change: o => o with { Mode = SqliteTransactionMode.Deferred });
        object? usual = null;
        SqliteResult<bool> result = runner.Run(tx =>
        {
            if (tx.Attempt == 2)
            {
                peer.Say("go");
                peer.Expect("RELEASED");
            }

            object? size = tx.Query("PRAGMA cache_size")[0][0];
            usual ??= size;
            Assert.Equal(usual, size);
            tx.Query("PRAGMA cache_size = 17");
            tx.Execute("ATTACH ? AS a", SqliteParameters.Ordered(_place.File("other.db")));
            tx.Execute("CREATE TEMP TABLE scratch(a)");
            Table.Insert(tx, "x");
        });
        Assert.Equal((SqliteOutcome.Committed, 2), (result.Outcome, result.Attempts));
        Assert.Equal(1, table.Count("x"));
    }

    [Fact]
    public void Calls_one_after_another_leave_one_row_and_processes_that_are_gone_none()
    {
        var table = new Table(_place);
        for (int i = 0; i < 20; i++)
            SqliteRunner.Run(table.File, Table.Options("wal"), tx => tx.Execute("INSERT INTO t VALUES('own', 1)"));
        Assert.Equal(1, Writers(table));
        for (int i = 0; i < 3; i++)
        {
            using Peer peer = Peer.Sqlite(_place, "insert", table.File, "wal", "peer", "2", "0");
            peer.Expect("READY");
            peer.Say("go");
            peer.Await("DONE");
            peer.WaitForExit();
        }

        // The last peer has removed the row of the one before; nobody has removed its own yet.
        Assert.Equal(2, Writers(table));
        using SqliteRunner one = table.Runner(), other = table.Runner();
        one.Run(tx => Table.Insert(tx, "one"));
        other.Run(tx => Table.Insert(tx, "other"));
        Assert.Equal(2, Writers(table));
    }

    [Fact]
    public void The_row_of_a_writer_that_lives_stays()
    {
        var table = new Table(_place);
        using SqliteRunner runner = table.Runner();
        runner.Run(tx => Table.Insert(tx, "first"));
        using (Peer peer = Peer.Sqlite(_place, "insert", table.File, "wal", "peer", "1", "0"))
        {
            peer.Expect("READY");
            peer.Say("go");
            peer.Await("DONE");
        }

        Assert.Equal(2, Writers(table));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_last_writer_leaves_no_large_log_unless_somebody_reads_it(bool isRead)
    {
        var table = new Table(_place);
        using SqliteRunner reader = table.Runner(change: o => o with { Mode = SqliteTransactionMode.Deferred });
        reader.Run(tx => Table.Insert(tx, "first"));
        SqliteRunner.Run(table.File, Table.Options("wal"), tx => tx.Execute("PRAGMA wal_autocheckpoint=0"));
        void Write() => SqliteRunner.Run(table.File, Table.Options("wal"), tx => tx.Execute("INSERT INTO t VALUES('x', zeroblob(3000000))"));
        if (isRead)
            reader.Run(tx => { tx.Query("SELECT count(*) FROM t"); Write(); });
        else
            Write();
        Assert.Equal(isRead, new System.IO.FileInfo(table.File + "-wal").Length > 1 << 20);
        Assert.Equal(1, table.Count("x"));
    }

    private static int Writers(Table table) => (int)(long)SqliteRunner.Run(
        table.File, new SqliteOptions { Mode = SqliteTransactionMode.Deferred },
        tx => tx.Query("SELECT count(*) FROM processdedup_commit")[0][0]).Value!;
}
