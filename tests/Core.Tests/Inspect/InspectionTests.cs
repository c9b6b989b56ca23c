using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Threading;
using System.Threading.Tasks;
using ProcessDedup.Locks;
using ProcessDedup.Platform;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Inspect;

/// <summary>Who holds a lock and who waits, seen from outside and without touching it.</summary>
public sealed class InspectionTests : IDisposable
{
    private readonly TestDirectory _place = new();

    private LockTarget Target => _place.Named("x");

    public void Dispose() => _place.Dispose();

    [Fact]
    public void A_lock_that_was_never_used_is_free_and_looking_makes_nothing()
    {
        LockStatus status = LockInspector.Inspect(Target);
        Assert.Equal((LockState.Free, 0, 0), (status.State, status.Holders.Count, status.Waiters.Count));
        Assert.Equal(OperatingSystem.IsLinux(), status.IsFromKernel);
        Assert.Empty(LockInspector.InspectAll(_place.Root));
        Assert.False(Directory.Exists(_place.Home));
        Assert.Equal(LockState.Free, LockInspector.Inspect(_place.AtPath("no/such/directory/file")).State);
    }

    [Fact]
    public void A_released_lock_is_free()
    {
        FileLock.Acquire(new LockRequest(Target)).Dispose();
        Assert.Equal(LockState.Free, LockInspector.Inspect(Target).State);
    }

    [Fact]
    public void The_holder_is_verified_at_once_and_described_soon_after()
    {
        using Peer peer = Peer.Locker(_place, "hold", "x", "--reason", "compiling").Expect("HELD");
        LockHolder holder = LockInspector.Inspect(Target).Holders.Single();
        Assert.Equal((peer.Id, true, LockMode.Exclusive), (holder.ProcessId!.Value, holder.IsVerified, holder.Mode));
        Assert.StartsWith("LockPeer", holder.CommandLine, StringComparison.Ordinal);
        Eventually.True(() => LockInspector.Inspect(Target).Holders.Single().Reason == "compiling", "the record");
        peer.Say("PROGRESS 3 of 4 files");
        Eventually.True(() => LockInspector.Inspect(Target).Holders.Single().Progress == "3 of 4 files", "the progress");
        Assert.Matches($@"^LockPeer … --reason … \(PID {peer.Id}, user \S+\) for \S+ s: compiling, 3 of 4 files$", LockInspector.Inspect(Target).Holders.Single().Describe());
    }

    [Fact]
    public void A_holder_whose_first_thread_has_ended_counts_once_and_nobody_else_for_it()
    {
        const string python = "/usr/bin/python3";
        Assert.SkipUnless(File.Exists(python) && RuntimeInformation.ProcessArchitecture == Architecture.X64, "It needs Python, and a system call's number.");
        using Peer first = Peer.Locker(_place, "hold", "x", "--shared").Expect("HELD"), second = Peer.Locker(_place, "hold", "x", "--shared").Expect("HELD");
        // 60: exit, of this thread alone.
        using Peer threaded = Peer.Run(
            _place, python, "-c", "import ctypes, fcntl, sys, threading\nf = open(sys.argv[1])\nfcntl.flock(f, fcntl.LOCK_SH)\n"
            + "threading.Thread(target=lambda: [print('HELD', flush=True), sys.stdin.read()]).start()\nctypes.CDLL(None).syscall(60, 0)", Target.LockFile);
        threaded.Expect("HELD");
        Eventually.True(() => File.ReadAllText($"/proc/{threaded.Id}/stat").Contains(") Z ", StringComparison.Ordinal), "the end of the first thread");
        Assert.True(ProcessIdentity.TryGet(threaded.Id, out _));
        Assert.Equal(3, LockInspector.Inspect(Target).Holders.Count);
    }

