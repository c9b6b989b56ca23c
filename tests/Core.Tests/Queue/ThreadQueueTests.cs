using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using ProcessDedup.Locks;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Queue;

/// <summary>Many threads of one process at one lock.</summary>
public sealed class ThreadQueueTests(ITestOutputHelper output) : IDisposable
{
    private const int Threads = 8;

    private readonly TestDirectory _place = new();

    private LockRequest Request => new(_place.Named("queue"));

    public void Dispose() => _place.Dispose();

    // Not by the state of a thread, which may wait for something else on its way there.
    private void AwaitQueued(int count) =>
        Eventually.True(() => Request.Targets[0].Local.Queued == count, $"{count} threads queue");

    [Fact]
    public void Threads_are_served_in_the_order_they_came()
    {
        using Peer holder = Peer.Locker(_place, "hold", "queue").Expect("HELD");
        var order = new ConcurrentQueue<int>();
        var waits = new List<Task<int>>();
        for (int i = 0; i < Threads; i++)
        {
            int number = i;
            waits.Add(OtherFlow.Start(
                () =>
                {
                    using LockLease lease = FileLock.Acquire(Request);
                    order.Enqueue(number);
                    return number;
                }));
            if (i == 0)
                KernelView.AwaitWaiters(Request.Targets[0].LockFile, 1);
            else
                AwaitQueued(i);
        }

        holder.EndInput();
        waits.ForEach(w => w.Result("the grant"));
        Assert.Equal(Enumerable.Range(0, Threads), order);
    }

    [Theory]
    [InlineData(LockMode.Exclusive)]
    [InlineData(LockMode.Shared)]
    public void The_kernel_sees_one_waiter_of_a_process_however_many_of_its_threads_wait(LockMode mode)
    {
        using Peer holder = Peer.Locker(_place, "hold", "queue").Expect("HELD");
        var waits = new List<Task<int>>();
        for (int i = 0; i < Threads; i++)
        {
            waits.Add(OtherFlow.Start(
                () =>
                {
                    FileLock.Acquire(Request with { Mode = mode }).Dispose();
                    return 0;
                }));
            AwaitQueued(i);
            KernelView.AwaitWaiters(Request.Targets[0].LockFile, 1);
        }

        // Several looks, as a line of the kernel's table may come twice.
        Assert.Contains([Environment.ProcessId], Enumerable.Range(0, 5).Select(_ => KernelView.Waiters(Request.Targets[0].LockFile)));
        holder.EndInput();
        waits.ForEach(w => w.Result("the grant"));
    }

    [Fact]
    public void Fifty_waits_in_a_row_end_soon_after_their_cancellation()
    {
        using Peer holder = Peer.Locker(_place, "hold", "queue").Expect("HELD");
        var times = new List<double>();
        for (int i = 0; i < 50; i++)
        {
            using var cancellation = new CancellationTokenSource();
            Task<LockLease> wait = OtherFlow.Start(() => FileLock.Acquire(Request, cancellation.Token));
            KernelView.AwaitWaiters(Request.Targets[0].LockFile, 1);
            var clock = Stopwatch.StartNew();
            cancellation.Cancel();
            Assert.ThrowsAny<OperationCanceledException>(() => wait.Result("the end of a cancelled wait"));
            times.Add(clock.Elapsed.TotalMilliseconds);
        }

        times.Sort();
        output.WriteLine($"cancelled after: median {times[25]:0.00} ms, worst {times[^1]:0.00} ms");
        Assert.InRange(times[^1], 0, 5000);
    }

    [Fact]
    public void The_one_that_is_cancelled_in_the_middle_of_the_queue_is_passed_over()
    {
        LockLease held = FileLock.Acquire(Request);
        using var cancellation = new CancellationTokenSource();
        Task<LockLease> first = OtherFlow.Start(() => FileLock.Acquire(Request));
        AwaitQueued(1);
        Task<LockLease> second = OtherFlow.Start(() => FileLock.Acquire(Request, cancellation.Token));
        AwaitQueued(2);
        Task<LockLease> third = OtherFlow.Start(() => FileLock.Acquire(Request));
        AwaitQueued(3);
        cancellation.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => second.Result("the end of a cancelled wait"));
        held.Dispose();
        first.Result("the first in the queue").Dispose();
        third.Result("the third in the queue").Dispose();
    }

    [Fact]
    public void Shared_requests_of_many_threads_that_do_not_wait_never_find_each_other_busy()
    {
        Parallel.For(0, 4000, new ParallelOptions { MaxDegreeOfParallelism = Threads }, _ =>
            OtherFlow.Start(() =>
            {
                FileLock.Acquire(Request with { Mode = LockMode.Shared, NoWait = true }).Dispose();
                return 0;
            }).Result("a shared lock"));
    }

    [Fact]
    public void Two_paths_through_a_link_to_one_directory_are_one_lock()
    {
        string real = _place.NewDirectory("real"), link = _place.File("link");
        Links.ToDirectory(link, real);
        using LockLease held = FileLock.Acquire(new LockRequest(LockTarget.FromPath(real + "/a.lock")));
        Expect.Error(LockError.LockReentered, () => FileLock.Acquire(new LockRequest(LockTarget.FromPath(link + "/a.lock"))));
    }

    [Fact]
    public void A_thousand_locks_do_not_keep_a_thousand_files_open()
    {
        for (int i = 0; i < 1000; i++)
            FileLock.Acquire(new LockRequest(_place.Named("lock-" + i))).Dispose();
        int open = System.IO.Directory.GetFiles("/proc/self/fd")
            .Count(fd => ProcessDedup.Platform.SymbolicLinks.TryRead(fd)?.StartsWith(_place.Home, StringComparison.Ordinal) == true);
        Assert.InRange(open, 0, 200);
    }
}
