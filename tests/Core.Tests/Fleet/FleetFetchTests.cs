using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using ProcessDedup.Coordination;
using ProcessDedup.Fetch;
using ProcessDedup.Platform;
using ProcessDedup.Postgres;
using ProcessDedup.Store;
using ProcessDedup.Substituters;
using ProcessDedup.Tests.Flight;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Fleet;

/// <summary>Processes of two machines want what one origin has.</summary>
public sealed class FleetFetchTests(PostgresServer server) : IDisposable
{
    private readonly TwoMachines _it = new(server);
    private readonly Origin _origin = new();

    public void Dispose()
    {
        _origin.Dispose();
        _it.Dispose();
    }

    private FetchResult Get(
        TestDirectory machine, string address, Func<FetchRequest, FetchRequest>? adjust = null, Action<StoreStep>? reached = null) =>
        _it.Get(machine, address, adjust, reached);

    private int Gets => _origin.Requests.Count;

    [Fact]
    public void Of_two_machines_with_many_processes_one_asks_for_each_cold_address()
    {
        OriginFile[] files = [.. Enumerable.Range(0, Scale.Of(3, 100)).Select(i =>
            _origin.Serve("/" + i.ToString(CultureInfo.InvariantCulture), 10_000 + i, etag: "\"v1\""))];
        string[] words = [.. files.Select(f => (string)f), "--read", "--max-age-sec", "3600"];
        List<Peer> peers = [.. _it.Both.SelectMany(machine => Enumerable.Range(0, Scale.Of(4, 16)).Select(_ => _it.Getter(machine, words)))];
        List<IReadOnlyList<Answer>> answers = TwoMachines.Run(peers);
        Assert.All(answers.SelectMany(a => a), a => Assert.True(a.ErrorId is null, a.ToString()));
        Assert.All(answers, a => Assert.Equal(files.Select(Caching.HashOf), a.Select(x => x.Digest)));
        Assert.Equal(files.Length, answers.SelectMany(a => a).Count(a => a.Status == FetchStatus.Downloaded));
        Assert.Equal(files.Length, answers.SelectMany(a => a).Count(a => a.Status == FetchStatus.Substituted));
        Assert.All(files, file => Assert.Single(_origin.Requests, r => r.Path == new Uri(file).AbsolutePath));
    }

    [Fact]
    public void What_one_machine_has_fetched_is_as_old_for_the_others()
    {
        OriginFile file = _origin.Serve("/a", 100_000, etag: "\"v1\"");
        FetchResult first = Get(_it.Here, file, r => r with { MaxAge = TimeSpan.FromHours(1) });
        FetchResult second = Get(_it.There, file, r => r with { MaxAge = TimeSpan.FromHours(1) });
        Assert.Equal((FetchStatus.Downloaded, FetchStatus.Substituted), (first.Status, second.Status));
        Assert.Equal(_it.Store, second.From);
        Assert.Equal(first.Digest, second.Digest);
        Assert.Equal(Path.GetFileName(first.Path), Path.GetFileName(second.Path));
        Assert.Equal(1, Gets);
        // Whoever takes nothing older than his request is not served with it.
        Assert.Equal(FetchStatus.Revalidated, Get(_it.There, file, r => r with { MaxAge = TimeSpan.Zero }).Status);
        Assert.Equal(2, Gets);
    }

    [Theory]
    [InlineData(-86_400_000L)]
    [InlineData(86_400_000L)]
    public void The_clocks_of_machines_are_not_compared(long wrongBy)
    {
        OriginFile file = _origin.Serve("/a", 1000, etag: "\"v1\"");
        Get(_it.Here, file, r => r with { MaxAge = TimeSpan.FromMinutes(10) });
        // As a machine whose clock is wrong by a day would have written it.
        PostgresServer.Sql(_it.Connection, string.Create(CultureInfo.InvariantCulture, $"""
            UPDATE procdedup.flight SET entry = (entry::jsonb
              || jsonb_build_object('validated', (entry::jsonb->>'validated')::bigint + {wrongBy})
              || jsonb_build_object('committed', (entry::jsonb->'committed') || jsonb_build_object('ticks', 0, 'utc', 0)))::text
            """));
        Assert.Equal(FetchStatus.Substituted, Get(_it.There, file, r => r with { MaxAge = TimeSpan.FromMinutes(10) }).Status);
        // And by the server's clock it gets old.
        PostgresServer.Sql(_it.Connection, "UPDATE procdedup.flight SET committed = committed - interval '11 minutes'");
        using var third = new TestDirectory();
        Assert.Equal(FetchStatus.Downloaded, Get(third, file, r => r with { MaxAge = TimeSpan.FromMinutes(10) }).Status);
    }

