using System;
using System.Collections.Generic;
using System.Linq;
using ProcessDedup.Coordination;
using ProcessDedup.Locks;
using ProcessDedup.Postgres;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Coordination;

/// <summary>How the coordinator's tables are made, and who may use them.</summary>
public sealed class SchemaTests(PostgresServer server) : IDisposable
{
    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public void Processes_that_come_at_once_make_them_once_and_users_with_the_rights_of_the_guide_use_them()
    {
        string connection = server.NewDatabase();
        string name = connection.Split(';').Single(p => p.StartsWith("Database=", StringComparison.Ordinal))["Database=".Length..];
        PostgresServer.Sql(connection, "ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC");
        List<Peer> peers = [.. Enumerable.Range(0, 4).Select(_ => Peer.Locker(_place, "try", "artifact", "--rounds", "1", "--coordinator", connection))];
        peers.ForEach(p => p.Await("DONE"));
        peers.ForEach(p => p.Dispose());
        Assert.Equal((1, 1L), (
            PostgresServer.Ask<int>(connection, "SELECT version FROM procdedup.meta"),
            PostgresServer.Ask<long>(connection, "SELECT count(*) FROM procdedup.meta")));

        PostgresServer.Sql(connection, $"""CREATE ROLE "{name}-guest" LOGIN PASSWORD '{PostgresServer.Secret}'""");
        string guest = server.For(name, name + "-guest", PostgresServer.Secret);
        using (Coordinator early = PostgresCoordinator.Open(guest))
        {
            var refused = Assert.Throws<CoordinatorException>(() => early.Inspect(null));
            Assert.Equal(CoordinatorError.CoordinatorRightsMissing, refused.Error);
        }

        PostgresServer.Sql(
            connection,
            $"""
            GRANT USAGE ON SCHEMA procdedup TO "{name}-guest";
            GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA procdedup TO "{name}-guest";
            GRANT USAGE ON ALL SEQUENCES IN SCHEMA procdedup TO "{name}-guest";
            GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA procdedup TO "{name}-guest";
            """);
        using Coordinator fleet = PostgresCoordinator.Open(guest);
        fleet.Names.Register("builds", "Team A");
        using LockLease lease = FileLock.Acquire(new LockRequest(_place.Named("builds")) { Coordinator = fleet });
        Assert.True(lease.Fence > 0);
        PostgresServer.Sql(guest, "BEGIN; SELECT procdedup.lock_in_transaction('other'); COMMIT");
    }
}
