using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using System.Threading;
using System.Threading.Tasks;
using ProcessDedup.Artifacts;
using ProcessDedup.Claims;
using ProcessDedup.Fetch;
using ProcessDedup.Locks;
using ProcessDedup.Retry;
using ProcessDedup.Sqlite;
using ProcessDedup.Substituters;
using ProcessDedup.Tests.Flight;
using ProcessDedup.Tests.Harness;
using ProcessDedup.Tests.Sqlite;
using Xunit;

namespace ProcessDedup.Tests.Telemetry;

/// <summary>What a listener hears of real work, and what docs/design/telemetry.md says of it.</summary>
public sealed class TelemetryTests : IDisposable
{
    private readonly Caching _it = new();
    private readonly Listening _heard = new();

    public void Dispose()
    {
        _heard.Dispose();
        _it.Dispose();
    }

    [Fact]
    public void Everything_that_is_documented_is_heard_and_nothing_else()
    {
        Locks();
        Lose();
        Downloads();
        Artifacts();
        Transactions();
        Claims();
        Blocks();
        _heard.Observe();

        IReadOnlyDictionary<string, string[]> metrics = Documented("## Metrics");
        Assert.Equal(metrics.Keys.Order(), _heard.Published.Select(i => i.Name).Order());
        foreach (System.Diagnostics.Metrics.Instrument instrument in _heard.Published)
        {
            string[] row = metrics[instrument.Name];
            Assert.Equal(row[0], instrument.GetType().Name.Split('`')[0]);
            Assert.Equal(row[1].Trim('`'), instrument.Unit);
            Assert.False(string.IsNullOrEmpty(instrument.Description));
            string[] attributes = Names(row[2]);
            var measured = _heard.Measured.Where(m => m.Instrument == instrument).ToList();
            Assert.True(measured.Count > 0, instrument.Name + " was not heard.");
            Assert.All(measured, m => Assert.Equal(attributes.Order(), m.Tags.Keys.Order()));
        }

        IReadOnlyDictionary<string, string[]> values = Documented("## Attributes");
        Assert.Equal(metrics.Values.SelectMany(row => Names(row[2])).Distinct().Order(), values.Keys.Order());
        foreach ((string name, object? value) in _heard.Measured.SelectMany(m => m.Tags))
        {
            if (name is not ("error.type" or "procdedup.sqlite.code"))
                Assert.Contains(Assert.IsType<string>(value), Names(values[name][0]));
        }

        IReadOnlyDictionary<string, string[]> activities = Documented("## Activities");
        Assert.Equal(activities.Keys.Order(), _heard.Activities.Select(a => a.OperationName).Distinct().Order());
        foreach (IGrouping<string, Activity> same in _heard.Activities.GroupBy(a => a.OperationName))
            Assert.Equal(Names(activities[same.Key][0]).Order(), same.SelectMany(a => a.TagObjects).Select(t => t.Key).Distinct().Order());
    }

    [Fact]
    public void A_wait_and_a_hold_are_told_with_the_name_of_the_lock_in_activities_only()
    {
        Locks();
        Assert.Equal(1, _heard.Values("procdedup.lock.waiters").Max());
        _heard.Observe();
        Assert.Equal(0, _heard.Values("procdedup.lock.waiters")[^1]);
        double waited = Assert.Single(_heard.Values("procdedup.lock.wait.duration", "procdedup.lock.outcome", "granted"));
        Activity wait = Assert.Single(_heard.Activities, a => a.OperationName == "procdedup.lock.wait" && (string?)a.GetTagItem("procdedup.lock.outcome") == "granted");
        Assert.Equal("contended", wait.GetTagItem("procdedup.lock.name"));
        Assert.Equal(waited, wait.Duration.TotalSeconds, 5);
        Assert.Equal(
            ["contended", "contended"],
            _heard.Activities.Where(a => a.OperationName == "procdedup.lock.hold").Select(a => a.GetTagItem("procdedup.lock.name")));
        Assert.DoesNotContain(_heard.Measured.SelectMany(m => m.Tags.Values), v => (string?)v == "contended");
        foreach (string outcome in new[] { "busy", "timeout", "cancelled", "deadlock" })
            Assert.Single(_heard.Values("procdedup.lock.requests", "procdedup.lock.outcome", outcome));
    }

    [Fact]
    public void A_flight_is_a_miss_a_joined_one_and_a_hit_with_their_bytes()
    {
        Downloads();
        const string result = "procdedup.cache.result";
        Assert.Single(_heard.Values("procdedup.cache.answers", result, "downloaded"));
        Assert.Single(_heard.Values("procdedup.cache.answers", result, "waited"));
        Assert.Single(_heard.Values("procdedup.cache.answers", result, "hit"));
        Assert.Equal(1000, _heard.Values("procdedup.cache.transferred").Sum());
        Assert.Equal(2000, _heard.Values("procdedup.cache.saved").Sum());
        Assert.Single(_heard.Values("procdedup.cache.failures", "error.type", "FetchNotFound"));
        Activity failed = Assert.Single(_heard.Activities, a => a.OperationName == "procdedup.fetch" && a.Status == ActivityStatusCode.Error);
        Assert.Equal(_it.Origin.Url("/missing") + "?***", failed.GetTagItem("procdedup.cache.source"));
    }

