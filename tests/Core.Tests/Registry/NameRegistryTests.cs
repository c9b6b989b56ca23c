using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using ProcessDedup.Locks;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Registry;

public sealed class NameRegistryTests : IDisposable
{
    private readonly TestDirectory _place = new();
    private readonly NameRegistry _registry;

    public NameRegistryTests() => _registry = NameRegistry.Of(_place.Root);

    public void Dispose() => _place.Dispose();

    [Fact]
    public void A_second_team_is_told_whose_the_name_is()
    {
        Assert.Empty(_registry.All());
        _registry.Register("builds", "Team A", "nightly builds", TimeSpan.FromMinutes(10));
        LockException taken = Expect.Error(LockError.LockNameTaken, () => _registry.Register("builds", "Team B"));
        Assert.Contains("Team A", taken.Message, StringComparison.Ordinal);
        Assert.Contains("nightly builds", taken.Message, StringComparison.Ordinal);
        RegisteredName name = Assert.Single(_registry.All());
        Assert.Equal(("builds", "Team A", "nightly builds", TimeSpan.FromMinutes(10)), (name.Namespace, name.Owner, name.Purpose, name.LongestHold));
        Assert.Equal($"{Environment.UserName}@{Environment.MachineName}", name.RegisteredBy);
    }

    [Fact]
    public void The_same_team_changes_what_it_said()
    {
        DateTimeOffset since = _registry.Register("builds", "Team A", "old").Since;
        _registry.Register("builds", " team a ", "new");
        RegisteredName name = _registry.Find("builds")!;
        Assert.Equal(("new", since), (name.Purpose, name.Since));
    }

    [Theory]
    [InlineData("builds", "Team A")]
    [InlineData("builds.x", "Team A")]
    [InlineData("builds.nightly", "Team B")]
    [InlineData("builds.nightly.x.y", "Team B")]
    [InlineData("builds-old", null)]
    [InlineData("build", null)]
    [InlineData("Builds", null)]
    [InlineData("x.builds", null)]
    public void A_name_covers_those_below_it_and_the_longest_one_counts(string name, string? owner)
    {
        _registry.Register("builds", "Team A");
        _registry.Register("builds.nightly", "Team B");
        Assert.Equal(owner, _registry.Find(name)?.Owner);
    }

    [Fact]
    public void A_name_is_given_up_by_its_team_or_by_force()
    {
        Expect.Error(LockError.LockNameUnknown, () => _registry.Unregister("builds", "Team A"));
        _registry.Register("builds", "Team A");
        Expect.Error(LockError.LockNameTaken, () => _registry.Unregister("builds", "Team B"));
        Expect.Error(LockError.LockNameTaken, () => _registry.Unregister("builds", null));
        Expect.Error(LockError.LockNameUnknown, () => _registry.Unregister("builds.x", "Team A"));
        _registry.Unregister("builds", "TEAM A");
        _registry.Register("builds", "Team B");
        _registry.Unregister("builds", null, force: true);
        Assert.Empty(_registry.All());
    }

    [Fact]
    public void Odd_names_are_names_and_bad_ones_are_refused()
    {
        string[] names = ["a b", "CON", "é", "e:f?", "💡", "%41", new string('n', 180)];
        Assert.All(names, name => _registry.Register(name, "Team A"));
        Assert.Equal(names.Order(StringComparer.Ordinal), _registry.All().Select(n => n.Namespace).Order(StringComparer.Ordinal));
        foreach (string bad in new[] { "", "a/b", ".a", new string('n', 181) })
            Expect.Error(LockError.LockNameInvalid, () => _registry.Register(bad, "Team A"));
        foreach (string bad in new[] { "", " ", "a\nb", new string('t', 101) })
            Expect.Error(LockError.LockRegistrationInvalid, () => _registry.Register("ok", bad));
        Expect.Error(LockError.LockRegistrationInvalid, () => _registry.Register("ok", "Team A", new string('p', 501)));
        Expect.Error(LockError.LockRegistrationInvalid, () => _registry.Register("ok", "Team A", null, TimeSpan.Zero));
        Assert.Null(_registry.Find("ok"));
    }

