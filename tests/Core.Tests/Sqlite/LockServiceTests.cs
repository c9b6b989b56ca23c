using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using ProcessDedup.Platform;
using ProcessDedup.Sqlite;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Sqlite;

/// <summary>The system refuses locks, as the lock service of a network file system does: errno and all.</summary>
public sealed class LockServiceTests(ITestOutputHelper output) : IDisposable
{
    private readonly TestDirectory _place = new();

    public void Dispose()
    {
        FaultyLocks.Disarm();
        _place.Dispose();
    }

    [Theory]
    [InlineData("delete", 1)]
    [InlineData("delete", 3)]
    [InlineData("wal", 1)]
    [InlineData("wal", 3)]
    public void Whichever_lock_is_refused_for_a_moment_the_row_is_there_once(string journal, int times)
    {
        var table = new Table(_place);
        using (SqliteRunner first = table.Runner(journal))
            first.Run(tx => Table.Insert(tx, "first"));
        var attempts = new List<int>();
        for (int skip = 0; ; skip++)
        {
            using (SqliteRunner runner = table.Runner(journal))
            {
                FaultyLocks.Arm(FaultyLocks.IoError, skip, times);
                SqliteResult<bool> result = runner.Run(tx => Table.Insert(tx, $"w{skip}"));
                attempts.Add(result.Attempts);
                Assert.Equal(SqliteOutcome.Committed, result.Outcome);
                FaultyLocks.Disarm();
            }

            Assert.Equal(1, table.Count($"w{skip}"));
            if (FaultyLocks.Hits == 0)
                break;
        }

        output.WriteLine("attempts: " + string.Join(" ", attempts));
        Assert.Contains(attempts, a => a > 1);
        Assert.Equal("ok", table.Check().Integrity);
    }

    // wal.c: WRITE, CHECKPOINT and RECOVER of the shared memory.
    [Theory]
    [InlineData(120)]
    [InlineData(121)]
    [InlineData(122)]
    public void A_lock_of_the_log_that_the_system_does_not_take_back_keeps_this_process_waiting_for_a_moment_only(long at)
    {
        var table = new Table(_place);
        using (SqliteRunner first = table.Runner())
            first.Run(tx => Table.Insert(tx, "first"));
        int written = 0;
        for (int skip = 0; ; skip++)
        {
            using SqliteRunner idle = table.Runner(), runner = table.Runner();
            FaultyLocks.ArmUnlock(FaultyLocks.NoLocks, at, skip, 1);
            // The one that fails may be the idle connection's, or the writer's own of the transaction before.
            idle.Run(tx => tx.Query("SELECT count(*) FROM t"));
            for (int i = 0; i < 3; i++)
            {
                SqliteResult<bool> result = runner.Run(tx => Table.Insert(tx, "w", written));
                Assert.Equal((SqliteOutcome.Committed, 1), (result.Outcome, result.Attempts));
                written++;
            }

            FaultyLocks.Disarm();
            if (FaultyLocks.Hits == 0)
                break;
            // What another process is to see of it: nothing.
            Assert.Equal("ok", table.Check().Integrity);
        }

        Assert.Equal(written, table.Count("w"));
    }

    [Fact]
    public async Task A_transaction_of_another_thread_is_waited_for_and_not_taken_for_a_lock_left_behind()
    {
        var table = new Table(_place);
        using SqliteRunner first = table.Runner(), second = table.Runner(change: o => o with { Timeout = TimeSpan.Zero });
        first.Run(tx => Table.Insert(tx, "first"));
        second.Run(tx => Table.Insert(tx, "first"));
        using var isOpen = new SemaphoreSlim(0);
        using var mayEnd = new SemaphoreSlim(0);
        Task<SqliteResult<bool>> one = Task.Run(() => first.Run(tx =>
        {
            Table.Insert(tx, "one");
            isOpen.Release();
            mayEnd.Wait(TimeSpan.FromMinutes(1));
        }));
        Assert.True(await isOpen.WaitAsync(TimeSpan.FromMinutes(1)));
        Task<SqliteResult<bool>> two = Task.Run(() => second.Run(tx => Table.Insert(tx, "two")));
        // Not to wait for something: longer than it takes to look for such a lock three times.
        Assert.NotSame(two, await Task.WhenAny(two, Task.Delay(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken)));
        mayEnd.Release();
        Assert.Equal(((SqliteOutcome.Committed, 1), (SqliteOutcome.Committed, 1)), (End(await one), End(await two)));
        Assert.Equal((1, 1), (table.Count("one"), table.Count("two")));

        static (SqliteOutcome, int) End(SqliteResult<bool> result) => (result.Outcome, result.Attempts);
    }

