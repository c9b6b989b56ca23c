using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using ProcessDedup.Locks;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Clearing;

/// <summary>Only files of locks that nobody uses are removed; their age is a filter and never a proof.</summary>
public sealed class ClearTests : IDisposable
{
    private readonly TestDirectory _place = new();

    private LockTarget Target => _place.Named("x");

    private IEnumerable<string?> Left => Directory.GetFiles(_place.Root.LocksDirectory).Select(Path.GetFileName).Order();

    public void Dispose() => _place.Dispose();

    private static void MakeOld(string directory, int hours)
    {
        foreach (string file in Directory.GetFiles(directory))
            File.SetLastWriteTimeUtc(file, DateTime.UtcNow - TimeSpan.FromHours(hours));
    }

    private void Use(LockMode mode = LockMode.Exclusive) =>
        FileLock.Acquire(new LockRequest(Target) { Mode = mode, Slots = 3 }).Dispose();

    [Fact]
    public void A_lock_that_nobody_uses_is_removed_and_works_again_afterwards()
    {
        Use();
        Assert.Equal(ClearOutcome.Cleared, StaleLocks.Clear(Target, TimeSpan.Zero).Outcome);
        Assert.Empty(Left);
        using LockLease held = FileLock.Acquire(new LockRequest(Target));
        using Peer peer = Peer.Locker(_place, "hold", "x", "--no-wait");
        Assert.StartsWith("ERROR LockBusy", peer.Read("busy"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData]
    [InlineData("--shared")]
    [InlineData("--slots", "3")]
    public void A_held_lock_is_left_whatever_its_age(params string[] mode)
    {
        using Peer peer = Peer.Locker(_place, ["hold", "x", .. mode]).Expect("HELD");
        // What is written a moment later would be one file more, or one under another name.
        Eventually.True(() => Left.Any(f => f!.Contains(".owner", StringComparison.Ordinal) && !f.EndsWith(".tmp", StringComparison.Ordinal)), "the record");
        MakeOld(_place.Root.LocksDirectory, 1000);
        string?[] before = Left.ToArray();
        ClearedLock result = StaleLocks.Clear(Target, TimeSpan.FromHours(24));
        Assert.Equal(ClearOutcome.InUse, result.Outcome);
        Assert.Contains("PID " + peer.Id, result.Reason, StringComparison.Ordinal);
        Assert.Equal(ClearOutcome.InUse, StaleLocks.Preview(Target, TimeSpan.FromHours(24)).Outcome);
        Assert.Superset(before.ToHashSet(), Left.ToHashSet());
    }

    [Fact]
    public void A_lock_that_this_process_holds_is_left_too()
    {
        using LockLease held = FileLock.Acquire(new LockRequest(Target));
        Assert.Equal(ClearOutcome.InUse, StaleLocks.Clear(Target, TimeSpan.Zero).Outcome);
        Assert.False(held.IsLost);
    }

    [Fact]
    public void A_lock_that_somebody_waits_for_is_left()
    {
        using Peer holder = Peer.Locker(_place, "hold", "x").Expect("HELD");
        using Peer waiter = Peer.Locker(_place, "hold", "x");
        KernelView.AwaitWaiters(Target.LockFile, 1);
        Assert.Equal(ClearOutcome.InUse, StaleLocks.Clear(Target, TimeSpan.Zero).Outcome);
        holder.Kill();
        // Before that it tells of the holder that died, if that one had the time to write its record.
        waiter.Await("HELD");
        Assert.Equal([waiter.Id], KernelView.Holders(Target.LockFile));
    }

    [Fact]
    public void Young_ones_are_left_and_the_newest_file_counts()
    {
        Use(LockMode.Slot);
        Assert.Equal(ClearOutcome.TooYoung, StaleLocks.Clear(Target, StaleLocks.DefaultAge).Outcome);
        MakeOld(_place.Root.LocksDirectory, 23);
        Assert.Equal(ClearOutcome.TooYoung, StaleLocks.Clear(Target, StaleLocks.DefaultAge).Outcome);
        MakeOld(_place.Root.LocksDirectory, 25);
        File.SetLastWriteTimeUtc(Target.LockFile + ".slot-1", DateTime.UtcNow);
        Assert.Equal(ClearOutcome.TooYoung, StaleLocks.Clear(Target, StaleLocks.DefaultAge).Outcome);
        MakeOld(_place.Root.LocksDirectory, 25);
        ClearedLock cleared = StaleLocks.Clear(Target, StaleLocks.DefaultAge);
        Assert.Equal(ClearOutcome.Cleared, cleared.Outcome);
        Assert.InRange(cleared.AgeSec / 3600, 24.9, 25.2);
    }

    [Fact]
    public void Files_from_the_future_are_as_young_as_can_be()
    {
        Use();
        MakeOld(_place.Root.LocksDirectory, -100);
        Assert.Equal((ClearOutcome.TooYoung, 0.0), (StaleLocks.Clear(Target, TimeSpan.FromSeconds(1)).Outcome, StaleLocks.Clear(Target, TimeSpan.FromSeconds(1)).AgeSec));
        Assert.Equal(ClearOutcome.Cleared, StaleLocks.Clear(Target, TimeSpan.Zero).Outcome);
    }

    [Fact]
    public void Holding_it_for_longer_than_a_moment_makes_it_young_again()
    {
        Use();
        MakeOld(_place.Root.LocksDirectory, 48);
        using (LockLease held = FileLock.Acquire(new LockRequest(Target)))
            Eventually.True(() => File.Exists(Target.LockFile + ".owner"), "the record");
        Assert.Equal(ClearOutcome.TooYoung, StaleLocks.Clear(Target, TimeSpan.FromHours(24)).Outcome);
    }

    [Fact]
    public void Everything_that_stands_beside_the_lock_goes_with_it()
    {
        Use(LockMode.Slot);
        using (Peer holder = Peer.Locker(_place, "hold", "x").Expect("HELD"))
        using (Peer waiter = Peer.Locker(_place, "hold", "x"))
        {
            KernelView.AwaitWaiters(Target.LockFile, 1);
            Eventually.True(() => File.Exists(Target.LockFile + ".owner"), "the record");
            waiter.Kill();
            holder.Kill();
        }

        Assert.Equal(["x.lock", "x.lock.gate", "x.lock.owner", "x.lock.slot-1", "x.lock.slots"], Left);
        Assert.Equal(ClearOutcome.Cleared, StaleLocks.Clear(Target, TimeSpan.Zero).Outcome);
        Assert.Empty(Left);
    }

    [Fact]
    public void After_clearing_another_number_of_slots_may_be_used()
    {
        Use(LockMode.Slot);
        StaleLocks.Clear(Target, TimeSpan.Zero);
        FileLock.Acquire(new LockRequest(Target) { Mode = LockMode.Slot, Slots = 5 }).Dispose();
    }

    [Fact]
    public void Files_whose_lock_is_gone_are_found_and_removed()
    {
        Use(LockMode.Slot);
        File.Delete(Target.LockFile);
        LockTarget orphan = Assert.Single(StaleLocks.Candidates(_place.Root));
        Assert.Equal("x", orphan.Display);
        Assert.Equal(ClearOutcome.Cleared, StaleLocks.Clear(orphan, TimeSpan.Zero).Outcome);
        Assert.Empty(Left);
    }

    [Fact]
    public void What_is_not_there_is_gone_and_is_not_made()
    {
        Assert.Equal(ClearOutcome.Gone, StaleLocks.Clear(Target, TimeSpan.Zero).Outcome);
        Assert.Equal(ClearOutcome.Gone, StaleLocks.Preview(Target, TimeSpan.Zero).Outcome);
        Assert.False(Directory.Exists(_place.Home));
        Assert.Empty(StaleLocks.Candidates(_place.Root));
    }

    [Fact]
    public void A_preview_touches_nothing()
    {
        Use(LockMode.Slot);
        MakeOld(_place.Root.LocksDirectory, 48);
        (string, long, DateTime)[] Facts() => Directory.GetFiles(_place.Root.LocksDirectory).Order()
            .Select(f => (KernelView.Inode(f), new FileInfo(f).Length, File.GetLastWriteTimeUtc(f))).ToArray();
        (string, long, DateTime)[] before = Facts();
        Assert.Equal(ClearOutcome.WouldClear, StaleLocks.Preview(Target, TimeSpan.FromHours(24)).Outcome);
        Assert.Equal(before, Facts());
    }

    [Theory]
    [InlineData("x.lock.owner")]
    [InlineData("x.lock.owner-1-2")]
    [InlineData("x.lock.slot-1")]
    [InlineData("x.lock.gate")]
    [InlineData("x.lock")]
    public void A_lock_whose_name_looks_like_part_of_another_is_left_alone(string name)
    {
        Use();
        using Peer peer = Peer.Locker(_place, "hold", name).Expect("HELD");
        Assert.Equal(ClearOutcome.Cleared, StaleLocks.Clear(Target, TimeSpan.Zero).Outcome);
        Assert.Equal([peer.Id], KernelView.Holders(_place.Named(name).LockFile));
    }

    [Fact]
    public void Someone_who_follows_Nixs_protocol_sees_a_byte_in_the_removed_file()
    {
        Use();
        using Peer nix = Peer.Run(_place, "/bin/sh", "-c", $"exec 9<{Target.LockFile}; echo open; read go; wc -c <&9");
        nix.Expect("open");
        StaleLocks.Clear(Target, TimeSpan.Zero);
        nix.Say("go");
        nix.Expect("1");
    }

    [Fact]
    public void Strangers_in_the_directory_are_left()
    {
        Use();
        File.WriteAllText(Target.LockFile + ".backup", "mine");
        Assert.Equal(ClearOutcome.Cleared, StaleLocks.Clear(Target, TimeSpan.Zero).Outcome);
        Assert.Equal(["x.lock.backup"], Left);
    }
}
