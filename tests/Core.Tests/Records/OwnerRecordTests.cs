using System;
using System.IO;
using System.Linq;
using System.Text.Json;
using ProcessDedup.Locks;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Records;

/// <summary>What a holder writes down about itself, and what a crash leaves of it.</summary>
public sealed class OwnerRecordTests : IDisposable
{
    private readonly TestDirectory _place = new();

    private LockRequest Request => new(_place.Named("x"));

    private string Record => Request.Targets[0].LockFile + ".owner";

    public void Dispose() => _place.Dispose();

    [Fact]
    public void A_short_lock_writes_nothing_but_its_empty_file()
    {
        int looks = 0;
        for (int i = 0; i < 200; i++)
        {
            using LockLease lease = FileLock.Acquire(Request);
            if (looks == 20)
                continue;
            string[] files = [.. Directory.GetFiles(_place.Root.LocksDirectory).Select(f => Path.GetFileName(f))];
            // On a busy machine it may have become a longer one meanwhile.
            if (lease.HeldFor >= LeaseKeeper.RecordAfter)
                continue;
            Assert.Equal(["x.lock"], files);
            looks++;
        }

        Assert.Equal(20, looks);
        Assert.Equal(["x.lock"], Directory.GetFiles(_place.Root.LocksDirectory).Select(Path.GetFileName));
    }

    [Fact]
    public void A_longer_one_says_who_holds_it_what_for_and_how_far_it_is_until_it_is_released()
    {
        using LockLease lease = FileLock.Acquire(Request with { Reason = "compiling" });
        Eventually.True(() => File.Exists(Record), "the record");
        JsonElement json = JsonDocument.Parse(File.ReadAllText(Record)).RootElement;
        Assert.Equal(Environment.ProcessId, json.GetProperty("pid").GetInt32());
        Assert.Equal("compiling", json.GetProperty("reason").GetString());
        Assert.Equal(Environment.MachineName, json.GetProperty("host").GetString());
        Assert.InRange(DateTimeOffset.Now - json.GetProperty("since").GetDateTimeOffset(), TimeSpan.Zero, TimeSpan.FromMinutes(2));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, Modes.Get(Record));

        lease.Progress = "120 of 400 MB";
        Eventually.True(() => File.ReadAllText(Record).Contains("120 of 400 MB", StringComparison.Ordinal), "the progress");
        Assert.Equal("120 of 400 MB", LockInspector.Inspect(Request.Targets[0]).Holders.Single().Progress);
        Assert.Equal(0, new FileInfo(Request.Targets[0].LockFile).Length);

        lease.Dispose();
        Assert.Equal(["x.lock"], Directory.GetFiles(_place.Root.LocksDirectory).Select(Path.GetFileName));
    }

    [Fact]
    public void Each_shared_holder_and_each_slot_has_a_record_of_its_own()
    {
        using (LockLease one = FileLock.Acquire(Request with { Mode = LockMode.Shared, Reason = "first" }))
        using (LockLease two = OtherFlow.Start(() => FileLock.Acquire(Request with { Mode = LockMode.Shared, Reason = "second" })).Result("shared"))
            Eventually.True(() => Directory.GetFiles(_place.Root.LocksDirectory, "x.lock.owner-*").Length == 2, "two records");
        using (LockLease slot = FileLock.Acquire(Request with { Mode = LockMode.Slot, Slots = 2 }))
            Eventually.True(() => File.Exists(Request.Targets[0].LockFile + ".slot-1.owner"), "the slot's record");
        Assert.Empty(Directory.GetFiles(_place.Root.LocksDirectory, "*.owner*"));
    }

    [Fact]
    public void No_secret_of_the_command_line_is_written()
    {
        using Peer peer = Peer.Locker(_place, "hold", "x", "--token", "s3cret-value").Expect("HELD");
        Eventually.True(() => File.Exists(Record), "the record");
        string text = File.ReadAllText(Record);
        Assert.Contains("--token", text, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_long_reason_is_cut_and_its_control_characters_are_taken_out()
    {
        using LockLease lease = FileLock.Acquire(Request with { Reason = "a\u001b[31mb\nc" + new string('x', 5000) });
        Eventually.True(() => LockInspector.Inspect(Request.Targets[0]).Holders is [{ Reason: not null }], "the record");
        string reason = LockInspector.Inspect(Request.Targets[0]).Holders[0].Reason!;
        Assert.InRange(reason.Length, 100, 200);
        Assert.DoesNotContain(reason, char.IsControl);
    }

    [Theory]
    [InlineData]
    [InlineData("--slots", "2")]
    public void The_next_holder_learns_of_a_crash_exactly_once(params string[] mode)
    {
        LockRequest request = mode.Length == 0 ? Request : Request with { Mode = LockMode.Slot, Slots = 2 };
        int crashed;
        using (Peer peer = Peer.Locker(_place, ["hold", "x", "--reason", "migrating", .. mode]).Expect("HELD"))
        {
            crashed = peer.Id;
            Eventually.True(() => Directory.GetFiles(_place.Root.LocksDirectory, "*.owner").Length == 1, "the record");
            peer.Kill();
        }

        using (LockLease next = FileLock.Acquire(request))
        {
            Assert.Equal(crashed, next.CrashedHolder?.ProcessId);
            Assert.Equal("migrating", next.CrashedHolder!.Reason);
            Assert.False(next.CrashedHolder.IsVerified);
        }

        using LockLease afterwards = FileLock.Acquire(request);
        Assert.Null(afterwards.CrashedHolder);
    }

    [Fact]
    public void A_crash_is_seen_without_taking_the_lock_until_somebody_takes_it()
    {
        using (Peer peer = Peer.Locker(_place, "hold", "x").Expect("HELD"))
        {
            Eventually.True(() => File.Exists(Record), "the record");
            Assert.Null(LockInspector.Inspect(Request.Targets[0]).CrashedHolder);
            peer.Kill();
            LockStatus status = LockInspector.Inspect(Request.Targets[0]);
            Assert.Equal((LockState.Free, peer.Id), (status.State, status.CrashedHolder?.ProcessId));
        }

        FileLock.Acquire(Request).Dispose();
        Assert.Null(LockInspector.Inspect(Request.Targets[0]).CrashedHolder);
    }

    [Fact]
    public void A_release_is_no_crash()
    {
        using Peer peer = Peer.Locker(_place, "hold", "x").Expect("HELD");
        Eventually.True(() => File.Exists(Record), "the record");
        peer.EndInput();
        peer.Expect("RELEASED");
        using LockLease next = FileLock.Acquire(Request);
        Assert.Null(next.CrashedHolder);
    }
}
