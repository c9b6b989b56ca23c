using System;
using System.Collections.Generic;
using System.Linq;
using ProcessDedup.Locks;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Inspect;

/// <summary>The locks that ProcessDedup makes for itself are shown while they tell something.</summary>
public sealed class OwnLocksTests : IDisposable
{
    private static readonly string Digest = new('a', 64);

    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public void Only_free_ones_of_exactly_those_names_are_left_out()
    {
        string[] own = ["fetch-" + Digest, "fetch-" + Digest + "-again", "git-" + Digest, "verify-" + Digest, "fetch-prune", "lock-names"];
        string[] others = ["fetch-", "fetch-tools", "fetch-" + Digest + "0", "fetch-" + Digest + "-later", "git-" + new string('g', 64), "lock-names2", "FETCH-PRUNE"];
        IEnumerable<LockStatus> Each(params string[] names) => names.Select(name => new LockStatus { Name = name });
        Assert.Equal(others, OwnLocks.Without([.. Each([.. own, .. others])]).Select(s => s.Name));
        LockStatus[] busy =
        [
            new() { Name = own[0], State = LockState.Exclusive }, new() { Name = own[1], Waiters = [new()] }, new() { Name = own[2], CrashedHolder = new() },
        ];
        Assert.Equal(busy, OwnLocks.Without(busy));
    }

    [Fact]
    public void Procdedup_shows_them_if_it_is_asked_for_them()
    {
        Run("once", "k", "--", "true");
        Run("lock", "mine", "--", "true");
        Assert.Equal(["mine"], Names(Run("locks")));
        string[] all = Names(Run("locks", "--all"));
        string own = Assert.Single(all, name => name.StartsWith("fetch-", StringComparison.Ordinal));
        Assert.Contains("mine", all);
        Assert.Equal([own], Names(Run("locks", own)));
    }

    private string Run(params string[] arguments)
    {
        using Peer procdedup = Peer.Procdedup(_place, arguments);
        procdedup.EndInput();
        (int code, string output, string errors) = procdedup.Finish();
        Assert.True(code == 0, errors);
        return output;
    }

    private static string[] Names(string table) =>
        [.. table.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(line => line.Split(' ')[0])];
}
