using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using ProcessDedup.Locks;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Queue;

/// <summary>Processes that share, count and queue.</summary>
public sealed class ProcessQueueTests(ITestOutputHelper output) : IDisposable
{
    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public void A_writer_is_not_starved_by_readers_that_overlap_for_ever()
    {
        string inside = _place.NewDirectory("inside");
        List<Peer> readers = Enumerable.Range(0, 6)
            .Select(_ => Peer.Locker(_place, "occupy", "data", inside, "--shared", "--hold-ms", "10")).ToList();
        try
        {
            readers.ForEach(r => r.Await("IN"));
            for (int i = 0; i < 10; i++)
            {
                using Peer writer = Peer.Locker(_place, "occupy", "data", inside, "--rounds", "1");
                writer.Expect("READY").Expect("IN");
                Assert.StartsWith("DONE", Assert.Single(writer.ReadToEnd()), StringComparison.Ordinal);
            }

            readers.ForEach(r => r.Say("end"));
            List<IReadOnlyList<string>> said = readers.Select(r => r.ReadToEnd()).ToList();
            output.WriteLine(said[0][^1]);
            Assert.All(said, lines => Assert.DoesNotContain(lines, line => line.StartsWith("OVERLAP", StringComparison.Ordinal)));
            Assert.All(said, lines => Assert.StartsWith("DONE", lines[^1], StringComparison.Ordinal));
        }
        finally
        {
            readers.ForEach(r => r.Dispose());
        }
    }

    [Fact]
    public void Shared_holders_hold_together()
    {
        List<Peer> readers = Enumerable.Range(0, 4).Select(_ => Peer.Locker(_place, "hold", "data", "--shared").Expect("HELD")).ToList();
        using LockLease own = FileLock.Acquire(new LockRequest(_place.Named("data")) { Mode = LockMode.Shared, NoWait = true });
        readers.ForEach(r => r.Dispose());
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Slots_are_never_overbooked_and_all_of_them_are_used(int slots)
    {
        string inside = _place.NewDirectory("inside");
        string count = slots.ToString(CultureInfo.InvariantCulture);
        List<Peer> peers = Enumerable.Range(0, 8).Select(_ => Peer.Locker(
            _place, "occupy", "seats", inside, "--slots", count, "--hold-ms", "3", "--goes-on",
            "--rounds", Scale.Of(40, 400).ToString(CultureInfo.InvariantCulture))).ToList();
        try
        {
            // All of them, however late some begin.
            List<string> said = peers.SelectMany(p => p.ReadTo("ENOUGH")).ToList();
            peers.ForEach(p => p.Say("end"));
            said.AddRange(peers.SelectMany(p => p.ReadToEnd()));
            Assert.DoesNotContain(said, line => line.StartsWith("OVERLAP", StringComparison.Ordinal));
            Assert.Equal(8, said.Count(line => line.StartsWith("DONE", StringComparison.Ordinal)));
            Assert.Contains(said, line => line.EndsWith($"most={count}", StringComparison.Ordinal));
        }
        finally
        {
            peers.ForEach(p => p.Dispose());
        }
    }

    [Fact]
    public void While_a_slot_is_held_another_number_is_an_error_for_processes_and_threads_that_says_who_set_it()
    {
        LockRequest four = new(_place.Named("seats")) { Mode = LockMode.Slot, Slots = 4 };
        using LockLease held = FileLock.Acquire(four);
        LockException mismatch = Expect.Error(
            LockError.LockSlotsMismatch, () => OtherFlow.Start(() => FileLock.Acquire(four with { Slots = 3 })).Result("the error"));
        Assert.Contains("has 4 slots, set by you at ", mismatch.Message, StringComparison.Ordinal);
        using Peer peer = Peer.Locker(_place, "hold", "seats", "--slots", "5");
        Assert.StartsWith("ERROR LockSlotsMismatch", peer.Read("an error"), StringComparison.Ordinal);
        OtherFlow.Start(() => FileLock.Acquire(four with { NoWait = true })).Result("a slot of four").Dispose();
    }

    [Theory]
    [InlineData(4, 2)]
    [InlineData(2, 4)]
    public void A_free_lock_takes_a_new_number_of_slots_and_never_has_more_holders(int before, int after)
    {
        LockRequest request = new(_place.Named("seats")) { Mode = LockMode.Slot, Slots = before, NoWait = true };
        FileLock.Acquire(request).Dispose();
        var held = new List<LockLease>();
        for (int i = 0; i < after; i++)
            held.Add(OtherFlow.Start(() => FileLock.Acquire(request with { Slots = after })).Result("a slot"));
        Expect.Error(LockError.LockBusy, () => OtherFlow.Start(() => FileLock.Acquire(request with { Slots = after })).Result("busy"));
        Expect.Error(LockError.LockSlotsMismatch, () => OtherFlow.Start(() => FileLock.Acquire(request)).Result("the other number"));
        held.ForEach(lease => lease.Dispose());
        FileLock.Acquire(request).Dispose();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(129)]
    public void A_number_of_slots_out_of_range_is_an_error(int slots) => Expect.Error(
        LockError.LockSlotsInvalid,
        () => FileLock.Acquire(new LockRequest(_place.Named("seats")) { Mode = LockMode.Slot, Slots = slots }));

    [Fact]
    public void Each_holder_is_told_its_own_slot()
    {
        LockRequest request = new(_place.Named("seats")) { Mode = LockMode.Slot, Slots = 3, NoWait = true };
        List<LockLease> leases = Enumerable.Range(0, 3)
            .Select(_ => OtherFlow.Start(() => FileLock.Acquire(request)).Result("a slot")).ToList();
        Assert.Equal([1, 2, 3], leases.Select(l => l.Slot!.Value).Order());
        leases[1].Dispose();
        using LockLease again = OtherFlow.Start(() => FileLock.Acquire(request)).Result("the slot that was freed");
        Assert.Equal(2, again.Slot);
        leases.ForEach(l => l.Dispose());
    }

    [Fact]
    public void As_many_slots_as_there_may_be_can_all_be_held()
    {
        Wine.Lacks("room: it keeps a file open that was closed while a lock on another of its handles is held");
        LockRequest request = new(_place.Named("seats")) { Mode = LockMode.Slot, Slots = 128, NoWait = true };
        List<LockLease> leases = Enumerable.Range(0, 128)
            .Select(_ => OtherFlow.Start(() => FileLock.Acquire(request)).Result("a slot")).ToList();
        Expect.Error(LockError.LockBusy, () => FileLock.Acquire(request));
        leases.ForEach(l => l.Dispose());
    }

    [Fact]
    public void Processes_wait_in_the_order_they_came()
    {
        using Peer holder = Peer.Locker(_place, "hold", "line").Expect("HELD");
        var peers = new List<Peer>();
        try
        {
            for (int i = 0; i < 5; i++)
            {
                peers.Add(Peer.Locker(_place, "hold", "line"));
                KernelView.AwaitWaiters(_place.Named("line").LockFile, i + 1);
            }

            holder.EndInput();
            foreach (Peer peer in peers)
            {
                peer.Expect("HELD");
                peer.EndInput();
            }
        }
        finally
        {
            peers.ForEach(p => p.Dispose());
        }
    }
}