    [Fact]
    public void Whoever_took_over_a_shared_lock_from_a_process_that_has_ended_counts_once_and_the_others_too()
    {
        using Peer first = Peer.Locker(_place, "hold", "x", "--shared").Expect("HELD"), second = Peer.Locker(_place, "hold", "x", "--shared").Expect("HELD");
        // The kernel names the flock(1) that took it, which is gone.
        using Peer shell = Peer.Run(_place, "bash", "-c", "exec 9<\"$0\"; flock --shared 9; echo HELD; read line", Target.LockFile).Expect("HELD");
        Assert.Equal(
            new[] { first.Id, second.Id, shell.Id }.Order(), LockInspector.Inspect(Target).Holders.Select(h => h.ProcessId!.Value).Order());
    }

    [Fact]
    public void Shared_holders_are_all_named()
    {
        List<Peer> peers = Enumerable.Range(0, 3).Select(_ => Peer.Locker(_place, "hold", "x", "--shared").Expect("HELD")).ToList();
        LockStatus status = LockInspector.Inspect(Target);
        Assert.Equal(LockState.Shared, status.State);
        Assert.Equal(peers.Select(p => p.Id).Order(), status.Holders.Select(h => h.ProcessId!.Value).Order());
        peers.ForEach(p => p.Dispose());
    }

    [Fact]
    public void Slots_are_named_with_their_holders_and_waiters()
    {
        List<Peer> peers = Enumerable.Range(0, 2).Select(_ => Peer.Locker(_place, "hold", "x", "--slots", "2").Expect("HELD")).ToList();
        using Peer first = Peer.Locker(_place, "hold", "x", "--slots", "2");
        KernelView.AwaitWaiters(Target.LockFile + ".slot-1", 1);
        using Peer second = Peer.Locker(_place, "hold", "x", "--slots", "2");
        KernelView.AwaitWaiters(Target.LockFile, 1);
        LockStatus status = LockInspector.Inspect(Target);
        Assert.Equal((LockState.Slots, 2), (status.State, status.Slots!.Value));
        Assert.Equal([(peers[0].Id, 1), (peers[1].Id, 2)], status.Holders.Select(h => (h.ProcessId!.Value, h.Slot!.Value)));
        Assert.Equal([first.Id, second.Id], status.Waiters.Select(w => w.ProcessId));
        peers.ForEach(p => p.Dispose());
    }

    [Fact]
    public void Waiters_are_in_the_order_of_the_queue()
    {
        using Peer holder = Peer.Locker(_place, "hold", "x").Expect("HELD");
        var waiters = new List<Peer>();
        for (int i = 0; i < 4; i++)
        {
            waiters.Add(Peer.Locker(_place, "hold", "x"));
            KernelView.AwaitWaiters(Target.LockFile, i + 1);
        }

        IReadOnlyList<LockWaiter> seen = LockInspector.Inspect(Target).Waiters;
        Assert.Equal(waiters.Select((w, i) => (w.Id, i + 1)), seen.Select(w => (w.ProcessId, w.Position)));
        Assert.All(seen, w => Assert.StartsWith("LockPeer", w.CommandLine, StringComparison.Ordinal));
        waiters.ForEach(w => w.Dispose());
    }

    [Fact]
    public void A_holder_that_is_another_program_is_verified_as_well()
    {
        Assert.SkipWhen(Programs.Find("flock") is null, "flock(1) is not installed");
        using Peer flock = Peer.Run(_place, "flock", _place.File("f"), "-c", "echo in; cat");
        flock.Expect("in");
        LockHolder holder = LockInspector.Inspect(_place.AtPath("f")).Holders.Single();
        Assert.Equal((flock.Id, true), (holder.ProcessId!.Value, holder.IsVerified));
        Assert.StartsWith("flock", holder.CommandLine, StringComparison.Ordinal);
    }

