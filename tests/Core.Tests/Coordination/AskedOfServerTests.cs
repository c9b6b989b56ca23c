using System;
using System.Collections.Generic;
using System.Diagnostics;
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

/// <summary>What locks and waits cost the server: its own log of statements tells, session by session.</summary>
public sealed class AskedOfServerTests : IDisposable
{
    private readonly TestDirectory _here = new();
    private readonly TestDirectory _there = new();
    private readonly PostgresServer _server;
    private readonly string _connection;
    private readonly Coordinator _fleet;

    public AskedOfServerTests(PostgresServer server)
    {
        _server = server;
        _connection = server.NewDatabase();
        PostgresServer.Sql(_connection, $"ALTER DATABASE {PostgresServer.NameOf(_connection)} SET log_statement = 'all'");
        _fleet = PostgresCoordinator.Open(_connection);
    }

    public void Dispose()
    {
        _fleet.Dispose();
        _here.Dispose();
        _there.Dispose();
    }

    private LockRequest Wanted => new(_here.Named("artifact")) { Coordinator = _fleet };

    private long Connections() => PostgresServer.Ask<long>(
        _connection, "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'procdedup %' AND datname = current_database()");

    private int Session(string which) => PostgresServer.Ask<int>(
        _connection, $"SELECT a.pid FROM pg_stat_activity a WHERE application_name LIKE 'procdedup %' AND datname = current_database() AND {which}");

    [Fact]
    public void A_lock_that_nobody_else_wants_asks_two_questions()
    {
        FileLock.Acquire(Wanted).Dispose();
        int session = Session("true");
        List<string> asked = [];
        // On a machine that is busy one of them may rest, or be held, for so long that more is asked.
        Eventually.True(
            () =>
            {
                int before = _server.Statements(session).Count;
                for (int i = 0; i < 5; i++)
                    FileLock.Acquire(Wanted with { Timeout = TimeSpan.FromSeconds(60) }).Dispose();
                asked = [.. _server.Statements(session).Skip(before)];
                return asked.Count == 10;
            },
            "ten questions for five locks");
        Assert.All(asked, (question, i) => Assert.Contains(i % 2 == 0 ? "pg_try_advisory_lock" : "pg_advisory_unlock_all", question, StringComparison.Ordinal));
    }

