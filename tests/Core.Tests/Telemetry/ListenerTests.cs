using System;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Threading;
using ProcessDedup.Fetch;
using ProcessDedup.Locks;
using ProcessDedup.Sqlite;
using ProcessDedup.Tests.Flight;
using ProcessDedup.Tests.Harness;
using ProcessDedup.Tests.Sqlite;
using Xunit;

namespace ProcessDedup.Tests.Telemetry;

/// <summary>What listeners may do to what they listen to: nothing.</summary>
public sealed class ListenerTests : IDisposable
{
    private readonly Caching _it = new();

    public void Dispose() => _it.Dispose();

    [Fact]
    public void What_a_listener_throws_keeps_no_lock_held_and_fails_nothing()
    {
        using var heard = new Throwing();
        LockTarget target = _it.Place.Named("listened to");
        for (int i = 0; i < 3; i++)
        {
            // Each in a flow of its own: what is still held would be told by the next.
            OtherFlow.Start(() =>
            {
                FileLock.Acquire(new LockRequest(target) { NoWait = true }).Dispose();
                return 0;
            }).Result("a lock");
        }

        using (LockLease lost = FileLock.Acquire(new LockRequest(_it.Place.AtPath("lost"))))
        {
            using var told = new ManualResetEventSlim();
            using CancellationTokenRegistration telling = lost.GetLostToken().Register(told.Set);
            System.IO.File.Delete(_it.Place.File("lost"));
            Assert.True(told.Wait(Peer.Patience));
        }

        OriginFile file = _it.Origin.Serve("/file", new byte[1000]);
        Assert.Equal(FetchStatus.Downloaded, _it.Cache.Get(new FetchRequest(file.Url)).Status);
        Assert.Equal(FetchError.FetchNotFound, Assert.Throws<FetchException>(() => _it.Cache.Get(new FetchRequest(_it.Origin.Url("/missing")))).Error);
        var table = new Table(_it.Place);
        using SqliteRunner runner = table.Runner();
        Assert.Equal(SqliteOutcome.Committed, runner.Run(tx => Table.Insert(tx, "row")).Outcome);
        Assert.Null(Activity.Current);
        Assert.True(heard.Calls > 10, $"Only {heard.Calls} calls were answered with an exception.");
    }

    [Fact]
    public void Where_nobody_listens_nothing_is_allocated_for_it()
    {
        LockTarget target = _it.Place.Named("cheap");
        long Cost()
        {
            // The least of all: one that is held up has its record written meanwhile, and has to remove that.
            const int times = 200;
            long least = long.MaxValue;
            for (int i = 0; i < times; i++)
            {
                long before = GC.GetAllocatedBytesForCurrentThread();
                FileLock.Acquire(new LockRequest(target)).Dispose();
                least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
            }

            return least;
        }

        Cost();
        long alone = Cost();
        long heard;
        using (new Listening())
            heard = Cost();
        long after = Cost();
        Assert.InRange(after, 0, alone + 8);
        // What is measured costs something, so that the figure before means that nothing was.
        Assert.True(heard > alone + 100, $"{alone} bytes without a listener, {heard} with one.");
        Assert.InRange(alone, 1, 700);
    }

    [Fact]
    public void Retries_of_somebody_elses_library_are_counted_as_our_own()
    {
        using var heard = new Listening();
        ForeignTransaction.Run(
            new SqliteOptions { InitialDelay = TimeSpan.FromMilliseconds(1) },
            attempt => attempt < 3 ? throw new InvalidOperationException("SQLite Error 5: 'database is locked'.") : attempt,
            (_, _) => null,
            _ => { });
        Assert.Equal([1.0, 1.0], heard.Values("procdedup.sqlite.retries", "procdedup.sqlite.code", "SQLITE_BUSY"));
    }

    /// <summary>Throws whenever it is told something.</summary>
    private sealed class Throwing : IDisposable
    {
        private readonly MeterListener _meters = new();
        private readonly ActivityListener _activities = new();
        private int _calls;

        public Throwing()
        {
            _meters.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == "ProcessDedup")
                    listener.EnableMeasurementEvents(instrument);
            };
            _meters.SetMeasurementEventCallback<long>((_, _, _, _) => Throw());
            _meters.SetMeasurementEventCallback<double>((_, _, _, _) => Throw());
            _meters.Start();
            _activities.ShouldListenTo = source => source.Name == "ProcessDedup";
            _activities.Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData;
            // Every other one at its beginning, the rest at their end.
            _activities.ActivityStarted = activity =>
            {
                if (Volatile.Read(ref _calls) % 2 == 0)
                    Throw();
            };
            _activities.ActivityStopped = _ => Throw();
            ActivitySource.AddActivityListener(_activities);
        }

        public int Calls => Volatile.Read(ref _calls);

        private void Throw()
        {
            Interlocked.Increment(ref _calls);
            throw new InvalidOperationException("A listener has failed.");
        }

        public void Dispose()
        {
            _meters.Dispose();
            _activities.Dispose();
        }
    }
}
