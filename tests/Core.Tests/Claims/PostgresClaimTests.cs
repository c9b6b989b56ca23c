using System;
using ProcessDedup.Claims;
using ProcessDedup.Coordination;
using ProcessDedup.Postgres;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Claims;

/// <summary>Claims in a database of PostgreSQL.</summary>
public sealed class PostgresClaimTests : ClaimContract
{
    private readonly PostgresServer _server;
    private readonly string _connection;
    private readonly Coordinator _fleet;

    public PostgresClaimTests(PostgresServer server)
    {
        _server = server;
        _connection = server.NewDatabase();
        _fleet = PostgresCoordinator.Open(_connection);
    }

    public override void Dispose()
    {
        _fleet.Dispose();
        base.Dispose();
    }

    protected override ClaimStore Open() => _fleet.OpenClaims();

    [Fact]
    public void The_token_is_not_in_the_database_and_the_password_not_in_the_claim()
    {
        using ClaimStore store = Open();
        ClaimResult won = store.Add(new ClaimRequest("builds", "k") { Token = "swordfish-swordfish" });
        Assert.DoesNotContain(PostgresServer.Secret, won.Path, StringComparison.Ordinal);
        Assert.StartsWith("postgresql://postgres@127.0.0.1:", won.Path, StringComparison.Ordinal);
        Assert.Equal(0L, PostgresServer.Ask<long>(_connection, "SELECT count(*) FROM procdedup.claim c WHERE c::text LIKE '%swordfish%'"));
    }

    [Fact]
    public void A_connection_that_was_ended_between_two_questions_is_replaced()
    {
        using ClaimStore store = Open();
        Assert.Equal(ClaimOutcome.Won, store.Add(new ClaimRequest("builds", "a")).Outcome);
        Assert.Equal(1, PostgresServer.Terminate(_connection));
        Assert.Equal(ClaimOutcome.Won, store.Add(new ClaimRequest("builds", "b")).Outcome);
        PostgresServer.Terminate(_connection);
        Assert.Equal(2, store.Find().Count);
        PostgresServer.Terminate(_connection);
        Assert.Equal("a", store.Remove("builds", "a", null, force: true).Key);
    }

    [Fact]
    public void A_commit_that_hangs_for_a_standby_that_is_missing_is_not_called_won()
    {
        using Coordinator brief = PostgresCoordinator.Open(_connection);
        using ClaimStore store = brief.OpenClaims(TimeSpan.FromSeconds(3));
        Assert.Equal(ClaimOutcome.Won, store.Add(new ClaimRequest("builds", "warm")).Outcome);
        string token;
        try
        {
            PostgresServer.Sql(_connection, "ALTER SYSTEM SET synchronous_standby_names = 'missing'");
            Reload();
            ClaimException hung = Expect(ClaimError.ClaimOutcomeUnknown, () => store.Add(new ClaimRequest("builds", "k")));
            Assert.Contains("COMMIT hung", hung.Message, StringComparison.Ordinal);
            Assert.Contains("synchronous_standby_names", hung.Message, StringComparison.Ordinal);
            token = hung.Token!;
            // Asking again waits for the standby as well, and says the same while it is missing.
            Expect(ClaimError.ClaimOutcomeUnknown, () => store.Add(new ClaimRequest("builds", "k") { Token = token }));
            // Who asks without the token has lost, and needs no standby for that.
            Assert.Equal(ClaimOutcome.Lost, store.Add(new ClaimRequest("builds", "k")).Outcome);
            CoordinatorException removal = Assert.Throws<CoordinatorException>(() => store.Remove("builds", "warm", null, force: true));
            Assert.Contains("synchronous_standby_names", removal.Message, StringComparison.Ordinal);
        }
        finally
        {
            PostgresServer.Sql(_connection, "ALTER SYSTEM RESET synchronous_standby_names");
            Reload();
        }

        Assert.Equal(ClaimOutcome.Won, store.Add(new ClaimRequest("builds", "k") { Token = token }).Outcome);

        void Reload()
        {
            bool isMeant = PostgresServer.Ask<string>(_connection, "SELECT setting FROM pg_settings WHERE name = 'synchronous_standby_names'") == string.Empty;
            PostgresServer.Sql(_connection, "SELECT pg_reload_conf()");
            Eventually.True(
                () => PostgresServer.Ask<string>(_connection, "SELECT setting FROM pg_settings WHERE name = 'synchronous_standby_names'") == (isMeant ? "missing" : string.Empty),
                "the server has read its settings");
        }
    }

    [Fact]
    public void A_claim_without_an_answer_is_found_to_be_the_askers_own()
    {
        using var relay = new Relay(_server.Port);
        using Coordinator behind = PostgresCoordinator.Open(relay.Through(_connection));
        using ClaimStore store = behind.OpenClaims();
        store.Add(new ClaimRequest("builds", "warm"));
        relay.CutAtAnswers(1);
        ClaimResult won = store.Add(new ClaimRequest("builds", "k"));
        Assert.Equal((ClaimOutcome.Won, 1), (won.Outcome, (int)won.Fence));
        Assert.Equal(ClaimOutcome.Lost, store.Add(new ClaimRequest("builds", "k")).Outcome);
    }

    [Fact]
    public void A_claim_of_which_nothing_can_be_found_out_comes_with_the_token_to_ask_later()
    {
        using var relay = new Relay(_server.Port);
        using Coordinator behind = PostgresCoordinator.Open(relay.Through(_connection));
        using ClaimStore store = behind.OpenClaims();
        store.Add(new ClaimRequest("builds", "warm"));
        relay.CutAtAnswers(int.MaxValue);
        ClaimException unknown = Expect(ClaimError.ClaimOutcomeUnknown, () => store.Add(new ClaimRequest("builds", "k")));
        using ClaimStore other = Open();
        Assert.Equal(ClaimOutcome.Lost, other.Add(new ClaimRequest("builds", "k")).Outcome);
        Assert.Equal(ClaimOutcome.Won, other.Add(new ClaimRequest("builds", "k") { Token = unknown.Token }).Outcome);
    }
}
