using System;
using System.IO;
using System.Linq;
using System.Threading;
using ProcessDedup.Sqlite;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Sqlite;

/// <summary>A cache that is missing or broken is made from its primary, by one process, whole or not at all.</summary>
public sealed class RecoveryTests : IDisposable
{
    private const int Rows = 500;

    private readonly TestDirectory _place = new();
    private readonly string _primary;
    private readonly string _cache;

    public RecoveryTests()
    {
        _primary = _place.File("primary.db");
        _cache = _place.File("cache.db");
    }

    public void Dispose() => _place.Dispose();

    [Theory]
    [InlineData("wal")]
    [InlineData("delete")]
    public void A_missing_cache_is_made_from_its_primary(string journal)
    {
        // An open writer: the newest rows are in the log alone.
        using SqliteRunner primary = Primary(journal);
        Assert.Equal(Rows, Count());
        Assert.Equal(SqliteOutcome.Committed, Run(tx => tx.Execute("INSERT INTO t VALUES('own', 1)")).Outcome);
        Assert.Equal(Rows + 1, Count());
        // Marked as ours, so that it may be moved away should it break.
        Assert.Equal((long)SqliteSchema.ApplicationId, Run(tx => tx.Query("PRAGMA application_id")[0][0]).Value);
        Assert.Equal(Rows, primary.Run(tx => tx.Query("SELECT count(*) FROM t")[0][0]).Value is long n ? (int)n : -1);
        AssertNothingLeft();
    }

    [Theory]
    [InlineData(4096)]
    [InlineData(0)]
    public void A_broken_cache_is_moved_away_and_made_again(int from)
    {
        Primary("wal").Dispose();
        using var runner = new SqliteRunner(_cache, Options());
        Assert.Equal(Rows, Count(runner));
        // Of a file without a header nobody can tell whose it was, but who has seen it whole.
        using (var other = new SqliteSession(SqlitePlace.Of(_cache), Options()))
            other.DiscardAll();
        Break(from);
        Assert.Equal(Rows, Count(runner));
        Assert.Single(Broken());
        AssertNothingLeft();
    }

    [Fact]
    public void A_broken_cache_is_recognised_by_a_process_that_has_never_seen_it_whole()
    {
        Primary("wal").Dispose();
        Assert.Equal(Rows, Count());
        Break(4096);
        Assert.Equal(Rows, Count());
        Assert.Single(Broken());
    }