    [Fact]
    public void When_the_one_who_took_it_is_dead_whoever_inherited_it_is_named()
    {
        Assert.SkipWhen(Programs.Find("flock") is null, "flock(1) is not installed");
        using Peer shell = Peer.Run(
            _place, "/bin/sh", "-c", $"exec 9>{_place.File("f")}; flock 9; sleep 600 > /dev/null 2>&1 & echo $!");
        int heir = int.Parse(shell.Read("the heir's PID"), CultureInfo.InvariantCulture);
        try
        {
            Assert.Equal(0, shell.WaitForExit());
            // Its number is told before it has become another program.
            Eventually.True(() => File.ReadAllText($"/proc/{heir}/comm") == "sleep\n", "the heir is sleep");
            LockStatus status = LockInspector.Inspect(_place.AtPath("f"));
            Assert.Equal(LockState.Exclusive, status.State);
            Assert.Equal([(heir, true)], status.Holders.Select(h => (h.ProcessId!.Value, h.IsVerified)));
            LockException busy = Expect.Error(LockError.LockBusy, () => FileLock.Acquire(new LockRequest(_place.AtPath("f")) { NoWait = true }));
            Assert.Contains($"sleep … (PID {heir}", busy.Message, StringComparison.Ordinal);
        }
        finally
        {
            Peer.Signal(heir, "KILL");
        }
    }

    [Fact]
    public void Every_lock_below_the_root_is_listed_by_name_and_strange_files_are_not()
    {
        foreach (string name in new[] { "b", "a", "c:d", "é" })
            FileLock.Acquire(new LockRequest(_place.Named(name))).Dispose();
        foreach (string stranger in new[] { "README", "%zz.lock", "%2.lock", "a%3A.lock.tmp", ".lock", "x%2Fy.lock" })
            File.WriteAllText(Path.Combine(_place.Root.LocksDirectory, stranger), "");
        Assert.Equal(["a", "b", "c:d", "é"], LockInspector.InspectAll(_place.Root).Select(s => s.Name));
    }

    [Fact]
    public void What_is_held_is_seen_while_others_come_and_go()
    {
        List<LockLease> held = [.. Enumerable.Range(0, 120).Select(i => FileLock.Acquire(new LockRequest(_place.Named($"held-{i}"))))];
        List<ulong> inodes = held.ConvertAll(lease => ulong.Parse(KernelView.Inode(lease.Target.LockFile), CultureInfo.InvariantCulture));
        using Peer one = Peer.Locker(_place, "occupy", "one", _place.NewDirectory("1"), "--hold-ms", "0").Expect("READY").Expect("IN");
        using Peer other = Peer.Locker(_place, "occupy", "other", _place.NewDirectory("2"), "--hold-ms", "0").Expect("READY").Expect("IN");
        bool Misses(IReadOnlyList<ProcLockLine> lines) => inodes.Except(lines.Select(line => line.Inode)).Any();
        // Until one look would have missed one of them often; how soon that is depends on what else the machine does.
        const int often = 20;
        int once = 0, asItIs = 0;
        for (var clock = Stopwatch.StartNew(); once < often && clock.Elapsed < TimeSpan.FromSeconds(10);)
        {
            once += Misses(ProcLocks.Read(looks: 1)) ? 1 : 0;
            asItIs += Misses(ProcLocks.Read()) ? 1 : 0;
        }

        Assert.InRange(asItIs, 0, often / 4);
        held.ForEach(lease => lease.Dispose());
    }

    [Fact]
    public void Looking_never_makes_a_lock_busy()
    {
        using var end = new CancellationTokenSource();
        FileLock.Acquire(new LockRequest(Target)).Dispose();
        FileLock.Acquire(new LockRequest(Target) { Mode = LockMode.Slot, Slots = 2 }).Dispose();
        long looks = 0;
        Task<int> hammer = OtherFlow.Start(() =>
        {
            for (; !end.IsCancellationRequested; Interlocked.Increment(ref looks))
            {
                LockInspector.Inspect(Target);
                LockInspector.InspectAll(_place.Root);
                StaleLocks.Preview(Target, TimeSpan.Zero);
            }

            return 0;
        });
        string rounds = Scale.Of(3000, 30000).ToString(CultureInfo.InvariantCulture);
        // As often as it takes until there were looks in between, which are slow on a busy machine.
        void Try(params string[] how)
        {
            long enough = Interlocked.Read(ref looks) + 10;
            do
            {
                using Peer peer = Peer.Locker(_place, ["try", "x", .. how, "--rounds", rounds]);
                peer.Expect("DONE busy=0");
            }
            while (Interlocked.Read(ref looks) < enough && !hammer.IsCompleted);
        }

        Try();
        Try("--slots", "2");
        end.Cancel();
        hammer.Result("the end");
    }
}
