using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using ProcessDedup.Locks;
using ProcessDedup.Sqlite;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Sqlite;

/// <summary>A lock that is tied to a transaction lasts exactly as long as it does, however it ends.</summary>
public sealed class TransactionLockTests : IDisposable
{
    private readonly TestDirectory _place = new();
    private readonly Table _table;
    private readonly LockTarget _lock;

    public TransactionLockTests()
    {
        FaultyFiles.Install();
        _table = new Table(_place);
        _lock = _place.Named("tied");
        using SqliteRunner first = _table.Runner();
        first.Run(tx => Table.Insert(tx, "first"));
    }

    public void Dispose()
    {
        FaultyFiles.Disarm();
        _place.Dispose();
    }

    private void AssertFree()
    {
        using Peer peer = Peer.Locker(_place, "hold", "tied", "--no-wait");
        peer.Await("HELD");
    }

    private void AssertHeld()
    {
        using Peer peer = Peer.Locker(_place, "hold", "tied", "--no-wait");
        Assert.StartsWith("ERROR LockBusy", peer.Read("busy"), StringComparison.Ordinal);
    }

    [Fact]
    public void It_is_held_in_the_block_and_free_after_the_commit()
    {
        using SqliteRunner runner = _table.Runner();
        runner.Run(tx =>
        {
            tx.TakeLock(_lock, "moving rows");
            Table.Insert(tx, "w");
            AssertHeld();
        });
        AssertFree();
        Assert.Equal(1, _table.Count("w"));
    }

    [Fact]
    public void It_is_free_after_a_rollback()
    {
        using SqliteRunner runner = _table.Runner();
        Assert.Throws<InvalidOperationException>(() => runner.Run(tx =>
        {
            tx.TakeLock(_lock);
            Table.Insert(tx, "w");
            throw new InvalidOperationException();
        }));
        AssertFree();
        Assert.Equal(0, _table.Count("w"));
    }

    [Fact]
    public void It_is_free_after_a_cancellation_also_of_the_wait_for_it()
    {
        using SqliteRunner runner = _table.Runner();
        using (var cancellation = new CancellationTokenSource())
        {
            Assert.ThrowsAny<OperationCanceledException>(() => runner.Run(
                tx =>
                {
                    tx.TakeLock(_lock);
                    cancellation.Cancel();
                    tx.Query("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) SELECT count(*) FROM n");
                },
                cancellation.Token));
            AssertFree();
        }

        using Peer holder = Peer.Locker(_place, "hold", "tied").Expect("HELD");
        using var second = new CancellationTokenSource();
        Task<bool> waiting = OtherFlow.Start(() => runner.Run(tx => tx.TakeLock(_lock) is null, second.Token).Value);
        KernelView.AwaitWaiters(_lock.LockFile, 1);
        second.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => waiting.Result("the end of the wait"));
    }

    [Fact]
    public void It_is_taken_anew_when_the_block_runs_again()
    {
        using SqliteRunner runner = _table.Runner();
        runner.Run(tx => Table.Insert(tx, "warm"));
        var runs = new List<int>();
        using (FaultyFiles.Arm(new FaultyFiles.Plan { Calls = [FileCall.Sync], Times = 1 }))
        {
            SqliteResult<bool> result = runner.Run(tx =>
            {
                runs.Add(tx.Attempt);
                tx.TakeLock(_lock);
                Table.Insert(tx, "again");
            });
            Assert.Equal(SqliteOutcome.Committed, result.Outcome);
        }

        Assert.True(runs.Count > 1, "the block ran again");
        AssertFree();
        Assert.Equal(1, _table.Count("again"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void It_is_free_when_the_outcome_of_the_commit_had_to_be_looked_up(bool isForEver)
    {
        using (SqliteRunner runner = _table.Runner("wal", o => o with { Timeout = TimeSpan.FromMilliseconds(50) }))
        using (FaultyFiles.Arm(new FaultyFiles.Plan { Calls = [FileCall.Sync], Times = isForEver ? int.MaxValue : 1, IsDone = true }))
        {
            _ = Record.Exception(() => runner.Run(tx =>
            {
                tx.TakeLock(_lock);
                Table.Insert(tx, "w");
            }));
        }

        AssertFree();
    }

    [Fact]
    public void It_is_free_and_nothing_is_there_when_the_process_is_killed()
    {
        using (Peer peer = Peer.Sqlite(_place, "with-lock", _table.File, "tied").Expect("HELD"))
        {
            AssertHeld();
            peer.Kill();
        }

        AssertFree();
        Assert.Equal(0, _table.Count("with-lock"));
    }

    [Fact]
    public void The_wait_for_it_ends_with_the_budget_of_the_transaction()
    {
        using Peer holder = Peer.Locker(_place, "hold", "tied").Expect("HELD");
        using SqliteRunner runner = _table.Runner("wal", o => o with { Timeout = TimeSpan.FromMilliseconds(200) });
        LockException late = Expect.Error(LockError.LockTimeout, () => runner.Run(tx =>
        {
            Table.Insert(tx, "w");
            tx.TakeLock(_lock);
        }));
        Assert.Contains($"PID {holder.Id}", late.Message, StringComparison.Ordinal);
        Assert.Equal(0, _table.Count("w"));
        // The transaction is over, and the connection of use.
        runner.Run(tx => Table.Insert(tx, "w"));
    }

    [Fact]
    public void Holder_and_writer_that_want_what_the_other_has_part_when_the_budget_is_spent()
    {
        using Peer holder = Peer.Sqlite(_place, "lock-then-write", _table.File, "tied").Expect("HELD");
        using (SqliteRunner runner = _table.Runner("wal", o => o with { Timeout = TimeSpan.FromSeconds(1) }))
        {
            Expect.Error(LockError.LockTimeout, () => runner.Run(tx =>
            {
                Table.Insert(tx, "w");
                holder.Say("write");
                tx.TakeLock(_lock);
            }));
        }

        holder.Expect("WRITTEN");
        Assert.Equal((0, 1), (_table.Count("w"), _table.Count("lock-then-write")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_lock_that_is_lost_rolls_back(bool isNoticedBefore)
    {
        using SqliteRunner runner = _table.Runner();
        Expect.Error(LockError.LockLost, () => runner.Run(tx =>
        {
            tx.TakeLock(_lock);
            Table.Insert(tx, "w");
            System.IO.File.Delete(_lock.LockFile);
            LockLease lease = HeldLocks.All()[0];
            if (isNoticedBefore)
                Eventually.True(() => lease.IsLost, "the loss is noticed");
        }));
        Assert.Equal(0, _table.Count("w"));
    }

    [Fact]
    public void It_cannot_be_taken_twice_nor_after_the_end()
    {
        using SqliteRunner runner = _table.Runner();
        SqliteTransaction? kept = null;
        runner.Run(tx =>
        {
            kept = tx;
            tx.TakeLock(_lock);
            Expect.Error(LockError.LockReentered, () => tx.TakeLock(_lock));
        });
        Assert.Equal(SqliteError.SqliteTransactionEnded, Assert.Throws<SqliteException>(() => kept!.TakeLock(_lock)).Error);
        AssertFree();
    }
}