    [Fact]
    public void A_record_that_is_none_is_as_good_as_nothing()
    {
        _registry.Register("builds", "Team A");
        string file = Directory.GetFiles(Path.Combine(_place.Home, "registry"), "builds*").Single();
        foreach (string content in new[] { "", "{", "[]", "{\"namespace\":1}", "{\"namespace\":\"builds\",\"owner\":\"x\",\"since\":\"never\"}", new string('x', 100_000) })
        {
            File.WriteAllText(file, content);
            Assert.Null(_registry.Find("builds"));
            Assert.Empty(_registry.All());
        }

        Assert.Equal("Team B", _registry.Register("builds", "Team B").Owner);
        Assert.Equal("Team B", _registry.Find("builds")!.Owner);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("a/b")]
    [InlineData("\\ud800")]
    public void A_record_of_what_can_be_no_name_hides_no_other_name(string name)
    {
        _registry.Register("builds", "Team A");
        File.WriteAllText(
            Path.Combine(_place.Home, "registry", "odd.json"),
            $$"""{"namespace":"{{name}}","owner":"Team B","by":"b@m","since":"2026-01-01T00:00:00Z"}""");
        Assert.Equal("builds", Assert.Single(_registry.All()).Namespace);
    }

    [Fact]
    public void Of_many_processes_that_register_a_name_one_gets_it()
    {
        int count = Scale.Of(6, 32), rounds = Scale.Of(60, 100);
        List<Peer> peers = Enumerable.Range(0, count).Select(i => Peer.Locker(_place, "register", "n", $"Team{i}", "--rounds", $"{rounds}")).ToList();
        try
        {
            peers.ForEach(p => p.Expect("READY"));
            peers.ForEach(p => p.Say("go"));
            ILookup<string, string[]> said = peers.SelectMany(p => p.ReadToEnd()).Select(l => l.Split(' ', 3)).ToLookup(w => w[1]);
            Assert.Equal(rounds, said.Count);
            foreach (IGrouping<string, string[]> name in said)
            {
                string owner = Assert.Single(name, words => words[0] == "REGISTERED")[2];
                Assert.Equal(owner, _registry.Find(name.Key)!.Owner);
                Assert.Equal(count - 1, name.Count(words => words[0] == "TAKEN" && words[2].Contains($"by {owner} since", StringComparison.Ordinal)));
            }
        }
        finally
        {
            peers.ForEach(p => p.Dispose());
        }

        Assert.DoesNotContain(Directory.GetFiles(Path.Combine(_place.Home, "registry")), f => !f.EndsWith(".json", StringComparison.Ordinal));
    }

    [Fact]
    public void Waiters_are_told_of_a_hold_that_is_longer_than_registered()
    {
        _registry.Register("builds", "Team A", null, TimeSpan.FromMilliseconds(1));
        using Peer holder = Peer.Locker(_place, "hold", "builds.x", "--reason", "building").Expect("HELD");
        Eventually.True(() => LockInspector.Inspect(_place.Named("builds.x")).Overdue is not null, "the hold is too long");
        LockStatus status = LockInspector.Inspect(_place.Named("builds.x"));
        Assert.Contains("Team A registered at most 0 s for 'builds'", status.Overdue, StringComparison.Ordinal);
        LockException busy = Expect.Error(LockError.LockBusy, () => FileLock.Acquire(new LockRequest(_place.Named("builds.x")) { NoWait = true }));
        Assert.Contains("Team A registered", busy.Message, StringComparison.Ordinal);

        using Peer waiting = Peer.Procdedup(_place, "lock", "builds.x", "--", "true");
        Eventually.True(() => waiting.Errors.Contains("Team A registered at most", StringComparison.Ordinal), "the waiter is told");
        using Peer locks = Peer.Procdedup(_place, "locks");
        Assert.Contains("Team A registered", locks.Finish().Output, StringComparison.Ordinal);
        _registry.Register("builds", "Team A", null, TimeSpan.FromHours(1));
        Assert.Null(LockInspector.Inspect(_place.Named("builds.x")).Overdue);
    }
}
