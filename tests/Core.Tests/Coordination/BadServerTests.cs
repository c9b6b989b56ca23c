using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using ProcessDedup.Claims;
using ProcessDedup.Coordination;
using ProcessDedup.Locks;
using ProcessDedup.Postgres;
using ProcessDedup.Servers;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Coordination;

/// <summary>Servers that cannot be used, and what people get wrong: a typed error, no secret in it, and nothing taken.</summary>
public sealed class BadServerTests(PostgresServer server) : IDisposable
{
    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    private CoordinatorException Refused(CoordinatorError error, string connection)
    {
        CoordinatorException Check(Action act)
        {
            var failure = Assert.Throws<CoordinatorException>(act);
            Assert.True(failure.Error == error, $"{error} was expected, but: {failure}");
            Assert.DoesNotContain(PostgresServer.Secret, failure.ToString(), StringComparison.Ordinal);
            Assert.NotEmpty(failure.NextStep);
            // Nothing is held here either.
            FileLock.Acquire(new LockRequest(_place.Named("artifact")) { NoWait = true }).Dispose();
            return failure;
        }

        Check(() =>
        {
            using Coordinator fleet = PostgresCoordinator.Open(connection);
            using ClaimStore store = fleet.OpenClaims();
            store.Add(new ClaimRequest("builds", "k"));
        });
        return Check(() =>
        {
            using Coordinator fleet = PostgresCoordinator.Open(connection);
            FileLock.Acquire(new LockRequest(_place.Named("artifact")) { Coordinator = fleet }).Dispose();
        });
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("postgres://ci:a/hunter2hunter2@db/agents")]
    [InlineData("postgres://ci:hunter2hunter2")]
    [InlineData("hunter2hunter2")]
    [InlineData("Host=db;hunter2hunter2=x")]
    [InlineData("Host=db;Port=hunter2hunter2")]
    [InlineData("Host=db;Port=99999999999999999999")]
    [InlineData("Username=ci;Password=hunter2hunter2")]
    [InlineData("Host=a,b;Password=hunter2hunter2")]
    public void A_connection_string_that_is_none_is_not_repeated(string connection) =>
        Refused(CoordinatorError.CoordinatorInvalid, connection);

