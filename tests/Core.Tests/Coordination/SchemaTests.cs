using System;
using System.Collections.Generic;
using System.Linq;
using ProcessDedup.Coordination;
using ProcessDedup.Locks;
using ProcessDedup.Postgres;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Coordination;

/// <summary>Tables that an earlier version made.</summary>
public sealed class SchemaTests(PostgresServer server) : IDisposable
{
    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public void Whoever_comes_first_brings_them_up_to_date_and_everybody_keeps_the_rights_they_had()
    {
        string connection = server.NewDatabase();
        string name = connection.Split(';').Single(p => p.StartsWith("Database=", StringComparison.Ordinal))["Database=".Length..];
        PostgresServer.Sql(connection, SchemaSteps.All[0]);
        PostgresServer.Sql(
            connection,
            $"""
            CREATE ROLE "{name}-guest" LOGIN PASSWORD '{PostgresServer.Secret}'; GRANT USAGE ON SCHEMA procdedup TO "{name}-guest";
            GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA procdedup TO "{name}-guest";
            GRANT USAGE ON ALL SEQUENCES IN SCHEMA procdedup TO "{name}-guest";
            INSERT INTO procdedup.lock_name VALUES ({LockKey.Of("old").ToString(System.Globalization.CultureInfo.InvariantCulture)}, 'old', 3);
            SELECT nextval('procdedup.fence'), nextval('procdedup.fence');
            ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
            """);
        string guest = server.For(name, name + "-guest", PostgresServer.Secret);
        using (Coordinator early = PostgresCoordinator.Open(guest))
        {
            var refused = Assert.Throws<CoordinatorException>(() => early.Inspect(null));
            Assert.Equal(CoordinatorError.CoordinatorRightsMissing, refused.Error);
        }

        List<Peer> peers = [.. Enumerable.Range(0, 4).Select(_ => Peer.Locker(_place, "try", "artifact", "--rounds", "1", "--coordinator", connection))];
        peers.ForEach(p => p.Await("DONE"));
        peers.ForEach(p => p.Dispose());
        Assert.Equal(Schema.Version, PostgresServer.Ask<int>(connection, "SELECT version FROM procdedup.meta"));
        using Coordinator fleet = PostgresCoordinator.Open(guest);
        fleet.Names.Register("builds", "Team A");
        using LockLease lease = FileLock.Acquire(new LockRequest(_place.Named("builds")) { Coordinator = fleet });
        Assert.True(lease.Fence > 2);
        Assert.Equal(3, fleet.Inspect("old")[0].Slots);
        PostgresServer.Sql(guest, "BEGIN; SELECT procdedup.lock_in_transaction('other'); COMMIT");
    }
}
