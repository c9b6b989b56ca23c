using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Threading.Tasks;
using Npgsql;
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

    private protected override IReadOnlyList<int> WaitingConnections()
    {
        IReadOnlyList<int> waiting = PostgresServer.Waiting(_connection);
        Assert.Single(waiting);
        return waiting;
    }

    private protected override void AwaitStopped(IReadOnlyList<int> connections) =>
        Assert.All(connections, c => Eventually.True(() => _server.HasStopped(c), "the server was asked to wait no longer"));

    public override void Dispose()
    {
        _fleet.Dispose();
        base.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>The server grants the lock to a session whose process stands still; it must not keep it.</summary>
    [Fact]
    public void A_waiter_that_is_stopped_holds_other_machines_up_for_some_seconds_and_waits_again_when_it_goes_on()
    {
        Peer holder = Other(There, "hold", "artifact");
        Fence(holder);
        Peer stopped = Other(Elsewhere, "hold", "artifact");
        Eventually.True(() => PostgresServer.Waiting(_connection).Count == 1, "it waits");
        stopped.Signal("STOP");
        Task<LockLease> wait = OtherFlow.Start(() => FileLock.Acquire(Wanted()));
        Eventually.True(() => PostgresServer.Waiting(_connection).Count == 2, "another machine waits behind it");
        holder.EndInput();
        using (wait.Result("the grant although the one before stands still"))
        {
            Peer.Signal(stopped.Id, "CONT");
            Eventually.True(() => PostgresServer.Waiting(_connection).Count == 1, "it waits again");
        }

        Fence(stopped);
        stopped.EndInput();
        stopped.Await("RELEASED");
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
        Assert.True(lease.GetLostToken().WaitHandle.WaitOne(Peer.Patience), "the loss is told");
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
        _server.Restart("immediate");
        Assert.True(PostgresServer.Ask<long>(_connection, "SELECT procdedup.try_lock_in_transaction('other')") > before + 2_001_000_000);
        // What was put further is on the disk before anybody has a number, also for who waits for no disk.
        Assert.Equal("on", PostgresServer.Ask<string>(
            _connection,
            "SET synchronous_commit = off; DELETE FROM procdedup.alive; SELECT current_setting('synchronous_commit') FROM procdedup.keep_fence()"));
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
    public void Of_two_slots_that_are_free_at_once_a_waiter_keeps_one()
    {
        _fleet.Inspect(null);
        using var holder = new NpgsqlConnection(_connection + ";Pooling=false");
        holder.Open();
        string One(int slot) => LockKey.OfSlot("artifact", slot).ToString(CultureInfo.InvariantCulture);
        for (int round = 0; round < 3; round++)
        {
            using var take = new NpgsqlCommand($"SELECT pg_advisory_lock({One(1)}), pg_advisory_lock({One(2)})", holder);
            take.ExecuteNonQuery();
            Task<LockLease> wait = OtherFlow.Start(() => FileLock.Acquire(Wanted() with { Mode = LockMode.Slot, Slots = 2 }));
            Eventually.True(
                () => PostgresServer.Waiting(_connection).Count == 2, "both are waited for");
            // The second one first: it has won before the first is heard of, which nobody needs any more.
            using var give = new NpgsqlCommand($"SELECT pg_advisory_unlock({One(2)}), pg_advisory_unlock({One(1)})", holder);
            give.ExecuteNonQuery();
            using LockLease lease = wait.Result("the grant");
            Eventually.True(
                () => PostgresServer.Locks(_connection, "mode = 'ExclusiveLock'") == 1, "one slot is held");
        }
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

    private long Connections() => PostgresServer.Ask<long>(
        _connection, "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'procdedup %' AND datname = current_database()");

    private static long Fence(Peer holder) => long.Parse(holder.Read("HELD")["HELD ".Length..], CultureInfo.InvariantCulture);
}
