using System;
using System.Globalization;
using System.Threading;
using ProcessDedup.Coordination;
using ProcessDedup.Locks;
using ProcessDedup.Postgres;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Contract;

/// <summary>The contract on a server of PostgreSQL, with holders of another machine: another root.</summary>
public abstract class PostgresLockContract(PostgresLockContract.Database database) : LockContract, IClassFixture<PostgresLockContract.Database>
{
    private static int _tests;

    private readonly string _name = string.Create(CultureInfo.InvariantCulture, $"artifact-{Interlocked.Increment(ref _tests)}");
    private readonly TestDirectory _otherMachine = new();

    protected override Coordinator? Fleet => database.Fleet;

    protected override string[] PeerArguments => ["--coordinator", database.Connection];

    private protected override TestDirectory PlaceOfOthers => _otherMachine;

    // The server may still be about to notice the end of the processes that the test before has killed.
    protected override string Name => _name;

    private protected override int WaitersAtSlots() => base.WaitersAtSlots() + (Fleet!.Inspect(_name) is [{ } seen] ? seen.Waiters.Count : 0);

    public override void Dispose()
    {
        base.Dispose();
        _otherMachine.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>One for each kind: to make one takes longer than a test.</summary>
    public sealed class Database : IDisposable
    {
        public Database(PostgresServer server)
        {
            Connection = server.NewDatabase();
            Fleet = PostgresCoordinator.Open(Connection);
            // Connected, with the schema: deadlines of the tests are about waits.
            Fleet.Inspect(null);
        }

        public string Connection { get; }

        public Coordinator Fleet { get; }

        public void Dispose() => Fleet.Dispose();
    }
}

public sealed class FleetExclusive(PostgresLockContract.Database database) : PostgresLockContract(database);

public sealed class FleetExclusiveBehindShared(PostgresLockContract.Database database) : PostgresLockContract(database)
{
    protected override LockMode BlockedBy => LockMode.Shared;
}

public sealed class FleetShared(PostgresLockContract.Database database) : PostgresLockContract(database)
{
    protected override LockMode Mode => LockMode.Shared;

    protected override LockMode BlockedBy => LockMode.Exclusive;
}

public sealed class FleetTwoSlots(PostgresLockContract.Database database) : PostgresLockContract(database)
{
    protected override LockMode Mode => LockMode.Slot;

    protected override int Slots => 2;

    protected override int Blockers => 2;
}

public sealed class FleetExclusiveBehindASlot(PostgresLockContract.Database database) : PostgresLockContract(database)
{
    protected override LockMode BlockedBy => LockMode.Slot;

    protected override int Slots => 4;
}

public sealed class FleetFourSlotsBehindExclusive(PostgresLockContract.Database database) : PostgresLockContract(database)
{
    protected override LockMode Mode => LockMode.Slot;

    protected override LockMode BlockedBy => LockMode.Exclusive;

    protected override int Slots => 4;
}
