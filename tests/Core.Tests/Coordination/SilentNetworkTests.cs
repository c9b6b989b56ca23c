using System;
using System.Diagnostics;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using ProcessDedup.Claims;
using ProcessDedup.Coordination;
using ProcessDedup.Fetch;
using ProcessDedup.Locks;
using ProcessDedup.Once;
using ProcessDedup.Postgres;
using ProcessDedup.Substituters;
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
        Assert.True(lease.GetLostToken().WaitHandle.WaitOne(Peer.Patience), "the loss is told");
        // Before the 25 seconds are over, after which the server takes a vanished machine's locks away.
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(25));
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
        Assert.True(lease.GetLostToken().WaitHandle.WaitOne(Peer.Patience), "the loss is told");
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
        LockTarget[] several = [.. Enumerable.Range(0, 6).Select(i => _place.Named("artifact" + i))];
        Expect.Error(LockError.LockTimeout, () => FileLock.AcquireAll(new LockRequest(several) { Coordinator = behind, Timeout = TimeSpan.FromSeconds(1) }));
        // One second, one for the order to stop, three for the look whom it was waited for, whatever it was, and one for its end. Waiting for
        // the connection that carries the order (10 s) would be 12 more for each, and an answer that cannot be cancelled 15.
        Assert.InRange(clock.Elapsed, TimeSpan.FromSeconds(0.9), TimeSpan.FromSeconds(12));
        relay.Resume();
    }

    // As long as a connection may take: whoever waits for one, if only to order a question to stop, is far beyond any bound.
    private Coordinator Patient(Relay relay) => PostgresCoordinator.Open(relay.Through(_connection) + ";Timeout=60");

    private static bool IsAnswered(Action question)
    {
        try
        {
            question();
            return true;
        }
        catch (DedupException)
        {
            return false;
        }
    }

    private static T Soon<T>(Func<T> act)
    {
        var clock = Stopwatch.StartNew();
        T result = act();
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(30));
        return result;
    }

    [Fact]
    public void A_deadline_of_claims_counts_for_all_their_questions()
    {
        using var relay = new Relay(_server.Port);
        using Coordinator behind = Patient(relay);
        using ClaimStore used = behind.OpenClaims(TimeSpan.FromSeconds(2)), looking = behind.OpenClaims(TimeSpan.FromSeconds(1));
        // Where much is going on a second may be too short for the first connection.
        Eventually.True(() => IsAnswered(() => used.Add(new ClaimRequest("builds", "warm"))), "a connection for claims");
        Eventually.True(() => IsAnswered(() => looking.Find()), "a connection for looks");
        relay.Silence();
        int before = relay.Accepted;
        ClaimException unknown = Soon(() => Assert.Throws<ClaimException>(() => used.Add(new ClaimRequest("builds", "k"))));
        Assert.Equal(ClaimError.ClaimOutcomeUnknown, unknown.Error);
        Assert.NotNull(unknown.Token);
        // The order to stop has a connection of its own; for asking again there is no time.
        Assert.InRange(relay.Accepted, before, before + 1);
        // There is no connection any more, and none to be had.
        CoordinatorException unasked = Soon(() => Assert.Throws<CoordinatorException>(() => used.Add(new ClaimRequest("builds", "l"))));
        Assert.Equal(CoordinatorError.CoordinatorTimeout, unasked.Error);
        Assert.Contains("nothing was claimed", unasked.Message, StringComparison.Ordinal);
        CoordinatorException unseen = Soon(() => Assert.Throws<CoordinatorException>(() => looking.Find()));
        Assert.Equal(CoordinatorError.CoordinatorTimeout, unseen.Error);
        relay.Resume();
        Eventually.True(() => IsAnswered(() => used.Add(new ClaimRequest("builds", "l"))), "the network is back");
    }

    [Fact]
    public void What_cannot_be_given_back_is_left_to_the_server_after_some_seconds()
    {
        using var relay = new Relay(_server.Port);
        using Coordinator behind = Patient(relay);
        LockLease lease = FileLock.Acquire(Wanted() with { Coordinator = behind });
        Eventually.True(() => _fleet.Inspect("artifact")[0].Holders is [{ User: not null }], "the record of the holder");
        relay.Silence();
        Soon(() =>
        {
            lease.Dispose();
            return true;
        });
        Assert.Contains("did not answer when it was given back", lease.Loss?.Message, StringComparison.Ordinal);
        FileLock.Acquire(Wanted() with { Coordinator = null, NoWait = true }).Dispose();
        relay.Resume();
        FileLock.Acquire(Wanted() with { Timeout = TimeSpan.FromSeconds(30) }).Dispose();
        Eventually.True(() => Connections() == 1, "no connection is left behind but the idle one");
    }

    [Fact]
    public void A_deadline_of_a_fetch_counts_also_for_what_it_asks_the_fleet()
    {
        using var relay = new Relay(_server.Port);
        using Coordinator behind = Patient(relay);
        behind.Records.Find("k", default);
        relay.Silence();
        string store = _place.NewDirectory("store");
        var request = new FetchRequest("http://127.0.0.1:1/a")
        {
            Timeout = TimeSpan.FromSeconds(1),
            Coordinator = behind,
            PublishTo = store,
            Substituters = new SubstituterOptions { Addresses = [store] },
        };
        FetchException late = Soon(() => Assert.Throws<FetchException>(() => FetchCache.Open(_place.Root).Get(request)));
        Assert.Equal(FetchError.FetchTimedOut, late.Error);
        relay.Resume();
    }

    [Fact]
    public async Task Who_waits_for_the_fleet_when_it_falls_silent_is_told_that_its_wait_is_over()
    {
        using var other = new TestDirectory();
        using var relay = new Relay(_server.Port);
        using Coordinator behind = Patient(relay);
        behind.Records.Find("k", default);
        using ManualResetEventSlim isLeading = new(), isOver = new();
        Task<SharedResult> leader = Task.Run(() => Once(_place, _fleet, TimeSpan.Zero, () =>
        {
            isLeading.Set();
            return isOver.Wait(Peer.Patience);
        }));
        Assert.True(isLeading.Wait(Peer.Patience), "it leads");
        Task<SharedResult> waiter = Task.Run(() => Once(other, behind, TimeSpan.FromSeconds(8), () => true));
        Eventually.True(() => _fleet.Inspect(null).Any(l => l.Waiters.Count == 1), "it waits");
        relay.Silence();
        LockTimeoutException late = await Assert.ThrowsAsync<LockTimeoutException>(() => waiter.WaitAsync(Peer.Patience));
        Assert.Equal(LockError.LockTimeout, late.Error);
        isOver.Set();
        await leader.WaitAsync(Peer.Patience);
        relay.Resume();
    }

    private static SharedResult Once(TestDirectory machine, Coordinator fleet, TimeSpan timeout, Func<bool> work) =>
        FetchCache.Open(machine.Root).RunOnce(
            new FetchRequest("together") { Timeout = timeout, Coordinator = fleet }, "command", (_, _) => work());

    private long Connections() => PostgresServer.Ask<long>(
        _connection, "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'procdedup %' AND datname = current_database()");
}
