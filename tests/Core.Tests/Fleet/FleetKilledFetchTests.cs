using System;
using System.IO;
using Npgsql;
using ProcessDedup.Coordination;
using ProcessDedup.Fetch;
using ProcessDedup.Postgres;
using ProcessDedup.Store;
using ProcessDedup.Tests.Flight;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Fleet;

/// <summary>kill -9 of the one machine that fetches, at every step, while another one waits for it.</summary>
public sealed class FleetKilledFetchTests(PostgresServer server) : IDisposable
{
    private readonly TwoMachines _it = new(server);
    private readonly Origin _origin = new();

    public void Dispose()
    {
        _origin.Dispose();
        _it.Dispose();
    }

    public static TheoryData<string> Steps => new(Enum.GetNames<StoreStep>());

    private int Published => Directory.GetFiles(_it.Store, "*.json", SearchOption.AllDirectories).Length;

    private static string[] Wanted(OriginFile file) => [file, "--max-age-sec", "3600", "--read"];

    [Theory]
    [MemberData(nameof(Steps))]
    public void The_machine_that_waits_fetches_what_a_killed_one_began_to(string step)
    {
        OriginFile file = _origin.Serve("/a", 100_000, etag: "\"v1\"");
        file.Gate = new OriginGate(50_000);
        // By then it has not asked the origin yet, nor does anybody wait for it.
        bool isEarly = Enum.Parse<StoreStep>(step) < StoreStep.Producing;
        bool isMidBody = step == nameof(StoreStep.Producing);
        string[] death = isMidBody ? [] : ["--die-at", step];
        using Peer leader = _it.Getter(_it.There, [.. Wanted(file), .. death]).Expect("READY");
        using Peer waiter = _it.Getter(_it.Here, Wanted(file)).Expect("READY");
        leader.Say("go");
        if (!isEarly)
        {
            file.Gate.WaitReached();
            waiter.Say("go");
            _it.AwaitQueued(1);
        }

        if (isMidBody)
            leader.Kill();
        file.Gate.Open();
        Assert.Empty(leader.ReadToEnd());
        Assert.Equal(128 + 9, leader.WaitForExit());
        if (isEarly)
            waiter.Say("go");
        Answer got = Assert.Single(Caching.AnswersOf(waiter));
        Assert.Equal((FetchStatus.Downloaded, Caching.HashOf(file)), (got.Status, got.Digest));
        Assert.Equal(isEarly ? 1 : 2, _origin.Requests.Count);
        Assert.Equal((1, 1), (_it.Rows("entry IS NOT NULL AND failure IS NULL"), Published));
        bool isContentThere = step is nameof(StoreStep.Published) or nameof(StoreStep.Committed);
        Assert.Equal(isContentThere ? 1 : 0, Caching.CheckContent(new StoreLayout(_it.There.Home)));
        FetchStatus? back = TwoMachines.RunOne(_it.Getter(_it.There, Wanted(file))).Status;
        Assert.Equal(
            step switch
            {
                nameof(StoreStep.Committed) => FetchStatus.Hit,
                nameof(StoreStep.Published) => FetchStatus.Revalidated,
                _ => FetchStatus.Substituted,
            },
            back);
        Assert.Equal(isEarly ? 1 : 2, _origin.Requests.Count);
    }

    [Fact]
    public void Content_that_no_row_names_as_its_publisher_was_killed_is_published_already()
    {
        OriginFile file = _origin.Serve("/a", 100_000, etag: "\"v1\"");
        using Coordinator fleet = PostgresCoordinator.Open(_it.Connection);
        Assert.Null(fleet.Records.Find("k", default));
        using var own = new NpgsqlConnection(_it.Connection + ";Pooling=false");
        own.Open();
        using NpgsqlTransaction transaction = own.BeginTransaction();
        using (var command = new NpgsqlCommand("LOCK TABLE procdedup.flight IN SHARE MODE", own))
            command.ExecuteNonQuery();
        using Peer leader = _it.Getter(_it.There, Wanted(file)).Expect("READY");
        leader.Say("go");
        int Writer() => PostgresServer.Ask<int>(
            _it.Connection, "SELECT pid FROM pg_locks WHERE NOT granted AND relation = 'procdedup.flight'::regclass");
        Eventually.True(() => Writer() != 0, "the row is to be written");
        Assert.Equal(1, Published);
        int writer = Writer();
        leader.Kill();
        // What it has asked for already the server would do: it notices by itself that nobody is there any more.
        Eventually.True(() => Writer() != writer, "the server has noticed");
        transaction.Rollback();
        Assert.Equal(0, _it.Rows());
        Assert.Equal(FetchStatus.Downloaded, TwoMachines.RunOne(_it.Getter(_it.Here, Wanted(file))).Status);
        using var third = new TestDirectory();
        Assert.Equal(FetchStatus.Substituted, TwoMachines.RunOne(_it.Getter(third, Wanted(file))).Status);
        Assert.Equal((1, 1, 2), (_it.Rows("entry IS NOT NULL"), Published, _origin.Requests.Count));
    }
}
