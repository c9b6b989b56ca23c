using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using ProcessDedup.Artifacts;
using ProcessDedup.Coordination;
using ProcessDedup.Fetch;
using ProcessDedup.Postgres;
using ProcessDedup.Store;
using ProcessDedup.Substituters;
using ProcessDedup.Tests.Flight;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Fleet;

/// <summary>Processes of two machines want the same artifacts.</summary>
public sealed class FleetBuildTests(PostgresServer server) : IDisposable
{
    private readonly TwoMachines _it = new(server);

    public void Dispose() => _it.Dispose();

    public static TheoryData<string> Steps => new(Enum.GetNames<StoreStep>().Where(s => s != nameof(StoreStep.Producing)));

    [Fact]
    public void Of_two_machines_with_many_processes_one_builds_each_key()
    {
        string[] keys = [.. Enumerable.Range(0, Scale.Of(4, 100)).Select(i => i.ToString(CultureInfo.InvariantCulture))];
        int each = Scale.Of(4, 16);
        var random = new Random(1);
        List<Peer> peers = [.. _it.Both.SelectMany(machine => Enumerable.Range(0, each).Select(_ =>
        {
            string[] shuffled = [.. keys];
            random.Shuffle(shuffled);
            return _it.Builder(machine, shuffled);
        }))];
        List<IReadOnlyList<Answer>> answers = TwoMachines.Run(peers);
        Assert.All(answers, a => Assert.Equal(keys.Length, a.Count));
        Assert.All(answers.SelectMany(a => a), a => Assert.True(a.ErrorId is null, a.ToString()));
        Assert.Equal(keys.Order(StringComparer.Ordinal), _it.Built.Keys.Order(StringComparer.Ordinal));
        Assert.All(_it.Built, built => Assert.True(built.Value == 1, $"{built.Key} was built {built.Value} times"));
        Assert.Equal(keys.Length, answers.SelectMany(a => a).Count(a => a.Status == FetchStatus.Built));
        Assert.Equal(keys.Length, answers.SelectMany(a => a).Count(a => a.Status == FetchStatus.Substituted));
        Assert.Equal(keys.Length, answers.SelectMany(a => a).Select(a => a.Digest).Distinct().Count());
        _it.AwaitUnlocked();
    }

    [Fact]
    public void Without_any_lock_nothing_but_work_is_lost()
    {
        List<Peer> peers = [.. _it.Both.SelectMany(m => Enumerable.Range(0, Scale.Of(4, 16)).Select(_ => _it.Builder(m, "k", "--no-locks")))];
        List<IReadOnlyList<Answer>> answers = TwoMachines.Run(peers);
        Assert.All(answers.SelectMany(a => a), a => Assert.True(a.ErrorId is null, a.ToString()));
        Assert.Single(answers.SelectMany(a => a).Select(a => a.Digest).Distinct());
        Assert.Equal(1, _it.Rows("entry IS NOT NULL"));
        Assert.Equal(FetchStatus.Hit, TwoMachines.RunOne(_it.Builder(_it.Here, "k")).Status);
    }

    [Fact]
    public void What_was_not_there_a_moment_ago_is_looked_for_after_a_wait()
    {
        // This machine remembers for a minute that the substituter has not got it.
        using (Peer alone = Peer.Fetcher(_it.Here, "build", _it.Log, "k", "--substituter", _it.Store, "--die-at", nameof(StoreStep.Staged)))
        {
            alone.Expect("READY");
            alone.Say("go");
            alone.WaitForExit();
        }

        Assert.NotEmpty(Directory.GetFiles(_it.Here.Home, "*.absent", SearchOption.AllDirectories));
        Assert.Equal(FetchStatus.Built, TwoMachines.RunOne(_it.Builder(_it.There, "k")).Status);
        Assert.Equal(FetchStatus.Substituted, TwoMachines.RunOne(_it.Builder(_it.Here, "k")).Status);
        Assert.Equal(1, _it.Built["k"]);
    }

