using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using ProcessDedup.Locks;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Deadlock;

/// <summary>Processes that hold what the next one wants: one gives way and says why, the others finish.</summary>
public sealed class CycleTests : IDisposable
{
    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    [Theory]
    [InlineData("x", "y")]
    [InlineData("x", "y", "z")]
    public void Exactly_one_of_a_ring_gives_way_and_names_both_locks(params string[] names)
    {
        List<Peer> ring = names
            .Select((name, i) => Peer.Locker(_place, "nested", name, names[(i + 1) % names.Length])).ToList();
        try
        {
            ring.ForEach(p => p.Expect("HELD OUTER"));
            ring.ForEach(p => p.Say("go"));
            ring.ForEach(p => p.Expect("WANTS INNER"));
            // Whoever is granted its second lock goes on and ends, which lets the one before it on.
            ring.ForEach(p => p.EndInput());
            string[] ends = ring.Select(p => p.Read("HELD INNER or ERROR")).ToArray();
            string failure = Assert.Single(ends, end => end != "HELD INNER");
            int victim = Array.IndexOf(ends, failure);
            Assert.StartsWith("ERROR LockCycle", failure, StringComparison.Ordinal);
            Assert.Contains($"Waiting for lock '{names[(victim + 1) % names.Length]}' while holding '{names[victim]}'", failure, StringComparison.Ordinal);
            Assert.All(ring, p => Assert.Contains($"PID {p.Id} holds", failure, StringComparison.Ordinal));
            // Who is killed while it ends leaves its record.
            ring.ForEach(p => p.WaitForExit());
        }
        finally
        {
            ring.ForEach(p => p.Dispose());
        }

        // A look that is under way when its process ends may leave its record, which counts for nothing then.
        string[] left = [.. Directory.GetFiles(Path.Combine(_place.Home, "waits")).Select(f => Path.GetFileName(f).Split('-')[0])];
        Assert.All(left, id => Assert.Contains(int.Parse(id, CultureInfo.InvariantCulture), ring.Select(p => p.Id)));
        Assert.True(left.Length < ring.Count, string.Join(' ', left));
    }

