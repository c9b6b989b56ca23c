using System.Collections.Generic;
using System.Linq;
using ProcessDedup.Locks;
using ProcessDedup.Platform;
using Xunit;

namespace ProcessDedup.Tests.Deadlock;

/// <summary>The search for circles alone, without processes.</summary>
public sealed class WaitCycleTests
{
    private static WaitRecord Wait(int id, string wants, params string[] holds) =>
        new(new ProcessIdentity(id, 1000 + id, "boot", "pid:[1]"), 1, 100 + id, File(wants), [.. holds.Select(File)]);

    private static LockedFile File(string path) => new(path, null);

    private static IEnumerable<int>? Found(WaitRecord own, params WaitRecord[] others) =>
        WaitCycle.Find(own, [own, .. others])?.Select(w => w.Process.ProcessId);

    [Fact]
    public void Nobody_waits_for_nobody() => Assert.Null(Found(Wait(1, "y", "x")));

    [Fact]
    public void A_chain_is_no_circle() => Assert.Null(Found(Wait(1, "y", "x"), Wait(2, "z", "y"), Wait(3, "w", "z")));

    [Fact]
    public void Two_that_want_what_the_other_holds_are_a_circle() =>
        Assert.Equal([1, 2], Found(Wait(1, "y", "x"), Wait(2, "x", "y")));

    [Fact]
    public void Three_in_a_ring_are_found_among_bystanders() => Assert.Equal(
        [1, 2, 3],
        Found(Wait(1, "y", "x"), Wait(9, "q", "p"), Wait(3, "x", "z"), Wait(2, "z", "y"), Wait(8, "y", "q")));

    [Fact]
    public void A_circle_of_others_is_not_ones_own() =>
        Assert.Null(Found(Wait(1, "y", "x"), Wait(2, "z", "y"), Wait(3, "y", "z")));

    [Fact]
    public void One_that_holds_what_it_wants_is_no_circle_with_itself() => Assert.Null(Found(Wait(1, "x", "x")));

    [Fact]
    public void Every_way_is_tried_when_several_share_a_lock() =>
        Assert.Equal([1, 3], Found(Wait(1, "y", "x"), Wait(2, "q", "y"), Wait(3, "x", "y")));

    [Fact]
    public void Exactly_one_of_a_circle_gives_way_and_it_is_the_last_to_come()
    {
        WaitRecord[] ring = [Wait(1, "y", "x"), Wait(2, "z", "y"), Wait(3, "x", "z")];
        Assert.Equal([3], ring.Where(own => WaitCycle.IsVictim(own, WaitCycle.Find(own, ring)!)).Select(w => w.Process.ProcessId));
    }

    [Fact]
    public void Waits_of_the_same_moment_are_told_apart_by_process()
    {
        WaitRecord[] ring = [Wait(1, "y", "x") with { SinceUtcTicks = 5 }, Wait(2, "x", "y") with { SinceUtcTicks = 5 }];
        Assert.Single(ring, own => WaitCycle.IsVictim(own, WaitCycle.Find(own, ring)!));
    }
}
