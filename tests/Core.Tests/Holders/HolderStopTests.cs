using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using ProcessDedup.Locks;
using ProcessDedup.Platform;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Holders;

/// <summary>Ending the processes that hold a lock: the right ones, kindly first, and nothing else.</summary>
public sealed class HolderStopTests : IDisposable
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(200);
    // In it a process of a busy machine comes to say that it was asked.
    private static readonly TimeSpan LongEnough = TimeSpan.FromSeconds(3);

    // Traps the signal and says so; only the shell's built-ins run, so that no child gets it instead.
    private const string Stubborn = "trap 'echo SPARED' TERM; echo READY; while :; do read line || exit; done";

    private readonly TestDirectory _place = new();

    private LockTarget Target => _place.Named("x");

    public void Dispose() => _place.Dispose();

    private HolderStop See(TimeSpan grace, bool force = false) => new(LockInspector.Inspect(Target), null, grace, force);

    [Fact]
    public void One_that_obeys_ends_by_itself_and_the_lock_is_free()
    {
        using Peer peer = Peer.Locker(_place, "hold", "x").Expect("HELD");
        HolderStop stop = See(Long);
        StoppedHolder result = stop.Stop(Assert.Single(stop.Holders));
        Assert.Equal(("x", StopOutcome.Ended, false), (result.Name, result.Outcome, result.WasForced));
        Assert.Equal(peer.Id, result.Holder.ProcessId);
        Assert.Equal(143, peer.WaitForExit());
        Assert.Equal(LockState.Free, LockInspector.Inspect(Target).State);
        Assert.True(File.Exists(Target.LockFile));
        Assert.Null(stop.NextHeir());
    }

    [Fact]
    public void One_that_does_not_is_killed_when_its_time_is_over()
    {
        string file = Path.Combine(_place.NewDirectory("locks"), "f.lock");
        using Peer peer = Peer.Run(_place, "bash", "-c", $"exec 9>'{file}'; flock 9; {Stubborn}").Expect("READY");
        var stop = new HolderStop(LockInspector.Inspect(LockTarget.FromPath(file)), null, LongEnough, allowAncestors: false);
        StoppedHolder result = stop.Stop(Assert.Single(stop.Holders));
        Assert.Equal((StopOutcome.Killed, true), (result.Outcome, result.WasForced));
        Assert.True(result.WaitedSec >= LongEnough.TotalSeconds);
        Assert.Equal(137, peer.WaitForExit());
        Assert.Contains("SPARED", peer.ReadToEnd());
        Assert.True(File.Exists(file));
    }

    [Fact]
    public void A_command_that_outlives_its_procdedup_is_stopped_as_well()
    {
        using Peer peer = Peer.Procdedup(_place, "lock", "x", "--", "bash", "-c", Stubborn).Expect("READY");
        HolderStop stop = See(Short);
        Assert.Equal(StopOutcome.Killed, stop.Stop(Assert.Single(stop.Holders)).Outcome);
        LockHolder heir = Assert.IsType<LockHolder>(stop.NextHeir());
        Assert.NotEqual(peer.Id, heir.ProcessId);
        Assert.StartsWith("bash", heir.CommandLine, StringComparison.Ordinal);
        Assert.Equal(StopOutcome.Killed, stop.Stop(heir).Outcome);
        // Its guard ends with it, perhaps a moment later.
        while (stop.NextHeir() is { } guard)
            stop.Stop(guard);
        Assert.Equal(LockState.Free, LockInspector.Inspect(Target).State);
    }

    [Fact]
    public void A_command_that_obeys_ends_with_its_procdedup()
    {
        using Peer peer = Peer.Procdedup(_place, "lock", "x", "--", "bash", "-c", "echo READY; read line").Expect("READY");
        HolderStop stop = See(Long);
        Assert.Equal(StopOutcome.Ended, stop.Stop(Assert.Single(stop.Holders)).Outcome);
        Assert.Null(stop.NextHeir());
        Assert.Equal(143, peer.WaitForExit());
    }

    [Fact]
    public void One_that_ended_meanwhile_is_told_and_who_has_the_lock_now_is_spared()
    {
        using Peer first = Peer.Locker(_place, "hold", "x").Expect("HELD");
        HolderStop stop = See(Long);
        first.Say("end");
        first.Expect("RELEASED");
        using Peer second = Peer.Locker(_place, "hold", "x").Expect("HELD");
        Assert.Equal(StopOutcome.AlreadyGone, stop.Stop(Assert.Single(stop.Holders)).Outcome);
        Assert.Equal(second.Id, Assert.Single(LockInspector.Inspect(Target).Holders).ProcessId);
        second.Say("end");
        second.Expect("RELEASED");
    }

    [Fact]
    public void One_that_got_the_pid_is_spared()
    {
        using Peer peer = Peer.Locker(_place, "hold", "x").Expect("HELD");
        LockStatus seen = LockInspector.Inspect(Target);
        ProcessIdentity identity = seen.Holders[0].Identity!.Value;
        ProcessIdentity[] others =
        [
            identity with { StartTicks = identity.StartTicks - 1 }, identity with { BootId = "another" }, identity with { Namespace = "pid:[1]" },
        ];
        foreach (ProcessIdentity other in others)
        {
            LockStatus old = seen with { Holders = [seen.Holders[0] with { Identity = other }] };
            var stop = new HolderStop(old, null, TimeSpan.Zero, allowAncestors: false);
            Assert.Equal(StopOutcome.AlreadyGone, stop.Stop(old.Holders[0]).Outcome);
            Assert.Equal((EndRequest.Gone, EndRequest.Gone), (ProcessEnd.Ask(other), ProcessEnd.Force(other)));
        }

        peer.Say("end");
        peer.Expect("RELEASED");
    }

    [Theory]
    [InlineData("--shared", "--shared")]
    [InlineData("--slots", "3")]
    public void Of_several_holders_each_is_ended(string option, string value)
    {
        string[] options = option == value ? [option] : [option, value];
        List<Peer> peers = Enumerable.Range(0, 3).Select(_ => Peer.Locker(_place, ["hold", "x", .. options]).Expect("HELD")).ToList();
        HolderStop stop = See(Long);
        Assert.Equal(StopOutcome.Ended, stop.Stop(stop.Holders.Single(h => h.ProcessId == peers[1].Id)).Outcome);
        Assert.Equal(2, LockInspector.Inspect(Target).Holders.Count);
        LockHolder[] rest = stop.Holders.Where(h => h.ProcessId != peers[1].Id).ToArray();
        Assert.All(rest, holder => Assert.Equal(StopOutcome.Ended, stop.Stop(holder).Outcome));
        Assert.Equal(LockState.Free, LockInspector.Inspect(Target).State);
        peers.ForEach(p => p.Dispose());
    }

    [Fact]
    public void One_that_releases_the_lock_when_asked_to_is_spared()
    {
        string file = Path.Combine(_place.NewDirectory("locks"), "f.lock");
        using Peer peer = Peer.Run(
            _place, "bash", "-c", $"exec 9>'{file}'; flock 9; trap 'exec 9>&-; echo LET GO' TERM; echo READY; while :; do read line || exit; done").Expect("READY");
        var stop = new HolderStop(LockInspector.Inspect(LockTarget.FromPath(file)), null, Long, allowAncestors: false);
        Assert.Equal(StopOutcome.Released, stop.Stop(Assert.Single(stop.Holders)).Outcome);
        peer.Expect("LET GO");
        Assert.False(peer.HasExited);
    }

    [Fact]
    public void This_process_and_what_it_runs_under_are_refused()
    {
        using LockLease lease = FileLock.Acquire(new LockRequest(Target));
        HolderStop stop = See(Long, force: true);
        Assert.Equal(LockError.LockHolderIsCaller, Refused(stop));
        using Peer around = Peer.Procdedup(_place, "lock", "y", "--", Programs.Procdedup, "stop-holder", "y", "--yes");
        (int code, _, string errors) = around.Finish();
        Assert.Equal(69, code);
        Assert.Contains("under which this process runs", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Those_elsewhere_are_refused_with_what_to_type_there()
    {
        LockHolder far = new() { ProcessId = 1234, Host = "agent7", CommandLine = "make", IsVerified = true };
        var remote = new HolderStop(new LockStatus { Name = "x", LockFile = Target.LockFile, Holders = [far] }, null, Long, false);
        LockException e = Assert.Throws<LockException>(() => remote.Stop(far));
        Assert.Equal(LockError.LockHolderRemote, e.Error);
        Assert.Equal("On agent7 type: Stop-FileLockHolder -Name 'x' (procdedup stop-holder 'x').", e.NextStep);
        var ofFile = new HolderStop(new LockStatus { Name = "/srv/it's.lock", LockFile = Target.LockFile, Holders = [far] }, null, Long, false);
        Assert.Contains(
            """Stop-FileLockHolder -LiteralPath '/srv/it''s.lock' (procdedup stop-holder --file '/srv/it'\''s.lock')""",
            Assert.Throws<LockException>(() => ofFile.Stop(far)).NextStep, StringComparison.Ordinal);
        LockHolder unseen = new() { CommandLine = "make" };
        var hidden = new HolderStop(new LockStatus { Name = "x", LockFile = Target.LockFile, Holders = [unseen] }, null, Long, false);
        Assert.Equal(LockError.LockHolderUnverified, Refused(hidden));
    }

    [Fact]
    public void Another_users_holder_needs_its_rights()
    {
        var other = new OtherUser(_place, Programs.Procdedup);
        string file = Path.Combine(_place.NewDirectory("open"), "f.lock");
        using Peer holder = Peer.Locker(_place, "hold", "file:" + file).Expect("HELD");
        using Peer stop = other.Start("stop-holder", "--file", file, "--yes", "--grace-sec", "0");
        (int code, _, string errors) = stop.Finish();
        Assert.True(code == 77, errors);
        Assert.Contains("may not be stopped by", errors, StringComparison.Ordinal);
        holder.Say("end");
        holder.Expect("RELEASED");
    }

    private static LockError Refused(HolderStop stop) => Assert.Throws<LockException>(() => stop.Stop(stop.Holders[0])).Error;
}
