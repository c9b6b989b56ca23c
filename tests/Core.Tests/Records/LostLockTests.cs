using System;
using System.IO;
using System.Threading;
using ProcessDedup.Locks;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Records;

/// <summary>Somebody deletes or replaces the lock file under its holder.</summary>
public sealed class LostLockTests : IDisposable
{
    private readonly TestDirectory _place = new();

    private LockRequest Request => new(_place.Named("x"));

    public void Dispose() => _place.Dispose();

    private void Replace(bool byAnother)
    {
        Wine.Lacks("deletion of a file that is open");
        string file = Request.Targets[0].LockFile;
        if (!byAnother)
        {
            File.Delete(file);
            return;
        }

        File.WriteAllBytes(file + ".new", []);
        File.Move(file + ".new", file, overwrite: true);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_holder_is_told_and_the_next_lock_is_on_the_new_file(bool byAnother)
    {
        using LockLease held = FileLock.Acquire(Request);
        using var told = new ManualResetEventSlim();
        held.GetLostToken().Register(told.Set);
        Assert.False(held.IsLost);
        Replace(byAnother);
        Assert.True(told.Wait(TimeSpan.FromSeconds(30)), "the holder is told");
        Assert.True(held.IsLost);

        using Peer peer = Peer.Locker(_place, "hold", "x").Expect("HELD");
        Expect.Error(LockError.LockBusy, () => OtherFlow.Start(() => FileLock.Acquire(Request with { NoWait = true })).Result("busy"));
        held.Dispose();
        Expect.Error(LockError.LockBusy, () => FileLock.Acquire(Request with { NoWait = true }));
        peer.EndInput();
        peer.Expect("RELEASED");
        FileLock.Acquire(Request with { NoWait = true }).Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Whoever_waited_for_the_old_file_gets_a_lock_that_others_see(bool byAnother)
    {
        using Peer holder = Peer.Locker(_place, "hold", "x").Expect("HELD");
        using Peer waiter = Peer.Locker(_place, "hold", "x");
        KernelView.AwaitWaiters(Request.Targets[0].LockFile, 1);
        Replace(byAnother);
        holder.Kill();
        // Before that it may tell of the holder that died: whose record was written if there was time for that.
        waiter.Await("HELD");
        Assert.Equal([waiter.Id], KernelView.Holders(Request.Targets[0].LockFile));
        Expect.Error(LockError.LockBusy, () => FileLock.Acquire(Request with { NoWait = true }));
    }

    [Fact]
    public void A_lost_slot_is_noticed_too()
    {
        Wine.Lacks("deletion of a file that is open");
        using LockLease held = FileLock.Acquire(Request with { Mode = LockMode.Slot, Slots = 2 });
        File.Delete(Request.Targets[0].LockFile + ".slot-1");
        Eventually.True(() => held.IsLost, "the holder is told");
    }

    [Fact]
    public void The_record_of_the_next_holder_is_not_removed_by_the_one_who_lost_the_lock()
    {
        LockLease held = FileLock.Acquire(Request);
        Eventually.True(() => File.Exists(Request.Targets[0].LockFile + ".owner"), "the first record");
        Replace(byAnother: false);
        Eventually.True(() => held.IsLost, "the holder is told");
        using Peer peer = Peer.Locker(_place, "hold", "x").Expect("HELD");
        Eventually.True(
            () => LockInspector.Inspect(Request.Targets[0]).Holders is [{ Since: not null } one] && one.ProcessId == peer.Id,
            "the second record");
        held.Dispose();
        Assert.True(File.Exists(Request.Targets[0].LockFile + ".owner"));
    }

    [Fact]
    public void Procdedup_says_so_while_its_command_runs()
    {
        using Peer procdedup = Peer.Procdedup(_place, "lock", "x", "--", "sh", "-c", "echo ready; read go; exit 5");
        procdedup.Expect("ready");
        Replace(byAnother: false);
        Eventually.True(() => procdedup.Errors.Contains("Lock 'x' was lost", StringComparison.Ordinal), "the message");
        procdedup.EndInput();
        Assert.Equal(5, procdedup.WaitForExit());
    }

    [Fact]
    public void A_command_that_ended_well_without_its_lock_does_not_end_well()
    {
        using Peer procdedup = Peer.Procdedup(_place, "lock", "x", "--", "sh", "-c", "echo ready; read go; exit 0");
        procdedup.Expect("ready");
        Replace(byAnother: false);
        // Also when the loss is so late that nobody has looked yet.
        procdedup.EndInput();
        Assert.Equal(79, procdedup.WaitForExit());
        Assert.Contains("Lock 'x' was lost", procdedup.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void The_command_learns_of_the_loss_by_a_file_and_gets_no_signal()
    {
        using Peer procdedup = Peer.Procdedup(
            _place, "lock", "x", "y", "--", "sh", "-c",
            "trap 'echo signalled' TERM INT HUP USR1 USR2; test -e \"$PROCESSDEDUP_LOST_FILE\" || echo ready $PROCESSDEDUP_LOST_FILE; "
            + "until test -e \"$PROCESSDEDUP_LOST_FILE\"; do sleep 0.02; done; cat \"$PROCESSDEDUP_LOST_FILE\"; exit 7");
        string file = procdedup.Await("ready ")["ready ".Length..];
        Replace(byAnother: true);
        procdedup.Expect("x");
        Assert.Equal(7, procdedup.WaitForExit());
        Assert.False(File.Exists(file));
    }

    [Fact]
    public void With_on_lost_terminate_the_command_is_ended_after_a_grace()
    {
        using Peer kind = Peer.Procdedup(
            _place, "lock", "x", "--on-lost", "terminate", "--grace-sec", "600", "--",
            "sh", "-c", "trap 'echo cleaning; exit 0' TERM; echo ready; while :; do sleep 0.02; done");
        kind.Expect("ready");
        Replace(byAnother: false);
        kind.Expect("cleaning");
        Assert.Equal(79, kind.WaitForExit());

        using Peer stubborn = Peer.Procdedup(
            _place, "lock", "x", "--on-lost", "terminate", "--grace-sec", "0.2", "--", "sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.02; done");
        stubborn.Expect("ready");
        Replace(byAnother: false);
        Assert.Equal(79, stubborn.WaitForExit());
    }

    [Fact]
    public void A_command_is_told_under_which_locks_it_runs()
    {
        using Peer outer = Peer.Procdedup(
            _place, "lock", "b c", "a", "--", Programs.Procdedup, "lock", "inner", "--slots", "3", "--",
            "sh", "-c", "printf '%s\\n' \"$PROCESSDEDUP_LOCKS_HELD\"; echo slot $PROCESSDEDUP_SLOT");
        (int code, string output, _) = outer.Finish();
        Assert.Equal((0, "a\nb c\ninner\nslot 1"), (code, output));
    }

    [Fact]
    public void A_lock_whose_directory_was_removed_works_again_afterwards()
    {
        FileLock.Acquire(Request).Dispose();
        Directory.Delete(_place.Home, recursive: true);
        LockRequest again = new(LockTarget.FromName(LockRoot.At(_place.Home), "x"));
        using LockLease held = FileLock.Acquire(again);
        Assert.True(File.Exists(again.Targets[0].LockFile));
        using Peer peer = Peer.Locker(_place, "hold", "x", "--no-wait");
        Assert.StartsWith("ERROR LockBusy", peer.Read("busy"), StringComparison.Ordinal);
    }
}