    [Fact]
    public void What_lies_beside_a_missing_cache_is_not_taken_for_its_own()
    {
        Primary("wal").Dispose();
        Assert.Equal(Rows, Count());
        // The log of the cache that somebody has deleted: replayed into the copy it would destroy it.
        using (Peer reader = Peer.Sqlite(_place, "hold", _cache, "READ").Expect("HELD"))
        {
            using Peer writer = Peer.Sqlite(_place, "insert", _cache, "wal", "ghost", "3", "0").Expect("READY");
            writer.Say("GO");
            writer.Await("DONE");
            writer.WaitForExit();
            reader.Kill();
        }

        Assert.NotEqual(0, new FileInfo(_cache + "-wal").Length);
        File.Delete(_cache);
        File.Delete(_cache + "-shm");
        Assert.Equal(Rows, Count());
        Assert.Equal("ok", Run(tx => tx.Query("PRAGMA integrity_check")[0][0]).Value);
        Assert.Equal(0L, Run(tx => tx.Query("SELECT count(*) FROM t WHERE writer = 'ghost'")[0][0]).Value);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Of_many_processes_one_makes_it_and_the_others_wait(bool isBroken)
    {
        Primary("wal").Dispose();
        if (isBroken)
        {
            Assert.Equal(Rows, Count());
            Break(4096);
        }

        Peer[] peers = [.. Enumerable.Range(0, Scale.Of(6, 16)).Select(_ => Reader())];
        foreach (Peer peer in peers)
        {
            Assert.Equal((0, $"n\n{Rows}", string.Empty), peer.Finish());
            peer.Dispose();
        }

        Assert.Equal(isBroken ? 1 : 0, Broken().Length);
        AssertNothingLeft();
    }

    [Fact]
    public void Killed_recoveries_leave_nothing_that_the_next_one_does_not_remove()
    {
        using (SqliteRunner primary = Primary("wal"))
            primary.Run(tx => tx.Execute("INSERT INTO t SELECT hex(zeroblob(50000)), 0 FROM t"));
        for (int i = 0; i < Scale.Of(3, 30); i++)
        {
            using Peer killed = Reader();
            Eventually.True(() => killed.HasExited || Directory.GetFiles(_place.Path, "*.recovering-*").Length > 0, "the copy has begun");
            killed.Kill();
            if (File.Exists(_cache))
            {
                // It was faster.
                foreach (string file in Directory.GetFiles(_place.Path, "cache.db*"))
                    File.Delete(file);
            }
        }

        Assert.Equal(2 * Rows, Count());
        Assert.Equal("ok", Run(tx => tx.Query("PRAGMA integrity_check")[0][0]).Value);
        AssertNothingLeft();
    }

    [Theory]
    [InlineData("missing", "does not exist")]
    [InlineData("text", "damaged")]
    [InlineData("broken", "damaged")]
    public void A_primary_that_is_of_no_use_is_told_and_the_cache_is_not_made(string kind, string reason)
    {
        if (kind == "text")
            File.WriteAllText(_primary, new string('x', 5000));
        if (kind == "broken")
        {
            Primary("delete").Dispose();
            byte[] bytes = File.ReadAllBytes(_primary);
            Array.Fill(bytes, (byte)0x5a, 4096, bytes.Length - 4096);
            File.WriteAllBytes(_primary, bytes);
        }

        SqliteException e = Assert.Throws<SqliteException>(() => Count());
        Assert.Equal(SqliteError.SqliteRecoveryFailed, e.Error);
        Assert.Contains(reason, e.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(_cache));
        AssertNothingLeft();
    }

    [Fact]
    public void A_primary_that_is_busy_for_too_long_makes_the_cache_skip()
    {
        Primary("delete").Dispose();
        using Peer holder = Peer.Sqlite(_place, "hold", _primary, "EXCLUSIVE").Expect("HELD");
        SqliteResult<object?> result = Run(tx => tx.Query("SELECT count(*) FROM t")[0][0], TimeSpan.FromMilliseconds(200));
        Assert.Equal(SqliteOutcome.Skipped, result.Outcome);
        Assert.Equal(SqliteCode.Busy, result.Failure!.Code!.Value.Primary);
        Assert.False(File.Exists(_cache));
    }

    [Fact]
    public void Who_waits_for_a_recovery_waits_no_longer_than_its_own_time()
    {
        Primary("delete").Dispose();
        using Locks.LockLease other = Locks.FileLock.Acquire(new Locks.LockRequest(SqliteQuarantine.LockOf(SqlitePlace.Of(_cache))));
        SqliteResult<object?> result = default!;
        var thread = new Thread(() => result = Run(tx => tx.Query("SELECT 1")[0][0], TimeSpan.FromMilliseconds(200)));
        using (ExecutionContext.SuppressFlow())
            thread.Start();
        Assert.True(thread.Join(Peer.Patience));
        Assert.Equal(SqliteOutcome.Skipped, result.Outcome);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_cache_is_made_though_the_time_for_waits_is_over_before_it_begins(bool isBroken)
    {
        Primary("wal").Dispose();
        if (isBroken)
        {
            Assert.Equal(Rows, Count());
            Break(4096);
        }

        using var runner = new SqliteRunner(_cache, Options(TimeSpan.FromTicks(1)));
        Assert.Equal(Rows, Count(runner));
        Assert.Equal(isBroken ? 1 : 0, Broken().Length);
    }

    [Fact]
    public void Contradictions_are_refused()
    {
        foreach (SqliteOptions wrong in new[] { Options() with { Role = SqliteRole.Primary }, Options() with { RecoverFrom = _cache } })
            Assert.Equal(SqliteError.SqliteOptionsInvalid, Assert.Throws<SqliteException>(() => new SqliteRunner(_cache, wrong)).Error);
    }

    [Fact]
    public void It_can_be_cancelled_and_leaves_nothing()
    {
        Primary("wal").Dispose();
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        using var runner = new SqliteRunner(_cache, Options());
        Assert.ThrowsAny<OperationCanceledException>(() => runner.Run(tx => tx.Query("SELECT 1"), cancelled.Token));
        Assert.False(File.Exists(_cache));
        AssertNothingLeft();
    }

    private Peer Reader() => Peer.Procdedup(
        _place, "sqlite", _cache, "--role", "cache", "--recover-from", _primary, "--timeout-sec", "60", "--tsv",
        "--query", "SELECT count(writer) AS n FROM t NOT INDEXED");

    private SqliteRunner Primary(string journal)
    {
        var runner = new SqliteRunner(_primary, Table.Options(journal));
        runner.Run(tx =>
        {
            for (int i = 0; i < Rows; i++)
                tx.Execute("INSERT INTO t VALUES(?, ?)", SqliteParameters.Ordered(new string('x', 100), i));
        });
        return runner;
    }

    private SqliteOptions Options(TimeSpan? timeout = null) => new()
    {
        Role = SqliteRole.Cache,
        Timeout = timeout ?? TimeSpan.FromSeconds(60),
        RecoverFrom = _primary,
    };

    private SqliteResult<T> Run<T>(Func<SqliteTransaction, T> block, TimeSpan? timeout = null) =>
        SqliteRunner.Run(_cache, Options(timeout), block);

    private int Count()
    {
        using var runner = new SqliteRunner(_cache, Options());
        return Count(runner);
    }

    private static int Count(SqliteRunner runner) =>
        (int)(long)runner.Run(tx => tx.Query("SELECT count(writer) FROM t NOT INDEXED")[0][0]).Value!;

    private void Break(int from)
    {
        byte[] bytes = File.ReadAllBytes(_cache);
        Array.Fill(bytes, (byte)0x5a, from, bytes.Length - from);
        File.WriteAllBytes(_cache, bytes);
    }

    private string[] Broken() => [.. Directory.GetFiles(_place.Path, "cache.db.broken-*").Where(f => !f.EndsWith("-wal", StringComparison.Ordinal) && !f.EndsWith("-shm", StringComparison.Ordinal))];

    private void AssertNothingLeft() => Assert.Empty(Directory.GetFiles(_place.Path, "*.recovering-*"));
}