    [Fact]
    public void What_came_to_this_machine_is_fresh_only_for_those_who_had_asked_before_it_was_fetched()
    {
        OriginFile file = _origin.Serve("/a", 1000, etag: "\"v1\"");
        // The moment of the fetch is reckoned to be earlier by as long as the server's answer takes: nobody's takes a minute.
        var early = new FetchRequest(file) { Asked = MachineMoment.Now.Before(TimeSpan.FromMinutes(1)) };
        Get(_it.Here, file);
        FetchRequest late = new FetchRequest(file).AskedNow();
        FetchResult Of(FetchRequest request)
        {
            using Coordinator fleet = PostgresCoordinator.Open(_it.Connection);
            return FetchCache.Open(_it.There.Root).Get(request with
            {
                Coordinator = fleet,
                PublishTo = _it.Store,
                Substituters = new SubstituterOptions { Addresses = [_it.Store] },
                MaxAge = TimeSpan.Zero,
            });
        }

        Assert.Equal(FetchStatus.Substituted, Of(early).Status);
        Assert.Equal(1, Gets);
        // It came to this machine after "late" had asked, but had been fetched before.
        Assert.Equal(FetchStatus.Revalidated, Of(late).Status);
        Assert.Equal(2, Gets);
    }

    [Fact]
    public void What_has_the_expected_hash_is_the_same_from_any_address()
    {
        OriginFile file = _origin.Serve("/a", 1000);
        _origin.Serve("/b", 1000);
        ContentHash expected = ContentHash.OfSha256(Caching.HashOf(file));
        Get(_it.Here, file, r => r with { Expected = expected });
        FetchResult other = Get(_it.There, file.ToString()!.Replace("/a", "/b", StringComparison.Ordinal), r => r with { Expected = expected });
        Assert.Equal((FetchStatus.Substituted, "b"), (other.Status, Path.GetFileName(other.Path)));
        Assert.Equal(1, Gets);
    }

    [Fact]
    public void Content_that_is_not_what_was_fetched_is_refused_and_fetched_again()
    {
        OriginFile file = _origin.Serve("/a", 1000, etag: "\"v1\"");
        Get(_it.Here, file, r => r with { MaxAge = TimeSpan.FromHours(1) });
        // The very artifact of another file, under this one's key.
        string record = Assert.Single(Directory.GetFiles(_it.Store, "*.json", SearchOption.AllDirectories));
        string key = Path.GetFileNameWithoutExtension(record);
        OriginFile other = _origin.Serve("/b", 2000, etag: "\"v1\"");
        Get(_it.Here, other, r => r with { MaxAge = TimeSpan.FromHours(1) });
        string theirs = Directory.GetFiles(_it.Store, "*.json", SearchOption.AllDirectories).Single(f => f != record);
        File.Delete(record);
        File.WriteAllText(record, File.ReadAllText(theirs).Replace(Path.GetFileNameWithoutExtension(theirs), key, StringComparison.Ordinal));
        var activity = new FetchActivity();
        FetchResult got = Get(_it.There, file, r => r with { MaxAge = TimeSpan.FromHours(1), Activity = activity });
        Assert.Equal((FetchStatus.Downloaded, Caching.HashOf(file)), (got.Status, got.Digest[7..]));
        Assert.Contains("not what was fetched", activity.TakeRemark(), StringComparison.Ordinal);
        // And is there for the next.
        using var third = new TestDirectory();
        Assert.Equal(FetchStatus.Substituted, Get(third, file, r => r with { MaxAge = TimeSpan.FromHours(1) }).Status);
    }

