using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using ProcessDedup.Locks;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Inspect;

/// <summary>Holders that the kernel does not show here, as they run in another PID namespace.</summary>
public sealed class ContainerTests : IDisposable
{
    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public void A_holder_in_another_container_is_called_that_and_not_dead()
    {
        Assert.SkipWhen(Programs.Find("unshare") is null, "unshare (util-linux) is not installed");
        LockTarget target = _place.Named("x");
        using Peer holder = Peer.Locker(_place, "hold", "x", "--reason", "outside").Expect("HELD");
        OwnerFile.Await(target);
        using Peer inside = Peer.Run(_place, "unshare", "--pid", "--fork", "--mount-proc", Programs.LockPeer, "locks", "x");
        (int code, string output, string errors) = inside.Finish();
        Assert.SkipWhen(code != 0 && errors.Contains("unshare", StringComparison.Ordinal), "no right to make namespaces: " + errors);
        Assert.StartsWith("Exclusive ", output, StringComparison.Ordinal);
        Assert.Contains("not visible from here", output, StringComparison.Ordinal);
        Assert.Contains("outside", output, StringComparison.Ordinal);

        using Peer preview = Peer.Run(
            _place, "unshare", "--pid", "--fork", "--mount-proc", Programs.Procdedup, "clear-stale", "--dry-run", "--older-than-hours", "0");
        Assert.Contains("left 'x'", preview.Finish().Output, StringComparison.Ordinal);
        Assert.True(LockInspector.Inspect(target).Holders[0].IsVerified);
    }

    // A process in a PID namespace of its own, where it is PID 1, as in every container; it ends with unshare(1).
    private Peer Contained(string program, params string[] arguments)
    {
        Assert.SkipWhen(Programs.Find("unshare") is null, "unshare (util-linux) is not installed");
        using (Peer probe = Peer.Run(_place, "unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "true"))
            Assert.SkipUnless(probe.WaitForExit() == 0, "no right to make namespaces: " + probe.Errors);
        return Peer.Run(_place, "unshare", ["--pid", "--fork", "--kill-child", "--mount-proc", program, .. arguments]);
    }

    [Fact]
    public void A_circle_of_two_containers_with_equal_pids_is_found()
    {
        List<Peer> ring = [Contained(Programs.LockPeer, "nested", "x", "y"), Contained(Programs.LockPeer, "nested", "y", "x")];
        try
        {
            ring.ForEach(p => p.Expect("HELD OUTER"));
            ring.ForEach(p => p.Say("go"));
            ring.ForEach(p => p.Expect("WANTS INNER"));
            ring.ForEach(p => p.EndInput());
            string[] ends = ring.Select(p => p.Read("HELD INNER or ERROR")).ToArray();
            string failure = Assert.Single(ends, end => end != "HELD INNER");
            Assert.StartsWith("ERROR LockCycle", failure, StringComparison.Ordinal);
            Assert.Contains("of another container holds", failure, StringComparison.Ordinal);
        }
        finally
        {
            ring.ForEach(p => p.Dispose());
        }
    }

    [Fact]
    public void Shared_holders_of_two_containers_with_equal_pids_have_a_record_each()
    {
        string[] Records() => Directory.GetFiles(_place.Root.LocksDirectory, "x.lock.owner-*")
            .Where(f => !f.EndsWith(".tmp", StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToArray();
        using Peer first = Contained(Programs.LockPeer, "hold", "x", "--shared", "--reason", "first").Expect("HELD");
        Eventually.True(() => Records().Length == 1, "the first one's record");
        string own = Records()[0];
        using Peer second = Contained(Programs.LockPeer, "hold", "x", "--shared", "--reason", "second").Expect("HELD");
        Eventually.True(() => Records().Length == 2, "the second one's record beside it");
        LockStatus seen = LockInspector.Inspect(_place.Named("x"));
        Assert.Equal(["first", "second"], seen.Holders.Select(h => h.Reason).Order(StringComparer.Ordinal));
        Assert.All(seen.Holders, h => Assert.True(h.IsVerified && h.Since is not null && h.Host == Environment.MachineName));
        second.EndInput();
        second.Expect("RELEASED");
        Assert.Equal([own], Records());
    }

    [Fact]
    public void A_holder_in_a_container_shows_its_reason_to_the_host_and_is_none_once_the_container_is_killed()
    {
        LockTarget target = _place.Named("x");
        using Peer container = Contained(Programs.LockPeer, "hold", "x", "--reason", "inside").Expect("HELD");
        OwnerFile.Await(target);
        LockHolder seen = Assert.Single(LockInspector.Inspect(target).Holders);
        Assert.Equal("inside", seen.Reason);
        Assert.True(seen.IsVerified);
        Assert.NotEqual(1, seen.ProcessId);
        Assert.NotNull(seen.HeldFor);
        container.Kill();
        Eventually.True(() => LockInspector.Inspect(target).State == LockState.Free, "nobody holds it any more");
        Assert.Equal("inside", LockInspector.Inspect(target).CrashedHolder?.Reason);
        Assert.Equal(ClearOutcome.WouldClear, StaleLocks.Preview(target, TimeSpan.Zero).Outcome);
    }

    [Fact]
    public void In_a_container_the_record_of_a_killed_holder_outside_is_no_holder_and_both_fronts_clear_the_lock()
    {
        LockTarget target = _place.Named("x");
        using (Peer holder = Peer.Locker(_place, "hold", "x", "--reason", "outside").Expect("HELD"))
        {
            OwnerFile.Await(target);
            holder.Kill();
        }

        using (Peer inside = Contained(Programs.LockPeer, "locks", "x"))
            Assert.Equal("Free", inside.Finish().Output);
        using (Peer preview = Contained(Programs.Procdedup, "clear-stale", "--dry-run", "--older-than-hours", "0"))
            Assert.Contains("would clear 'x'", preview.Finish().Output, StringComparison.Ordinal);
        using (Peer clearing = Contained(Programs.Procdedup, "clear-stale", "--older-than-hours", "0"))
            Assert.Contains("cleared 'x'", clearing.Finish().Output, StringComparison.Ordinal);
        Assert.False(File.Exists(target.LockFile));
    }

    [Theory]
    [InlineData("-x")]
    [InlineData("-s")]
    public void A_flock_outside_is_unknown_to_a_container_and_never_free(string kind)
    {
        Assert.SkipWhen(Programs.Find("flock") is null, "flock(1) (util-linux) is not installed");
        string file = _place.File("f");
        using Peer flock = Peer.Run(_place, "flock", kind, file, "-c", "echo in; read go");
        flock.Expect("in");
        using (Peer inside = Contained(Programs.LockPeer, "locks", "file:" + file))
            Assert.StartsWith("Unknown ", inside.Finish().Output, StringComparison.Ordinal);
        using (Peer locks = Contained(Programs.Procdedup, "locks", "--file", file))
        {
            string output = locks.Finish().Output;
            Assert.Contains("unknown", output, StringComparison.Ordinal);
            Assert.DoesNotContain("free", output, StringComparison.Ordinal);
        }

        flock.EndInput();
        Assert.Equal(1, flock.WaitForExit());
        using Peer after = Contained(Programs.LockPeer, "locks", "file:" + file);
        Assert.Equal("Free", after.Finish().Output);
    }
}
