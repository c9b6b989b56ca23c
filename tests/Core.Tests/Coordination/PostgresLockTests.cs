using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Threading.Tasks;
using ProcessDedup.Coordination;
using ProcessDedup.Locks;
using ProcessDedup.Postgres;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Coordination;

/// <summary>The suite on PostgreSQL, and what only a coordinator can do.</summary>
public sealed class PostgresLockTests : LockSuite
{
    private readonly PostgresServer _server;
    private readonly string _connection;
    private readonly Coordinator _fleet;

    public PostgresLockTests(PostgresServer server)
        : base(machines: 3)
    {
        _server = server;
        _connection = server.NewDatabase();
        _fleet = PostgresCoordinator.Open(_connection);
    }

    protected override Coordinator? Fleet => _fleet;

    protected override string[] PeerArguments => ["--coordinator", _connection];

    public override void Dispose()
    {
        _fleet.Dispose();
        base.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public void Each_holder_has_a_higher_fence_than_the_one_before()
    {
        long last = 0;
        for (int i = 0; i < 5; i++)
        {
            using LockLease lease = FileLock.Acquire(Wanted());
            Assert.True(lease.Fence > last);
            last = lease.Fence!.Value;
        }

        Peer holder = Other(There, "hold", "artifact");
        long other = Fence(holder);
        Assert.True(other > last);
        Task<LockLease> wait = StartWaiting(Wanted());
        holder.Kill();
        using LockLease after = wait.Result("the grant");
        Assert.True(after.Fence > other);
    }

    [Fact]
    public void A_holder_whose_session_is_ended_is_told_and_a_waiter_goes_on()
    {
        Peer holder = Other(There, "hold", "artifact");
        long fence = Fence(holder);
        Task<LockLease> wait = StartWaiting(Wanted());
        Assert.Equal(1, PostgresServer.Terminate(_connection, "pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted)"));
        holder.Expect("LOST artifact");
        using LockLease lease = wait.Result("the grant");
        Assert.True(lease.Fence > fence);
        holder.EndInput();
        holder.Expect("RELEASED");
        // What the one before gives back is not the lock of the one after.
        Assert.Null(OtherFlow.Start(() => FileLock.TryAcquireAll(new LockRequest(There.Named("artifact")) { Coordinator = Fleet })).Result("a look"));
        Assert.False(lease.IsLost);
    }

    [Fact]
    public void The_error_of_a_lost_lock_says_why()
    {
        using LockLease lease = FileLock.Acquire(Wanted());
        Assert.Null(lease.Loss);
        PostgresServer.Terminate(_connection);
        Assert.True(lease.Lost.WaitHandle.WaitOne(Peer.Patience), "the loss is told");
        Assert.True(lease.IsLost);
        Assert.Equal(LockError.LockLost, lease.Loss!.Error);
        Assert.Contains("terminating connection due to administrator command", lease.Loss.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(PostgresServer.Secret, lease.Loss.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_holder_frozen_past_its_session_is_told_when_it_wakes_and_has_a_lower_fence()
    {
        Peer holder = Other(There, "hold", "artifact");
        long fence = Fence(holder);
        holder.Signal("STOP");
        // Frozen it still holds the lock: only the end of its session takes it away.
        Assert.Null(FileLock.TryAcquireAll(Wanted()));
        PostgresServer.Terminate(_connection, $"application_name LIKE 'procdedup {holder.Id.ToString(CultureInfo.InvariantCulture)} %'");
        using LockLease lease = FileLock.Acquire(Wanted() with { Timeout = TimeSpan.FromSeconds(60) });
        Assert.True(lease.Fence > fence);
        holder.Signal("CONT");
        holder.Expect("LOST artifact");
    }

    [Fact]
    public void The_late_write_of_a_frozen_holder_is_refused()
    {
        PostgresServer.Sql(_connection, "CREATE TABLE target(fence bigint NOT NULL, value text); INSERT INTO target VALUES (0, NULL)");
        Peer first = Other(There, "fenced", "artifact");
        long fence = Fence(first);
        first.Say("a");
        first.Expect("WRITTEN");
        first.Signal("STOP");
        // What it does when it wakes, before anybody can tell it anything.
        first.Say("late");
        PostgresServer.Terminate(_connection, $"application_name LIKE 'procdedup {first.Id.ToString(CultureInfo.InvariantCulture)} %'");
        Peer second = Other(Here, "fenced", "artifact");
        Assert.True(Fence(second) > fence);
        second.Say("b");
        second.Expect("WRITTEN");
        first.Signal("CONT");
        Assert.Equal(["LOST", "REFUSED"], new[] { first.Read("the end of a frozen holder"), first.Read("both") }.Order());
        Assert.Equal("b", PostgresServer.Ask<string>(_connection, "SELECT value FROM target"));
        second.Say("c");
        second.Expect("WRITTEN");
    }

    [Fact]
    public void Waiters_whose_sessions_are_ended_wait_on()
    {
        Peer holder = Holder();
        Task<LockLease> wait = StartWaiting(Wanted());
        Assert.Equal(1, PostgresServer.Terminate(_connection, "pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)"));
        Eventually.True(() => _fleet.Inspect("artifact")[0] is { Holders.Count: 1, Waiters.Count: 1 }, "it waits again");
        Assert.False(wait.IsCompleted);
        holder.EndInput();
        wait.Result("the grant").Dispose();
    }

    [Theory]
    [InlineData("fast")]
    [InlineData("immediate")]
    public void A_server_that_restarts_takes_locks_away_and_lets_waiters_go_on(string mode)
    {
        Peer holder = Other(There, "hold", "artifact");
        long fence = Fence(holder);
        Task<LockLease> wait = StartWaiting(Wanted());
        _server.Restart(mode);
        holder.Expect("LOST artifact");
        using LockLease lease = wait.Result("the grant after the restart");
        Assert.True(lease.Fence > fence, "also across a crash no fence comes twice");
        Eventually.True(() => _fleet.Inspect("artifact")[0] is { Holders: [{ ProcessId: { } id }] } && id == Environment.ProcessId, "the one holder");
    }

    [Fact]
    public void After_a_crash_of_the_server_the_numbers_go_on_behind_all_that_it_may_have_forgotten()
    {
        long before;
        using (LockLease lease = FileLock.Acquire(Wanted()))
            before = lease.Fence!.Value;
        Assert.InRange(before, 1, 1000);
        _server.Restart("fast");
        using (LockLease lease = FileLock.Acquire(Wanted()))
            Assert.InRange(lease.Fence!.Value, before + 1, before + 100);
        _server.Restart("immediate");
        // As if all of it had been forgotten.
        PostgresServer.Sql(_connection, "SELECT setval('procdedup.fence', 1)");
        using (LockLease lease = FileLock.Acquire(Wanted()))
            Assert.True(lease.Fence > before + 1_000_000);
        _server.Restart("immediate");
        Assert.True(PostgresServer.Ask<long>(_connection, "SELECT procdedup.lock_in_transaction('other')") > before + 1_001_000_000);
    }

    [Fact]
    public void A_network_that_falls_silent_is_noticed_within_seconds()
    {
        using var relay = new Relay(_server.Port);
        using Coordinator behind = PostgresCoordinator.Open(relay.Through(_connection));
        using LockLease lease = FileLock.Acquire(Wanted() with { Coordinator = behind });
        Eventually.True(() => _fleet.Inspect("artifact")[0].Holders is [{ User: not null }], "the record of the holder");
        var clock = Stopwatch.StartNew();
        relay.Silence();
        Assert.True(lease.Lost.WaitHandle.WaitOne(Peer.Patience), "the loss is told");
        // Before the 25 seconds are over, after which the server takes a vanished machine's locks away.
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(20));
        Assert.Contains("did not answer", lease.Loss!.Message, StringComparison.Ordinal);
        lease.Dispose();
        // This machine's lock is free, although the server was not told.
        FileLock.Acquire(Wanted() with { Coordinator = null, NoWait = true }).Dispose();
        relay.Resume();
    }

    [Fact]
    public void Two_hundred_waiters_of_a_machine_need_one_connection()
    {
        Peer holder = Holder();
        const int waiters = 200;
        Task<LockLease>[] waits = [.. Enumerable.Range(0, waiters).Select(_ => OtherFlow.Start(() => FileLock.Acquire(Wanted() with { Coordinator = _fleet })))];
        Eventually.True(() => _fleet.Inspect("artifact")[0].Waiters.Count == 1, "the machine waits");
        // The holder and the waiter.
        Eventually.True(
            () => Connections() == 2, "two connections");
        holder.EndInput();
        Task<bool>[] ends = [.. waits.Select(w => w.ContinueWith(t => { t.Result.Dispose(); return true; }, TaskScheduler.Default))];
        Assert.Equal(waiters, Task.WhenAll(ends).Result("each is granted it once").Length);
    }

    [Fact]
    public void Waiting_asks_the_server_nothing()
    {
        Holder();
        StartWaiting(Wanted());
        const string transactions = "SELECT xact_start::text || query FROM pg_stat_activity WHERE application_name LIKE 'procdedup %' AND datname = current_database() AND wait_event_type = 'Lock'";
        string before = PostgresServer.Ask<string>(_connection, transactions)!;
        Assert.Contains("pg_advisory_lock", before, StringComparison.Ordinal);
        Peer later = Other(There, "try", "another", "--rounds", "200");
        later.Await("DONE");
        Assert.Equal(before, PostgresServer.Ask<string>(_connection, transactions));
    }

    [Fact]
    public void What_is_recorded_of_dead_sessions_is_neither_shown_nor_kept()
    {
        Holder().Kill();
        Eventually.True(() => _fleet.Inspect("artifact")[0].State == LockState.Free, "it is free");
        PostgresServer.Sql(_connection, "INSERT INTO procdedup.session VALUES (999999, false, NULL, 'm', 1, 'u', 'ghost', NULL, NULL, now())");
        Assert.Empty(_fleet.Inspect("artifact")[0].Holders);
        using Coordinator fresh = PostgresCoordinator.Open(_connection);
        Assert.Empty(fresh.Inspect(null));
        Assert.Equal(0L, PostgresServer.Ask<long>(_connection, "SELECT count(*) FROM procdedup.session WHERE command = 'ghost'"));
    }

    [Fact]
    public void A_server_is_reached_over_its_socket()
    {
        string socket = _server.OverSocket(_connection);
        using Coordinator near = PostgresCoordinator.Open(socket);
        using LockLease lease = FileLock.Acquire(Wanted() with { Coordinator = near });
        Assert.True(lease.Fence > 0);
        Assert.Equal(LockState.Exclusive, _fleet.Inspect("artifact")[0].State);
        string directory = socket.Split(';')[0]["Host=".Length..];
        Assert.StartsWith($"postgresql://postgres@/fleet", near.Place, StringComparison.Ordinal);
        Assert.EndsWith($"?host={directory}&port={_server.Port.ToString(CultureInfo.InvariantCulture)}", near.Place, StringComparison.Ordinal);
    }

    [Fact]
    public void A_lock_that_was_gone_before_it_was_given_back_is_said_to_be_lost()
    {
        LockLease lease = FileLock.Acquire(Wanted());
        Assert.Equal(1, PostgresServer.Terminate(_connection));
        // Mostly before anybody has begun to watch.
        lease.Dispose();
        Assert.Equal(LockError.LockLost, lease.Loss?.Error);
        LockLease sound = FileLock.Acquire(Wanted());
        sound.Dispose();
        Assert.False(sound.IsLost);
    }

    [Fact]
    public void A_lock_lost_in_silence_is_free_for_the_others_when_the_network_is_back()
    {
        using var relay = new Relay(_server.Port);
        using Coordinator behind = PostgresCoordinator.Open(relay.Through(_connection));
        LockLease lease = FileLock.Acquire(Wanted() with { Coordinator = behind });
        Eventually.True(() => _fleet.Inspect("artifact")[0].Holders is [{ User: not null }], "the record of the holder");
        relay.Silence();
        Assert.True(lease.Lost.WaitHandle.WaitOne(Peer.Patience), "the loss is told");
        lease.Dispose();
        relay.Resume();
        FileLock.Acquire(Wanted() with { Timeout = TimeSpan.FromSeconds(30) }).Dispose();
        Eventually.True(() => Connections() == 1, "no connection is left behind but the idle one");
    }

    [Fact]
    public void A_deadline_counts_also_where_the_network_fell_silent_before()
    {
        using var relay = new Relay(_server.Port);
        using Coordinator behind = PostgresCoordinator.Open(relay.Through(_connection));
        FileLock.Acquire(Wanted() with { Coordinator = behind }).Dispose();
        relay.Silence();
        var rest = Stopwatch.StartNew();
        Eventually.True(() => rest.Elapsed > TimeSpan.FromSeconds(1.5), "the connection has rested");
        var clock = Stopwatch.StartNew();
        Expect.Error(LockError.LockTimeout, () => FileLock.Acquire(Wanted() with { Coordinator = behind, Timeout = TimeSpan.FromSeconds(1) }));
        // One second, one for the order to stop, three for the look whom it was waited for, and one for its end. Waiting for
        // the connection that carries the order (10 s) would be 12 more for each, and an answer that cannot be cancelled 15.
        Assert.InRange(clock.Elapsed, TimeSpan.FromSeconds(0.9), TimeSpan.FromSeconds(9));
        relay.Resume();
    }

    [Fact]
    public void Processes_that_wait_behind_one_of_their_machine_ask_the_server_nothing()
    {
        Peer holder = Holder();
        List<Peer> waiters = [.. Enumerable.Range(0, 6).Select(_ => Peer.Procdedup(Here, "lock", "artifact", "--coordinator", _connection, "--", "true"))];
        try
        {
            // Each has said whom it waits for: the first in the fleet, the others on this machine.
            waiters.ForEach(w => Eventually.True(() => w.Errors.Contains("held by", StringComparison.Ordinal), "the notice"));
            Assert.Equal(1, waiters.Count(w => w.Errors.Contains($"PID {holder.Id}", StringComparison.Ordinal)));
            // The holder, the first waiter, and the one that looks.
            Eventually.True(() => Connections() <= 3, "three connections");
            holder.EndInput();
            Assert.All(waiters, w => Assert.Equal(0, w.WaitForExit()));
        }
        finally
        {
            waiters.ForEach(w => w.Dispose());
        }
    }

    private long Connections() => PostgresServer.Ask<long>(
        _connection, "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'procdedup %' AND datname = current_database()");

    private static long Fence(Peer holder) => long.Parse(holder.Read("HELD")["HELD ".Length..], CultureInfo.InvariantCulture);
}