    [Fact]
    public void A_failed_build_is_told_to_those_who_waited_and_to_nobody_later()
    {
        using Peer leader = _it.LeaderAtGate("--fail");
        List<Peer> waiters = [.. Enumerable.Range(0, 3).Select(_ => _it.WaiterHere())];
        _it.AwaitQueued(1);
        Eventually.True(() => Locks.LockInspector.InspectAll(_it.Here.Root).Sum(l => l.Waiters.Count) == 2, "two wait here");
        _it.OpenGate();
        Assert.Contains("out of luck", Assert.Single(Caching.AnswersOf(leader)).Line, StringComparison.Ordinal);
        foreach (Peer waiter in waiters)
        {
            Answer answer = Assert.Single(Caching.AnswersOf(waiter));
            Assert.Equal("ProducerFailed", answer.ErrorId);
            Assert.Contains("out of luck", answer.Line, StringComparison.Ordinal);
            waiter.Dispose();
        }

        Assert.Equal(1, _it.Built["k"]);
        // Whoever asks later tries for himself.
        Assert.Equal(FetchStatus.Built, TwoMachines.RunOne(_it.Builder(_it.Here, "k")).Status);
        Assert.Equal(1, _it.Rows("failure IS NULL AND entry IS NOT NULL"));
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public void The_other_machine_finishes_what_a_killed_one_began(string step)
    {
        using (Peer dying = _it.Builder(_it.There, "k", "--die-at", step))
        {
            dying.Expect("READY");
            dying.Say("go");
            Assert.Empty(dying.ReadToEnd());
            Assert.Equal(128 + 9, dying.WaitForExit());
        }

        Answer next = TwoMachines.RunOne(_it.Builder(_it.Here, "k"));
        Assert.Equal(FetchStatus.Built, next.Status);
        Assert.Equal("two", File.ReadAllText(Path.Combine(next.Path, "two")));
        Answer back = TwoMachines.RunOne(_it.Builder(_it.There, "k"));
        // What it had published for itself, without a record, is the very content.
        Assert.Equal(
            step switch
            {
                nameof(StoreStep.Committed) => FetchStatus.Hit,
                nameof(StoreStep.Published) => FetchStatus.Revalidated,
                _ => FetchStatus.Substituted,
            },
            back.Status);
        Assert.Equal(next.Digest, back.Digest);
    }

    [Fact]
    public void A_waiter_takes_over_from_one_that_is_killed_while_it_builds()
    {
        using Peer leader = _it.LeaderAtGate();
        using Peer waiter = _it.WaiterHere();
        _it.AwaitQueued(1);
        leader.Kill();
        Assert.Equal(FetchStatus.Built, Assert.Single(Caching.AnswersOf(waiter)).Status);
        Assert.Equal(2, _it.Built["k"]);
    }

    [Fact]
    public void A_lock_that_is_lost_during_the_work_changes_nothing()
    {
        using Peer leader = _it.LeaderAtGate();
        PostgresServer.Terminate(_it.Connection);
        _it.OpenGate();
        Assert.Equal(FetchStatus.Built, Assert.Single(Caching.AnswersOf(leader)).Status);
        Assert.Equal(FetchStatus.Substituted, TwoMachines.RunOne(_it.Builder(_it.Here, "k")).Status);
        Assert.Equal(1, _it.Rows("entry IS NOT NULL"));
        Assert.Equal(1, _it.Built["k"]);
    }

    [Fact]
    public void A_leader_that_stands_still_on_another_machine_is_left_behind_if_that_is_wanted()
    {
        using Peer leader = _it.LeaderAtGate();
        leader.Signal("STOP");
        using Peer waiter = _it.WaiterHere("--stall-timeout-sec", "1");
        Assert.Equal(FetchStatus.Built, Answer.TryParse(waiter.Read("OK"))?.Status);
        string told = waiter.Await("TOLD");
        Assert.Contains("makes no progress", told, StringComparison.Ordinal);
        Assert.Contains($"(PID {leader.Id}", told, StringComparison.Ordinal);
        leader.Signal("CONT");
        _it.OpenGate();
        Assert.Equal(FetchStatus.Built, Assert.Single(Caching.AnswersOf(leader)).Status);
    }

    [Fact]
    public void What_cannot_be_published_is_built_all_the_same_and_that_is_said()
    {
        string gone = _it.Here.File("gone/store");
        using Peer builder = Peer.Fetcher(
            _it.Here, "build", _it.Log, "k", "--coordinator", _it.Connection, "--substituter", _it.Store, "--publish-to", gone);
        builder.Expect("READY");
        builder.Say("go");
        Assert.Equal(FetchStatus.Built, Answer.TryParse(builder.Await("OK"))?.Status);
        Assert.Contains("not published", builder.Await("TOLD"), StringComparison.Ordinal);
        Assert.Equal(0, _it.Rows());
    }

    [Fact]
    public void Without_a_coordinator_a_build_is_published_as_well()
    {
        using (Peer builder = Peer.Fetcher(_it.Here, "build", _it.Log, "k", "--substituter", _it.Store, "--publish-to", _it.Store))
            Assert.Equal(FetchStatus.Built, TwoMachines.RunOne(builder).Status);
        using Peer restorer = Peer.Fetcher(_it.There, "build", _it.Log, "k", "--substituter", _it.Store);
        Assert.Equal(FetchStatus.Substituted, TwoMachines.RunOne(restorer).Status);
    }

    [Fact]
    public void Without_a_place_in_common_a_coordinator_is_refused()
    {
        using Coordinator fleet = PostgresCoordinator.Open(_it.Connection);
        FetchException Refused(ArtifactRequest request) => Assert.Throws<FetchException>(
            () => ArtifactCache.Open(_it.Here.Root).Build(request, _ => Assert.Fail("built")));
        Assert.Contains("-PublishTo", Refused(new ArtifactRequest(ArtifactKey.Of("k")) { Coordinator = fleet }).NextStep, StringComparison.Ordinal);
        Assert.Contains(
            "-Substituter", Refused(new ArtifactRequest(ArtifactKey.Of("k")) { Coordinator = fleet, PublishTo = _it.Store }).NextStep, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_server_nothing_is_built_and_nothing_stays_locked()
    {
        using Coordinator nobody = PostgresCoordinator.Open("Host=127.0.0.1;Port=1;Username=ci;Timeout=60");
        var request = new ArtifactRequest(ArtifactKey.Of("k"))
        {
            Coordinator = nobody,
            PublishTo = _it.Store,
            Substituters = new SubstituterOptions { Addresses = [_it.Store] },
            ProceedOnTimeout = true,
        };
        CoordinatorException e = Assert.Throws<CoordinatorException>(
            () => ArtifactCache.Open(_it.Here.Root).Build(request, _ => Assert.Fail("built")));
        Assert.Equal(CoordinatorError.CoordinatorUnreachable, e.Error);
        Assert.All(Locks.LockInspector.InspectAll(_it.Here.Root), l => Assert.Equal(Locks.LockState.Free, l.State));
    }
}