    [Fact]
    public void Nobody_listens()
    {
        // Nobody else is given it meanwhile.
        using var unused = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        unused.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        int port = ((IPEndPoint)unused.LocalEndPoint!).Port;
        CoordinatorException failure = Refused(
            CoordinatorError.CoordinatorUnreachable,
            string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={port};Username=ci;Database=agents;Password={PostgresServer.Secret}"));
        Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"postgresql://ci@127.0.0.1:{port}/agents"), failure.Target);
        Assert.Contains($"pg_isready -d '{failure.Target}'", failure.NextStep, StringComparison.Ordinal);
    }

    [Fact]
    public void A_host_that_does_not_exist() => Refused(
        CoordinatorError.CoordinatorUnreachable, $"Host=no-such-host.invalid;Username=ci;Password={PostgresServer.Secret};Timeout=60");

    [Fact]
    public void A_server_that_says_nothing()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        Refused(CoordinatorError.CoordinatorTimeout, string.Create(
            CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={((IPEndPoint)silent.LocalEndpoint).Port};Username=ci;Password={PostgresServer.Secret};Timeout=1"));
    }

    [Fact]
    public void A_server_of_another_kind()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        bool isOver = false;
        Task<bool> answers = OtherFlow.Start(() =>
        {
            while (!Volatile.Read(ref isOver))
            {
                using TcpClient client = listener.AcceptTcpClient();
                if (!Volatile.Read(ref isOver))
                    client.GetStream().Write("HTTP/1.1 400 Bad Request\r\n\r\n"u8);
            }

            return true;
        });
        Refused(CoordinatorError.CoordinatorUnreachable, string.Create(
            CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={((IPEndPoint)listener.LocalEndpoint).Port};Username=ci;Password={PostgresServer.Secret};Timeout=60"));
        Volatile.Write(ref isOver, true);
        using (new TcpClient("127.0.0.1", ((IPEndPoint)listener.LocalEndpoint).Port))
            Assert.True(answers.Result("the end"));
    }

    [Fact]
    public void A_wrong_password_a_missing_one_and_an_unknown_database()
    {
        server.NewDatabase();
        Refused(CoordinatorError.CoordinatorAccessDenied, server.For("postgres", "postgres", "wrong"));
        Refused(CoordinatorError.CoordinatorAccessDenied, server.For("postgres", "nobody-knows", PostgresServer.Secret));
        Refused(CoordinatorError.CoordinatorAccessDenied, server.For("no_such_database", "postgres", PostgresServer.Secret));
        Refused(CoordinatorError.CoordinatorAccessDenied, server.AsRoot("postgres").Replace("Password=" + PostgresServer.Secret, "", StringComparison.Ordinal));
    }

    [Fact]
    public void A_user_who_may_make_nothing_and_one_who_may_read_nothing()
    {
        string connection = server.NewDatabase();
        string name = connection.Split(';').Single(p => p.StartsWith("Database=", StringComparison.Ordinal))["Database=".Length..];
        PostgresServer.Sql(connection, $"CREATE ROLE {name}_guest LOGIN PASSWORD '{PostgresServer.Secret}'; REVOKE CREATE ON DATABASE {name} FROM PUBLIC");
        string guest = server.For(name, name + "_guest", PostgresServer.Secret);
        Assert.Contains($"GRANT CREATE ON DATABASE \"{name}\" TO \"{name}_guest\";", Refused(CoordinatorError.CoordinatorRightsMissing, guest).NextStep, StringComparison.Ordinal);
        using (Coordinator owner = PostgresCoordinator.Open(connection))
            owner.Inspect(null);
        string next = Refused(CoordinatorError.CoordinatorRightsMissing, guest).NextStep;
        // What it says is enough.
        PostgresServer.Sql(connection, next[next.IndexOf("GRANT", StringComparison.Ordinal)..next.LastIndexOf(';')]);
        using Coordinator fleet = PostgresCoordinator.Open(guest);
        using LockLease lease = FileLock.Acquire(new LockRequest(_place.Named("artifact")) { Coordinator = fleet });
        // Users of the server see each other's locks.
        using Coordinator other = PostgresCoordinator.Open(connection);
        Assert.Equal(Environment.ProcessId, other.Inspect("artifact")[0].Holders.Single().ProcessId);
    }

    [Fact]
    public void A_schema_of_a_later_version()
    {
        string connection = server.NewDatabase();
        using (Coordinator now = PostgresCoordinator.Open(connection))
            now.Inspect(null);
        PostgresServer.Sql(connection, "UPDATE procdedup.meta SET version = 99");
        Assert.Contains("version 99", Refused(CoordinatorError.CoordinatorSchemaNewer, connection).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_server_of_an_old_version() => Assert.Equal(
        CoordinatorError.CoordinatorVersionUnsupported,
        Assert.Throws<CoordinatorException>(() => Session.CheckVersion("postgresql://db", 130012)).Error);

    [Fact]
    public void A_database_that_cannot_hold_every_name() => Refused(
        CoordinatorError.CoordinatorUnfit, server.NewDatabase("ENCODING 'LATIN1' TEMPLATE template0"));

    [Fact]
    public void A_standby_which_would_grant_locks_of_its_own()
    {
        Assert.SkipWhen(PostgresCluster.Binaries is null, "PostgreSQL is not installed.");
        using var standby = new PostgresCluster("procdedup-test-standby", null, "-c fsync=off");
        standby.Stop("fast");
        // It follows no primary; what counts is that it is in recovery and answers.
        File.WriteAllText(Path.Combine(standby.Directory, "data", "standby.signal"), string.Empty);
        standby.Start();
        CoordinatorException failure = Refused(CoordinatorError.CoordinatorUnfit, string.Create(
            CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={standby.Port};Database=postgres;Username=postgres;Password={PostgresServer.Secret}"));
        Assert.Contains("standby", failure.Cause, StringComparison.Ordinal);
        Assert.Contains("primary", failure.NextStep, StringComparison.Ordinal);
    }

    [Fact]
    public void A_server_without_room()
    {
        string connection = server.NewDatabase();
        string name = connection.Split(';').Single(p => p.StartsWith("Database=", StringComparison.Ordinal))["Database=".Length..];
        PostgresServer.Sql(
            connection,
            $"CREATE ROLE {name}_one LOGIN PASSWORD '{PostgresServer.Secret}' CONNECTION LIMIT 0; GRANT CREATE ON DATABASE {name} TO {name}_one");
        string one = server.For(name, name + "_one", PostgresServer.Secret);
        string next = Refused(CoordinatorError.CoordinatorFull, one).NextStep;
        PostgresServer.Sql(connection, $"{Typed(next)}; ALTER DATABASE {name} CONNECTION LIMIT 0");
        PostgresServer.Sql(connection.Replace($"Database={name}", "Database=postgres", StringComparison.Ordinal), Typed(Refused(CoordinatorError.CoordinatorFull, one).NextStep));
        using Coordinator fleet = PostgresCoordinator.Open(one);
        fleet.Inspect(null);
    }

    private static string Typed(string next) => next[next.IndexOf("ALTER", StringComparison.Ordinal)..next.IndexOf(';', StringComparison.Ordinal)];

    [Fact]
    public void A_server_without_encryption_for_a_user_who_wants_it()
    {
        CoordinatorException failure = Refused(CoordinatorError.CoordinatorUnreachable, server.NewDatabase() + ";SSL Mode=Require");
        Assert.Contains("SSL Mode=Disable", failure.NextStep, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("postgresql://ci@db.example:5432/agents", "ci", "agents", "Host=db.example;Port=5432;Username=ci;Database=agents")]
    [InlineData("postgresql://a@b@[::1]:5432", "a@b", null, "Host=::1;Port=5432;Username=a@b")]
    [InlineData("postgresql://db:5432/agents", null, "agents", "Host=db;Port=5432;Database=agents")]
    [InlineData("postgresql://ci@/agents?host=/run/postgresql&port=5433", "ci", "agents", "Host=/run/postgresql;Port=5433;Username=ci;Database=agents")]
    [InlineData("postgresql:///?host=@abstract&port=5432", null, null, "Host=@abstract;Port=5432")]
    [InlineData("x", null, null, "Host=x")]
    public void What_a_place_tells_can_be_typed(string place, string? user, string? database, string connection)
    {
        ServerPlace found = ServerPlace.Of(place);
        Assert.Equal((user, database, connection), (found.User, found.Database, found.Connection));
    }

    [Fact]
    public void Two_names_with_one_number()
    {
        string connection = server.NewDatabase();
        using Coordinator fleet = PostgresCoordinator.Open(connection);
        fleet.Inspect(null);
        PostgresServer.Sql(connection, $"INSERT INTO procdedup.lock_name(key, name) VALUES ({LockKey.Of("artifact").ToString(CultureInfo.InvariantCulture)}, 'other')");
        var failure = Assert.Throws<CoordinatorException>(() => FileLock.Acquire(new LockRequest(_place.Named("artifact")) { Coordinator = fleet }));
        Assert.Equal(CoordinatorError.CoordinatorNameCollision, failure.Error);
        Assert.Contains("'other'", failure.Message, StringComparison.Ordinal);
        FileLock.Acquire(new LockRequest(_place.Named("third")) { Coordinator = fleet }).Dispose();
    }

    [Fact]
    public void A_file_of_this_machine_is_no_lock_of_a_fleet()
    {
        using Coordinator fleet = PostgresCoordinator.Open("Host=db");
        var failure = Assert.Throws<CoordinatorException>(() => FileLock.Acquire(new LockRequest(_place.AtPath("x.lock")) { Coordinator = fleet }));
        Assert.Equal(CoordinatorError.CoordinatorNeedsName, failure.Error);
        Assert.False(File.Exists(_place.File("x.lock")));
    }
}