    [Fact]
    public void A_wait_asks_three_questions_before_it_and_none_while_it_lasts()
    {
        FileLock.Acquire(Wanted).Dispose();
        int session = Session("true");
        int before = _server.Statements(session).Count;
        using Peer holder = Peer.Locker(_there, "hold", "artifact", "--coordinator", _connection);
        holder.Await("HELD");
        Task<LockLease> wait = OtherFlow.Start(() => FileLock.Acquire(Wanted));
        Eventually.True(() => Session("wait_event_type = 'Lock'") == session, "the wait");
        // The one besides makes sure that a connection which has rested still answers.
        List<string> Asked() => [.. _server.Statements(session).Skip(before).Where(s => !s.EndsWith(": SELECT 1", StringComparison.Ordinal)
            && !s.EndsWith(": SELECT set_config('idle_session_timeout', '0', false)", StringComparison.Ordinal))];
        List<string> asked = Asked();
        string[] expected = ["pg_try_advisory_lock", "INSERT INTO procdedup.session", "pg_advisory_lock("];
        Assert.Equal(expected.Length, asked.Count);
        Assert.All(asked, (question, i) => Assert.Contains(expected[i], question, StringComparison.Ordinal));
        // Longer than anything that is asked from time to time, such as the holder's question whether the server is there.
        var clock = Stopwatch.StartNew();
        Eventually.True(() => clock.Elapsed > TimeSpan.FromSeconds(4), "some time");
        Assert.Equal(3, Asked().Count);
        Assert.Equal(0, PostgresServer.Ask<long>(
            _connection,
            $"SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'procdedup {Environment.ProcessId.ToString(CultureInfo.InvariantCulture)} %' AND datname = current_database() AND pid <> {session.ToString(CultureInfo.InvariantCulture)}"));
        holder.EndInput();
        wait.Result("the grant").Dispose();
        Assert.Contains("pg_advisory_unlock_all", Asked()[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_second_wait_says_who_it_is_only_if_that_has_changed()
    {
        FileLock.Acquire(Wanted).Dispose();
        int session = Session("true");
        List<string> SaidBy(string reason)
        {
            int before = _server.Statements(session).Count;
            AfterAWait(reason).Dispose();
            return [.. _server.Statements(session).Skip(before).Where(s => s.Contains("procdedup.session", StringComparison.Ordinal))];
        }

        // On a machine that is busy a hold may last for so long that it says so; then the next wait has to speak again.
        Eventually.True(() => SaidBy("first").Count == 0, "a wait that said nothing");
        Eventually.True(
            () =>
            {
                SaidBy("first");
                List<string> said = SaidBy("second");
                return said.Count == 2 && said[0].Contains("DELETE", StringComparison.Ordinal) && said[1].Contains("INSERT", StringComparison.Ordinal);
            },
            "a wait that said its own reason");
    }

    [Fact]
    public void A_lock_that_others_were_just_seen_at_is_queued_for_without_a_look()
    {
        FileLock.Acquire(Wanted).Dispose();
        int session = Session("true");
        using var other = new NpgsqlConnection(_connection + ";Pooling=false");
        other.Open();
        object? Other(string sql)
        {
            using var command = new NpgsqlCommand(sql, other);
            return command.ExecuteScalar();
        }

        string waits = string.Create(
            CultureInfo.InvariantCulture, $"SELECT EXISTS(SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND pid = {session})");
        // On a machine that is busy what was seen may be too long ago.
        Eventually.True(
            () =>
            {
                int before = _server.Statements(session).Count;
                Other("SELECT pg_advisory_lock(procdedup.lock_key('artifact'))");
                Task<LockLease> wait = OtherFlow.Start(() => FileLock.Acquire(Wanted));
                Eventually.True(() => Other(waits) is true, "the wait");
                Other("SELECT pg_advisory_unlock_all()");
                wait.Result("the grant").Dispose();
                FileLock.Acquire(Wanted).Dispose();
                return _server.Statements(session).Skip(before).Count(s => s.Contains("pg_try_advisory_lock", StringComparison.Ordinal)) == 1;
            },
            "one look for two locks");
    }

    [Fact]
    public void Who_has_just_been_granted_a_lock_is_shown_with_its_own_reason_and_without_the_time_that_it_waited()
    {
        AfterAWait("first").Dispose();
        using (AfterAWait("second", out DateTimeOffset ended))
        {
            LockHolder shown = Shown();
            Assert.Equal((Environment.ProcessId, "second"), (shown.ProcessId, shown.Reason));
            Assert.True(shown.Since is null || shown.Since >= ended, $"{shown.Since} and {ended}");
        }

        using LockLease third = FileLock.Acquire(Wanted with { Reason = "third" });
        // Until it has lasted for a while nothing need be said of it; what is said is true.
        Assert.Contains(Shown().Reason, new[] { null, "third" });
    }

    [Fact]
    public void A_row_of_an_earlier_session_with_the_same_number_names_nobody()
    {
        FileLock.Acquire(Wanted).Dispose();
        using var other = new NpgsqlConnection(_connection + ";Pooling=false;Application Name=other");
        other.Open();
        using var command = new NpgsqlCommand(
            "SELECT pg_advisory_lock(procdedup.lock_key('artifact')); INSERT INTO procdedup.session(backend_pid, is_waiting, machine, pid, os_user, command, since)"
            + " VALUES(pg_backend_pid(), true, 'gone', 4711, 'ci', 'tar', clock_timestamp() - interval '1 hour')",
            other);
        command.ExecuteNonQuery();
        Assert.Equal((null, "other"), (Shown().ProcessId, Shown().CommandLine));
    }

    private LockHolder Shown() => Assert.Single(_fleet.Inspect("artifact").Single().Holders);

    private LockLease AfterAWait(string reason) => AfterAWait(reason, out _);

    private LockLease AfterAWait(string reason, out DateTimeOffset ended)
    {
        using Peer holder = Peer.Locker(_there, "hold", "artifact", "--coordinator", _connection);
        holder.Await("HELD");
        Task<LockLease> wait = OtherFlow.Start(() => FileLock.Acquire(Wanted with { Reason = reason }));
        Eventually.True(
            () => PostgresServer.Waiting(_connection).Count == 1, "the wait");
        ended = DateTimeOffset.Now;
        holder.EndInput();
        return wait.Result("the grant");
    }

    [Fact]
    public void Processes_that_wait_behind_one_of_their_machine_ask_the_server_nothing()
    {
        using Peer holder = Peer.Locker(_there, "hold", "artifact", "--coordinator", _connection);
        holder.Await("HELD");
        Peer Waiter() => Peer.Procdedup(_here, "lock", "artifact", "--coordinator", _connection, "--", "true");
        List<Peer> waiters = [Waiter()];
        try
        {
            // Only where one of this machine waits in the fleet there is somebody here for the others to wait behind.
            Eventually.True(() => PostgresServer.Waiting(_connection).Count == 1, "the first one's wait");
            waiters.AddRange(Enumerable.Range(0, 5).Select(_ => Waiter()));
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
}
