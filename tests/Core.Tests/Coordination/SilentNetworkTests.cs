using System;
using System.Diagnostics;
using ProcessDedup.Coordination;
using ProcessDedup.Locks;
using ProcessDedup.Postgres;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Coordination;

/// <summary>A network that carries nothing any more and tells nobody.</summary>
public sealed class SilentNetworkTests : IDisposable
{
    private readonly TestDirectory _place = new();
    private readonly PostgresServer _server;
    private readonly string _connection;
    private readonly Coordinator _fleet;

    public SilentNetworkTests(PostgresServer server)
    {
        _server = server;
        _connection = server.NewDatabase();
        _fleet = PostgresCoordinator.Open(_connection);
    }

    public void Dispose()
    {
        _fleet.Dispose();
        _place.Dispose();
    }

    private LockRequest Wanted() => new(_place.Named("artifact")) { Coordinator = _fleet };

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

    private long Connections() => PostgresServer.Ask<long>(
        _connection, "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'procdedup %' AND datname = current_database()");
}