    private void Locks()
    {
        LockTarget target = _it.Place.Named("contended");
        using (FileLock.Acquire(new LockRequest(target)))
        {
            Task<int> waiter = OtherFlow.Start(() =>
            {
                FileLock.Acquire(new LockRequest(target)).Dispose();
                return 0;
            });
            AwaitWaiter();
            Assert.Throws<LockException>(() => FileLock.Acquire(new LockRequest(target)));
            OtherFlow.Start(() => FileLock.TryAcquireAll(new LockRequest(target))).Result("a look");
            Task<LockLease> late = OtherFlow.Start(() => FileLock.Acquire(new LockRequest(target) { Timeout = TimeSpan.FromMilliseconds(1) }));
            Assert.Throws<LockTimeoutException>(() => late.Result("the time is up"));
            using var cancelled = new CancellationTokenSource();
            cancelled.Cancel();
            Assert.Throws<OperationCanceledException>(() => FileLock.Acquire(new LockRequest(_it.Place.Named("other")), cancelled.Token));
            _released = waiter;
        }

        _released.Result("the waiter gets it");
    }

    private Task<int> _released = Task.FromResult(0);

    private void AwaitWaiter() => Eventually.True(
        () =>
        {
            _heard.Observe();
            return _heard.Values("procdedup.lock.waiters")[^1] == 1;
        },
        "somebody waits");

    private void Lose()
    {
        using LockLease lease = FileLock.Acquire(new LockRequest(_it.Place.AtPath("lost")));
        using var lost = new ManualResetEventSlim();
        using CancellationTokenRegistration told = lease.GetLostToken().Register(lost.Set);
        File.Delete(_it.Place.File("lost"));
        Assert.True(lost.Wait(Peer.Patience));
    }

    private void Downloads()
    {
        OriginFile file = _it.Origin.Serve("/file", new byte[1000], "\"v\"");
        file.Gate = new OriginGate(500);
        file.FailNext(1, 503);
        Task<FetchResult> leader = OtherFlow.Start(() => _it.Cache.Get(new FetchRequest(file.Url)));
        file.Gate.WaitReached();
        Task<FetchResult> waiter = OtherFlow.Start(() => _it.Cache.Get(new FetchRequest(file.Url)));
        AwaitWaiter();
        file.Gate.Open();
        leader.Result("the leader");
        Assert.Equal(FetchStatus.Waited, waiter.Result("the waiter").Status);
        Assert.Equal(FetchStatus.Hit, _it.Cache.Get(new FetchRequest(file.Url) { MaxAge = TimeSpan.FromDays(1) }).Status);
        Assert.Throws<FetchException>(() => _it.Cache.Get(new FetchRequest(_it.Origin.Url("/missing") + "?secret=1")));
    }

    private void Artifacts()
    {
        var request = new ArtifactRequest(ArtifactKey.Of("nobody has it"))
        {
            Substituters = new SubstituterOptions { Addresses = [_it.Place.NewDirectory("store")] },
        };
        Assert.Throws<FetchException>(() => ArtifactCache.Open(_it.Place.Root).Restore(request));
    }

    private void Transactions()
    {
        var table = new Table(_it.Place);
        using SqliteRunner own = table.Runner(change: o => Deferred(o));
        using SqliteRunner other = table.Runner();
        other.Run(tx => Table.Insert(tx, "first"));
        // What is read is old by the time of the write: SQLITE_BUSY_SNAPSHOT, and all of it again.
        own.Run(tx =>
        {
            tx.Query("SELECT count(*) FROM t");
            if (tx.Attempt == 1)
                OtherFlow.Start(() => other.Run(t => Table.Insert(t, "other"))).Result("another writer");
            Table.Insert(tx, "own");
        });
        using SqliteRunner cache = table.Runner(change: o => Hasty(o));
        other.Run(tx =>
        {
            Table.Insert(tx, "holder");
            Assert.Equal(SqliteOutcome.Skipped, cache.Run(t => Table.Insert(t, "cache")).Outcome);
        });
    }

    private static SqliteOptions Deferred(SqliteOptions options)
    {
        options = options with { Mode = SqliteTransactionMode.Deferred };
        return options;
    }

    private static SqliteOptions Hasty(SqliteOptions options)
    {
        options = options with { Role = SqliteRole.Cache };
        options = options with { Timeout = TimeSpan.FromMilliseconds(20) };
        return options;
    }

    private void Claims()
    {
        using ClaimStore store = ClaimStore.Open(_it.Place.Root);
        Assert.Equal(ClaimOutcome.Won, store.Add(new ClaimRequest("builds", "k")).Outcome);
        Assert.Equal(ClaimOutcome.Lost, store.Add(new ClaimRequest("builds", "k")).Outcome);
    }

    private static void Blocks() =>
        new RetrySchedule(new Backoff(TimeSpan.Zero, TimeSpan.Zero), 2, Deadline.Never, () => 0).Next();

    /// <summary>The rows of a section's table by the name in the first column.</summary>
    private static Dictionary<string, string[]> Documented(string section)
    {
        string text = File.ReadAllText(Path.Combine(Path.GetDirectoryName(Here())!, "../../../docs/design/telemetry.md"));
        return text[text.IndexOf(section, StringComparison.Ordinal)..].Split("\n## ", 2)[0].Split('\n')
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .Select(line => line.Trim('|').Split('|', StringSplitOptions.TrimEntries))
            .ToDictionary(cells => cells[0].Trim('`'), cells => cells[1..]);
    }

    private static string[] Names(string cell) =>
        [.. Regex.Matches(cell, "`([^`]+)`", RegexOptions.None, TimeSpan.FromSeconds(5)).Select(m => m.Groups[1].Value)];

    private static string Here([CallerFilePath] string path = "") => path;
}