    [Fact]
    public void One_that_is_dead_looks_busy_for_ever_and_the_error_says_so()
    {
        var table = new Table(_place);
        using (SqliteRunner first = table.Runner("delete"))
            first.Run(tx => Table.Insert(tx, "first"));
        using SqliteRunner runner = table.Runner("delete", o => o with { Timeout = TimeSpan.FromMilliseconds(100) });
        FaultyLocks.Arm(FaultyLocks.NoLocks, 0, int.MaxValue);
        SqliteException e = Assert.Throws<SqliteException>(() => runner.Run(tx => Table.Insert(tx, "x")));
        Assert.Equal(SqliteError.SqliteBusy, e.Error);
        Assert.Contains("lock service", e.NextStep, StringComparison.Ordinal);
    }

    [Fact]
    public void One_that_is_dead_is_noticed_long_before_a_budget_without_end()
    {
        Assert.SkipUnless(ProcessIdentity.SeesAll, "in a container nobody can say that there is no holder");
        // A dead service, and a security policy.
        foreach ((string journal, int error) in new[] { ("delete", FaultyLocks.NoLocks), ("wal", FaultyLocks.NoAccess) })
        {
            var table = new Table(_place, journal + ".db");
            using (SqliteRunner first = table.Runner(journal))
                first.Run(tx => Table.Insert(tx, "first"));
            foreach (bool isOpen in new[] { false, true })
            {
                using SqliteRunner runner = table.Runner(journal, o => o with { Timeout = TimeSpan.Zero });
                if (isOpen)
                    runner.Run(tx => tx.Query("SELECT 1"));
                FaultyLocks.Arm(error, 0, int.MaxValue);
                SqliteException e = Assert.Throws<SqliteException>(() => runner.Run(tx => Table.Insert(tx, "x")));
                FaultyLocks.Disarm();
                Assert.Equal((SqliteError.SqliteBusy, SqliteOutcome.NotCommitted), (e.Error, e.Outcome));
                Assert.Contains("no process has a lock on it", e.Message, StringComparison.Ordinal);
                Assert.Contains("lock service", e.NextStep, StringComparison.Ordinal);
                Assert.Empty(e.Holders);
            }

            Assert.Equal(0, table.Count("x"));
        }
    }

    [Theory]
    [InlineData("delete", "IMMEDIATE", SqliteLockKind.Reserved)]
    [InlineData("delete", "READ", SqliteLockKind.Shared)]
    [InlineData("wal", "IMMEDIATE", SqliteLockKind.LogWrite)]
    public void Whoever_is_in_the_way_is_named(string journal, string held, SqliteLockKind kind)
    {
        var table = new Table(_place);
        using (SqliteRunner first = table.Runner(journal))
            first.Run(tx => Table.Insert(tx, "first"));
        using Peer peer = Peer.Sqlite(_place, "hold", table.File, held);
        peer.Expect("HELD");
        using SqliteRunner runner = table.Runner(journal, o => o with { Timeout = TimeSpan.FromMilliseconds(100) });
        SqliteException e = Assert.Throws<SqliteException>(() => runner.Run(tx => Table.Insert(tx, "x")));
        Assert.Equal(SqliteError.SqliteBusy, e.Error);
        Assert.Equal([(peer.Id, kind)], e.Holders.Select(h => (h.ProcessId!.Value, h.Lock)));
        Assert.Contains($"It is held by {e.Holders[0].CommandLine} (PID {peer.Id}, user", e.Cause, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_holder_of_a_file_that_is_mounted_by_itself_is_waited_for()
    {
        Assert.SkipUnless(ProcessIdentity.SeesAll, "in a container nobody can say that there is no holder");
        using Mounted disk = Mounted.Tmpfs(_place, "size=4m");
        var origin = new Table(_place, "mounted/t.db");
        using (SqliteRunner first = origin.Runner("delete"))
            first.Run(tx => Table.Insert(tx, "first"));
        // The directory lies on another file system than the file, and so do the names that the kernel gives both.
        using Mounted file = Mounted.FileAt(_place, origin.File, _place.File("alone.db"));
        await IsWaitedFor(new Table(_place, "alone.db"));
    }

    [Fact]
    public async Task A_holder_that_takes_its_time_is_waited_for()
    {
        var table = new Table(_place);
        using (SqliteRunner first = table.Runner("delete"))
            first.Run(tx => Table.Insert(tx, "first"));
        await IsWaitedFor(table);
    }

    private async Task IsWaitedFor(Table table)
    {
        using Peer peer = Peer.Sqlite(_place, "hold", table.File, "IMMEDIATE");
        peer.Expect("HELD");
        using SqliteRunner runner = table.Runner("delete", o => o with { Timeout = TimeSpan.Zero });
        Task<SqliteResult<bool>> run = Task.Run(() => runner.Run(tx => Table.Insert(tx, "x")));
        // Not to wait for something: longer than it takes to find out that nobody is there.
        Assert.NotSame(run, await Task.WhenAny(run, Task.Delay(TimeSpan.FromSeconds(3), TestContext.Current.CancellationToken)));
        peer.Say("go");
        Assert.Equal(SqliteOutcome.Committed, (await run).Outcome);
    }
}
