using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using ProcessDedup.Coordination;
using ProcessDedup.Fetch;
using ProcessDedup.Postgres;
using ProcessDedup.Store;
using ProcessDedup.Substituters;
using ProcessDedup.Tests.Flight;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Fleet;

/// <summary>
/// A machine that is at work loses its connection, and with it the lock: it is told, the one that waits goes on, and of the two
/// the later holder's row stays.
/// </summary>
public sealed class FleetCutTests(PostgresServer server) : IDisposable
{
    private const string Lost = "may do the same work";
    private const string Late = "a later result";

    private readonly TwoMachines _it = new(server);

    public void Dispose() => _it.Dispose();

    private long Fence => PostgresServer.Ask<long>(_it.Connection, "SELECT fence FROM procdedup.flight");

    private static void AssertTold(IReadOnlyList<string> lines, string what) =>
        Assert.Single(lines, l => l.StartsWith("TOLD ", StringComparison.Ordinal) && l.Contains(what, StringComparison.Ordinal));

    [Fact]
    public void Who_builds_is_told_and_does_not_write_over_who_took_the_lock_since()
    {
        using Peer leader = _it.LeaderAtGate();
        using Peer waiter = _it.WaiterHere();
        _it.AwaitQueued(1);
        Assert.Equal(1, PostgresServer.Terminate(_it.Connection, "pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted)"));
        Assert.Equal(FetchStatus.Built, Assert.Single(Caching.AnswersOf(waiter)).Status);
        long fence = Fence;
        _it.OpenGate();
        IReadOnlyList<string> said = leader.ReadToEnd();
        Assert.Equal(FetchStatus.Built, said.Select(Answer.TryParse).OfType<Answer>().Single().Status);
        AssertTold(said, Lost);
        AssertTold(said, Late);
        Assert.Equal((1, fence), (_it.Rows(), Fence));
        Assert.Equal(2, _it.Built["k"]);
        using var third = new TestDirectory();
        Assert.Equal(FetchStatus.Substituted, TwoMachines.RunOne(_it.Builder(third, "k")).Status);
    }

    [Fact]
    public void Who_fetches_is_told_at_once_and_who_waited_with_a_connection_that_was_cut_too_goes_on()
    {
        using var origin = new Origin();
        OriginFile file = origin.Serve("/a", 100_000, etag: "\"v1\"");
        var gate = new OriginGate(50_000);
        file.Gate = gate;
        using Coordinator fleet = PostgresCoordinator.Open(_it.Connection);
        var request = new FetchRequest(file)
        {
            MaxAge = TimeSpan.FromHours(1),
            Coordinator = fleet,
            PublishTo = _it.Store,
            Substituters = new SubstituterOptions { Addresses = [_it.Store] },
        };
        Task<FetchResult> leader = OtherFlow.Start(() => FetchCache.Open(_it.There.Root).Get(request));
        gate.WaitReached();
        file.Gate = null;
        using Peer waiter = _it.Getter(_it.Here, file, "--max-age-sec", "3600", "--read").Expect("READY");
        waiter.Say("go");
        _it.AwaitQueued(1);
        Assert.True(PostgresServer.Terminate(_it.Connection) >= 2, "those of both machines are cut");
        string? told = null;
        Eventually.True(() => (told ??= request.Activity.TakeRemark()) is not null, "it is told while it is at work");
        Assert.Contains(Lost, told, StringComparison.Ordinal);
        Assert.Equal(FetchStatus.Downloaded, Assert.Single(Caching.AnswersOf(waiter)).Status);
        long fence = Fence;
        gate.Open();
        Assert.Equal(FetchStatus.Downloaded, leader.Result("the leader's content").Status);
        Assert.Contains(Late, request.Activity.TakeRemark(), StringComparison.Ordinal);
        Assert.Null(request.Activity.TakeRemark());
        Assert.Equal((1, fence), (_it.Rows(), Fence));
        Assert.Equal(2, origin.Requests.Count);
        _it.AwaitUnlocked();
    }

    [Fact]
    public void Who_held_the_lock_for_a_moment_only_is_told_as_well()
    {
        using var origin = new Origin();
        var activity = new FetchActivity();
        FetchResult got = _it.Get(
            _it.Here, origin.Serve("/a", 1000), r => r with { Activity = activity },
            step => _ = step == StoreStep.LookedUpAgain ? PostgresServer.Terminate(_it.Connection) : 0);
        Assert.Equal(FetchStatus.Downloaded, got.Status);
        Assert.Contains(Lost, activity.TakeRemark(), StringComparison.Ordinal);
        // Nobody has taken it since.
        Assert.Null(activity.TakeRemark());
        Assert.Equal(1, _it.Rows());
    }
}