    [Fact]
    public void Shells_that_nest_procdedup_the_wrong_way_round_are_told()
    {
        // Each holds its first lock before either asks for its second: FIFOs make them meet.
        string script(string outer, string inner, string mine, string others) =>
            $"\"$PROCDEDUP\" lock {outer} -- sh -c 'echo > {mine}; cat {others} > /dev/null; "
            + $"\"$PROCDEDUP\" lock {inner} -- echo done; echo code $?'";
        string a = _place.File("a"), b = _place.File("b");
        using (Peer make = Peer.Run(_place, "mkfifo", a, b))
            Assert.Equal(0, make.WaitForExit());
        using Peer first = Peer.Run(_place, "/bin/sh", "-c", script("x", "y", a, b));
        using Peer second = Peer.Run(_place, "/bin/sh", "-c", script("y", "x", b, a).Replace($"echo > {b}; cat {a} > /dev/null", $"cat {a} > /dev/null; echo > {b}", StringComparison.Ordinal));
        (int Code, string Output, string Errors)[] ends = [first.Finish(), second.Finish()];
        Assert.Single(ends, end => end.Output == "done\ncode 0");
        (_, string output, string errors) = Assert.Single(ends, end => end.Output != "done\ncode 0");
        Assert.Equal("code 75", output);
        Assert.Contains("would never end", errors, StringComparison.Ordinal);
        Assert.Contains("'x'", errors, StringComparison.Ordinal);
        Assert.Contains("'y'", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Locks_that_are_needed_together_and_taken_in_one_call_are_no_circle()
    {
        using Peer first = Peer.Locker(_place, "hold", "x", "y").Expect("HELD");
        using Peer second = Peer.Locker(_place, "hold", "y", "x");
        KernelView.AwaitWaiters(_place.Named("x").LockFile, 1);
        first.EndInput();
        second.Expect("HELD");
    }

    [Fact]
    public void A_wait_for_a_lock_whose_holder_waits_for_something_else_is_no_circle()
    {
        using Peer last = Peer.Locker(_place, "hold", "z").Expect("HELD");
        using Peer chain = Peer.Locker(_place, "nested", "y", "z").Expect("HELD OUTER");
        chain.Say("go");
        chain.Expect("WANTS INNER");
        using Peer waiting = Peer.Locker(_place, "nested", "x", "y").Expect("HELD OUTER");
        waiting.Say("go");
        waiting.Expect("WANTS INNER");
        // Both have looked for circles by then, and say so in the directory of waits.
        Eventually.True(() => Directory.GetFiles(Path.Combine(_place.Home, "waits")).Length == 2, "both waits are published");
        chain.Kill();
        waiting.Expect("HELD INNER");
    }

    [Fact]
    public void A_wait_for_one_of_several_slots_is_part_of_no_circle()
    {
        string pool = _place.Named("pool").LockFile;
        Peer Nested(string outer, string inner, string said) => Peer.Run(
            _place, "/bin/sh", "-c",
            $"\"$PROCDEDUP\" lock {outer} -- sh -c 'echo in; read go; \"$PROCDEDUP\" lock {inner} --quiet -- echo {said}'").Expect("in");
        using Peer other = Peer.Locker(_place, "hold", "pool", "--slots", "2").Expect("HELD");
        using Peer slot = Nested("pool --slots 2", "a", "got a");
        using Peer wantsSlot = Nested("a", "pool --slots 2", "got a slot");
        wantsSlot.Say("go");
        KernelView.AwaitWaiters(pool + ".slot-2", 1);
        slot.Say("go");
        // It looks for circles right after it has written that down.
        string wanted = _place.Named("a").LockFile;
        Eventually.True(() => WaitRecord.ReadAll(Path.Combine(_place.Home, "waits")).Any(wait => wait.Wants.Path == wanted), "the wait for 'a' is published");
        KernelView.AwaitWaiters(wanted, 1);
        Assert.False(slot.HasExited, slot.Errors);
        other.EndInput();
        wantsSlot.Expect("got a slot");
        slot.Expect("got a");
    }

    [Fact]
    public void A_circle_of_files_is_found_although_no_root_was_ever_used()
    {
        string a = "file:" + _place.File("a"), b = "file:" + _place.File("b");
        using Peer first = Peer.Locker(_place, "nested", a, b).Expect("HELD OUTER");
        using Peer second = Peer.Locker(_place, "nested", b, a).Expect("HELD OUTER");
        AssertOneGivesWay(first, second);
    }

    [Fact]
    public void A_lock_that_the_same_request_had_to_wait_for_counts_as_held()
    {
        using Peer blocker = Peer.Locker(_place, "hold", "a").Expect("HELD");
        using Peer both = Peer.Locker(_place, "hold", "a", "b");
        KernelView.AwaitWaiters(_place.Named("a").LockFile, 1);
        using Peer nested = Peer.Locker(_place, "nested", "b", "a").Expect("HELD OUTER");
        blocker.EndInput();
        KernelView.AwaitWaiters(_place.Named("b").LockFile, 1);
        nested.Say("go");
        nested.Expect("WANTS INNER");
        string[] ends = [nested.Read("HELD INNER or ERROR")];
        if (ends[0] == "HELD INNER")
        {
            Assert.StartsWith("ERROR LockCycle", both.Read("ERROR"), StringComparison.Ordinal);
            return;
        }

        Assert.StartsWith("ERROR LockCycle", ends[0], StringComparison.Ordinal);
        both.Expect("HELD");
    }

    private static void AssertOneGivesWay(Peer first, Peer second)
    {
        Peer[] both = [first, second];
        foreach (Peer peer in both)
            peer.Say("go");
        foreach (Peer peer in both)
            peer.Expect("WANTS INNER");
        foreach (Peer peer in both)
            peer.EndInput();
        string[] ends = both.Select(p => p.Read("HELD INNER or ERROR")).ToArray();
        Assert.StartsWith("ERROR LockCycle", Assert.Single(ends, end => end != "HELD INNER"), StringComparison.Ordinal);
    }
}
