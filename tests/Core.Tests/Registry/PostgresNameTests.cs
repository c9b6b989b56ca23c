using System;
using System.Linq;
using ProcessDedup.Claims;
using ProcessDedup.Coordination;
using ProcessDedup.Locks;
using ProcessDedup.Postgres;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Registry;

/// <summary>The names of a fleet.</summary>
public sealed class PostgresNameTests : NameContract
{
    private readonly string _connection;
    private readonly Coordinator _fleet;

    public PostgresNameTests(PostgresServer server)
    {
        _connection = server.NewDatabase();
        _fleet = PostgresCoordinator.Open(_connection);
    }

    protected override LockNames Names => _fleet.Names;

    protected override string[] PeerArguments => ["--coordinator", _connection];

    public override void Dispose()
    {
        _fleet.Dispose();
        base.Dispose();
    }

    private LockRequest Wanted(string name, Coordinator fleet) => new(Place.Named(name)) { Coordinator = fleet, NoWait = true };

    [Fact]
    public void A_strict_fleet_refuses_locks_and_claims_that_nobody_has_registered_and_says_how_to()
    {
        FileLock.Acquire(Wanted("used.before", _fleet)).Dispose();
        Names.SetStrict(true);
        using Coordinator another = PostgresCoordinator.Open(_connection);
        LockException refused = Expect.Error(LockError.LockNameUnregistered, () => FileLock.Acquire(Wanted("builds.x", another)));
        Assert.Contains("Register-LockName -Namespace 'builds' -Owner 'YOUR TEAM' -Coordinator", refused.NextStep, StringComparison.Ordinal);
        Assert.Contains("postgresql://", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(PostgresServer.Secret, refused.ToString(), StringComparison.Ordinal);
        FileLock.Acquire(Wanted("builds.x", another) with { Coordinator = null }).Dispose();
        using (ClaimStore claims = another.OpenClaims())
            Expect.Error(LockError.LockNameUnregistered, () => claims.Add(new ClaimRequest("builds", "1")));
        Names.Register("builds", "Team A");
        FileLock.Acquire(Wanted("builds.x", another)).Dispose();
        Expect.Error(LockError.LockNameUnregistered, () => FileLock.Acquire(Wanted("builds-x", another)));
        // Who used a name before keeps it.
        FileLock.Acquire(Wanted("used.before", _fleet)).Dispose();
        using (ClaimStore claims = another.OpenClaims())
            Assert.Equal(ClaimOutcome.Won, claims.Add(new ClaimRequest("builds", "1")).Outcome);
        // Names of the library's own are nobody's to register.
        another.Take(new FleetRequest(["own-0"], LockMode.Exclusive, 1, null, true, null), default)!.Release();
        Names.SetStrict(false);
        FileLock.Acquire(Wanted("builds-x", another)).Dispose();
    }

    [Fact]
    public void Waiters_of_every_machine_are_told_of_a_hold_that_is_longer_than_registered()
    {
        using var there = new TestDirectory();
        Names.Register("builds", "Team A", null, TimeSpan.FromMilliseconds(1));
        using Peer holder = Peer.Locker(there, ["hold", "builds.x", "--reason", "building", .. PeerArguments]);
        holder.Await("HELD");
        Eventually.True(() => _fleet.Inspect("builds.x")[0].Overdue is not null, "the hold is too long");
        Assert.Contains("Team A registered at most 0 s for 'builds'", _fleet.Inspect(null).Single().Overdue, StringComparison.Ordinal);
        LockException busy = Expect.Error(LockError.LockBusy, () => FileLock.Acquire(Wanted("builds.x", _fleet)));
        Assert.Contains("Team A registered", busy.Message, StringComparison.Ordinal);
        using Peer waiting = Peer.Procdedup(Place, "lock", "builds.x", "--coordinator", _connection, "--", "true");
        Eventually.True(() => waiting.Errors.Contains("Team A registered at most", StringComparison.Ordinal), "the waiter is told");
        using Peer locks = Peer.Procdedup(Place, "locks", "--coordinator", _connection);
        Assert.Contains("Team A registered", locks.Finish().Output, StringComparison.Ordinal);
    }

    [Fact]
    public void What_others_wrote_into_the_table_steers_no_terminal()
    {
        Names.Register("builds", "Team A");
        PostgresServer.Sql(_connection, "UPDATE procdedup.registered_name SET owner = E'Team\u001b[31m', purpose = E'a\nb'");
        RegisteredName found = Names.Find("builds.x")!;
        Assert.DoesNotContain((found.Owner + found.Purpose).ToCharArray(), char.IsControl);
    }
}
