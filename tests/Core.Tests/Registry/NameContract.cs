using System;
using System.Collections.Generic;
using System.Linq;
using ProcessDedup.Locks;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Registry;

/// <summary>What registered names mean, wherever they are kept.</summary>
public abstract class NameContract : IDisposable
{
    private protected TestDirectory Place { get; } = new();

    /// <summary>Where they are kept.</summary>
    protected abstract LockNames Names { get; }

    /// <summary>What another process needs to use the same.</summary>
    protected virtual string[] PeerArguments => [];

    protected virtual void NothingIsLeftBehind()
    {
    }

    public virtual void Dispose()
    {
        Place.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public void A_second_team_is_told_whose_the_name_is()
    {
        Assert.Empty(Names.All());
        Names.Register("builds", "Team A", "nightly builds", TimeSpan.FromMinutes(10));
        LockException taken = Expect.Error(LockError.LockNameTaken, () => Names.Register("builds", "Team B"));
        Assert.Contains("Team A", taken.Message, StringComparison.Ordinal);
        Assert.Contains("nightly builds", taken.Message, StringComparison.Ordinal);
        RegisteredName name = Assert.Single(Names.All());
        Assert.Equal(("builds", "Team A", "nightly builds", TimeSpan.FromMinutes(10)), (name.Namespace, name.Owner, name.Purpose, name.LongestHold));
        Assert.Equal($"{Environment.UserName}@{Environment.MachineName}", name.RegisteredBy);
    }

    [Fact]
    public void The_same_team_changes_what_it_said()
    {
        DateTimeOffset since = Names.Register("builds", "Team A", "old").Since;
        Names.Register("builds", " team a ", "new");
        RegisteredName name = Names.Find("builds")!;
        Assert.Equal(("new", since), (name.Purpose, name.Since));
    }

    [Theory]
    [InlineData("builds", "Team A")]
    [InlineData("builds.x", "Team A")]
    [InlineData("builds.nightly", "Team B")]
    [InlineData("builds.nightly.x.y", "Team B")]
    [InlineData("builds-old", null)]
    [InlineData("build", null)]
    [InlineData("Builds", "Team A")]
    [InlineData("BUILDS.Nightly.x", "Team B")]
    [InlineData("x.builds", null)]
    public void A_name_covers_those_below_it_and_the_longest_one_counts(string name, string? owner)
    {
        Names.Register("builds", "Team A");
        Names.Register("builds.nightly", "Team B");
        Assert.Equal(owner, Names.Find(name)?.Owner);
    }

    [Fact]
    public void A_name_is_given_up_by_its_team_or_by_force()
    {
        Expect.Error(LockError.LockNameUnknown, () => Names.Unregister("builds", "Team A"));
        Names.Register("builds", "Team A");
        Expect.Error(LockError.LockNameTaken, () => Names.Unregister("builds", "Team B"));
        Expect.Error(LockError.LockNameTaken, () => Names.Unregister("builds", null));
        Expect.Error(LockError.LockNameUnknown, () => Names.Unregister("builds.x", "Team A"));
        Names.Unregister("builds", "TEAM A");
        Names.Register("builds", "Team B");
        Names.Unregister("builds", null, force: true);
        Assert.Empty(Names.All());
    }

    [Fact]
    public void Odd_names_are_names_and_bad_ones_are_refused()
    {
        string[] names = ["a b", "CON", "é", "e:f?", "💡", "%41", new string('n', 180)];
        Assert.All(names, name => Names.Register(name, "Team A"));
        Assert.Equal(names.Order(StringComparer.Ordinal), Names.All().Select(n => n.Namespace).Order(StringComparer.Ordinal));
        foreach (string bad in new[] { "", "a/b", ".a", new string('n', 181) })
            Expect.Error(LockError.LockNameInvalid, () => Names.Register(bad, "Team A"));
        foreach (string bad in new[] { "", " ", "a\nb", new string('t', 101) })
            Expect.Error(LockError.LockRegistrationInvalid, () => Names.Register("ok", bad));
        Expect.Error(LockError.LockRegistrationInvalid, () => Names.Register("ok", "Team A", new string('p', 501)));
        Expect.Error(LockError.LockRegistrationInvalid, () => Names.Register("ok", "Team A", null, TimeSpan.Zero));
        Assert.Null(Names.Find("ok"));
    }

    [Fact]
    public void Of_many_processes_that_register_a_name_one_gets_it()
    {
        int count = Scale.Of(6, 32), rounds = Scale.Of(60, 100);
        List<Peer> peers = Enumerable.Range(0, count).Select(i => Peer.Locker(Place, ["register", "n", $"Team{i}", "--rounds", $"{rounds}", .. PeerArguments])).ToList();
        try
        {
            peers.ForEach(p => p.Expect("READY"));
            peers.ForEach(p => p.Say("go"));
            ILookup<string, string[]> said = peers.SelectMany(p => p.ReadToEnd()).Select(l => l.Split(' ', 3)).ToLookup(w => w[1]);
            Assert.Equal(rounds, said.Count);
            foreach (IGrouping<string, string[]> name in said)
            {
                string owner = Assert.Single(name, words => words[0] == "REGISTERED")[2];
                Assert.Equal(owner, Names.Find(name.Key)!.Owner);
                Assert.Equal(count - 1, name.Count(words => words[0] == "TAKEN" && words[2].Contains($"by {owner} since", StringComparison.Ordinal)));
            }
        }
        finally
        {
            peers.ForEach(p => p.Dispose());
        }

        NothingIsLeftBehind();
    }

    [Fact]
    public void Strictness_is_said_and_unsaid()
    {
        Assert.False(Names.IsStrict);
        Names.SetStrict(false);
        Names.SetStrict(true);
        Names.SetStrict(true);
        Assert.True(Names.IsStrict);
        Names.SetStrict(false);
        Assert.False(Names.IsStrict);
    }
}