    [Fact]
    public void No_connection_is_kept_while_content_comes_from_elsewhere()
    {
        OriginFile file = _origin.Serve("/a", 1000, etag: "\"v1\"");
        FetchRequest Recent(FetchRequest request) => request with { MaxAge = TimeSpan.FromHours(1) };
        Get(_it.Here, file, Recent);
        int looks = 0;
        void Reached(StoreStep step)
        {
            if (step != StoreStep.Staged)
                return;
            looks++;
            Eventually.True(
                () => PostgresServer.Ask<long>(
                    _it.Connection, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'procdedup %'") == 0,
                "no connection");
        }

        Assert.Equal(FetchStatus.Substituted, Get(_it.There, file, Recent, Reached).Status);
        Assert.Equal(1, looks);
    }

    [Fact]
    public void A_name_in_a_row_becomes_a_name_without_a_directory()
    {
        OriginFile file = _origin.Serve("/a", 1000, etag: "\"v1\"");
        FetchRequest Recent(FetchRequest request) => request with { MaxAge = TimeSpan.FromHours(1) };
        Get(_it.Here, file, Recent);
        PostgresServer.Sql(_it.Connection, "UPDATE procdedup.flight SET entry = jsonb_set(entry::jsonb, '{name}', '\"../../evil\"')::text");
        FetchResult got = Get(_it.There, file, Recent);
        Assert.Equal((FetchStatus.Substituted, "evil"), (got.Status, Path.GetFileName(got.Path)));
    }

    [Fact]
    public void A_missing_file_is_asked_for_once_by_all_who_wait()
    {
        OriginFile file = _origin.Serve("/a", 1000);
        file.Status = 404;
        using Coordinator third = PostgresCoordinator.Open(_it.Connection);
        string name = "fetch-" + ContentHash.HexOf($"http\n{file}\n");
        FleetHold hold = third.Take(new FleetRequest([name], Locks.LockMode.Exclusive, 1, null, true, null), default)!;
        Peer[] peers = [.. _it.Both.Select(machine => _it.Getter(machine, file).Expect("READY"))];
        foreach (Peer peer in peers)
            peer.Say("go");
        _it.AwaitQueued(2);
        hold.Release();
        foreach (Peer peer in peers)
        {
            Assert.Equal("FetchNotFound", Assert.Single(Caching.AnswersOf(peer)).ErrorId);
            peer.Dispose();
        }

        Assert.Equal(1, Gets);
    }

    [Fact]
    public void Rows_that_nobody_uses_are_removed()
    {
        Get(_it.Here, _origin.Serve("/a", 1000));
        PostgresServer.Sql(_it.Connection, "UPDATE procdedup.flight SET used = used - interval '31 days'");
        Get(_it.Here, _origin.Serve("/b", 1000));
        Assert.Equal(1, _it.Rows());
        Assert.Equal(1, PostgresServer.Ask<long>(_it.Connection, "SELECT count(*) FROM procdedup.lock_name"));
        using Coordinator fleet = PostgresCoordinator.Open(_it.Connection);
        Assert.Equal(1, fleet.Records.Prune(TimeSpan.Zero));
        Assert.Equal(0, _it.Rows());
    }

    [Fact]
    public void What_a_block_makes_is_made_once_for_machines_of_a_kind()
    {
        int made = 0;
        FetchResult Make(TestDirectory machine)
        {
            using Coordinator fleet = PostgresCoordinator.Open(_it.Connection);
            var request = new FetchRequest("node_modules")
            {
                Coordinator = fleet,
                PublishTo = _it.Store,
                Substituters = new SubstituterOptions { Addresses = [_it.Store] },
            };
            return FetchCache.Open(machine.Root).Produce(request, [], directory =>
            {
                made++;
                File.WriteAllText(Path.Combine(directory, "x"), "content");
            });
        }

        FetchResult first = Make(_it.Here), second = Make(_it.There);
        Assert.Equal((FetchStatus.Built, FetchStatus.Substituted, 1), (first.Status, second.Status, made));
        Assert.Equal(first.Digest, second.Digest);
        Assert.Equal("content", File.ReadAllText(Path.Combine(second.Path, "x")));
    }
}
