using System;
using System.Threading;
using System.Threading.Tasks;
using ProcessDedup.Locks;
using ProcessDedup.Sqlite;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Sqlite;

/// <summary>What the queue before a database may cost: never more than the budget, and never silently.</summary>
public sealed class GateTests : IDisposable
{
    private readonly TestDirectory _place = new();
    private readonly string _file;
    private readonly LockLease _held;

    public GateTests()
    {
        _file = _place.File("t.db");
        SqliteQuery.Run(_file, new SqliteOptions(), null, "CREATE TABLE t(writer, n)");
        _held = OtherFlow.Start(() => FileLock.Acquire(new LockRequest(SqliteOptions.GateBeside(_file)))).Result("the gate is held");
    }

    public void Dispose()
    {
        _held.Dispose();
        _place.Dispose();
    }

    private SqliteOptions Options() => new()
    {
        Gate = SqliteOptions.GateBeside(_file),
        Timeout = TimeSpan.FromMilliseconds(100),
        // As good as never: whoever waits so long to close fails here.
        LongestWaitToClose = TimeSpan.FromHours(1),
    };

    private Task<SqliteOutcome> Insert(SqliteOptions options, CancellationToken cancellation = default) => OtherFlow.Start(
        () => SqliteRunner.Run(_file, options, tx => tx.Execute("INSERT INTO t VALUES('x', 1)"), cancellation).Outcome);

    [Fact]
    public void Closing_waits_no_longer_than_the_budget() =>
        Assert.Equal(SqliteOutcome.Committed, Insert(Options()).Result("the gate is given up with the budget"));

    [Fact]
    public void Closing_does_not_wait_once_it_is_cancelled()
    {
        using var cancellation = new CancellationTokenSource();
        Task<SqliteOutcome> inserting = Insert(Options() with { Timeout = TimeSpan.Zero }, cancellation.Token);
        cancellation.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => inserting.Result("it ends although the gate is held"));
    }

    [Fact]
    public void A_wait_at_the_gate_is_a_wait_for_a_lock_within_a_try()
    {
        SqliteOptions options = Options() with { Timeout = TimeSpan.FromHours(1), BusyTimeout = TimeSpan.FromMilliseconds(20), LongestWaitToClose = TimeSpan.Zero };
        Assert.Equal(SqliteOutcome.Committed, Insert(options).Result("the gate is given up with the busy timeout"));
    }

    [Fact]
    public void A_wait_at_the_gate_is_told()
    {
        // Counted from when it comes to the gate, unlike the budget.
        SqliteOptions options = Options() with { Timeout = TimeSpan.FromHours(1), BusyTimeout = TimeSpan.FromMilliseconds(100), LongestWaitToClose = TimeSpan.Zero };
        SqliteResult<int> result = OtherFlow.Start(
            () => SqliteRunner.Run(_file, options, tx => tx.Execute("INSERT INTO t VALUES('x', 1)"))).Result("it is committed");
        Assert.InRange(result.Waited, TimeSpan.FromMilliseconds(50), TimeSpan.MaxValue);
    }
}
