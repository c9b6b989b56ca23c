using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Threading;

namespace ProcessDedup.Telemetry;

/// <summary>
/// What can be listened to with System.Diagnostics.Metrics and ActivitySource, and so with OpenTelemetry. Every name, unit
/// and attribute is in docs/design/telemetry.md, and a test compares the two.
/// </summary>
/// <remarks>
/// Attributes of measurements have few values each: names, addresses and keys are tags of activities only, as a series of
/// its own for each of them is what brings collectors down.
/// </remarks>
internal static class Instruments
{
    /// <summary>The name of the meter and of the source of activities.</summary>
    public const string Name = "ProcessDedup";

    private static readonly string? Version = typeof(Instruments).Assembly.GetName().Version?.ToString(3);

    private static readonly Meter? Meter = Tally.Try(() => new Meter(Name, Version));

    /// <summary>Null if a listener would not have it.</summary>
    public static readonly ActivitySource? Activities = Tally.Try(() => new ActivitySource(Name, Version));

    public static readonly Tally LockRequests = Tally.Count(
        Meter, "procdedup.lock.requests", "{request}", "Requests for locks, by how they ended.");

    public static readonly Tally LockWait = Tally.Seconds(
        Meter, "procdedup.lock.wait.duration", "How long was waited for locks that were not free.");

    public static readonly Tally LockHold = Tally.Seconds(
        Meter, "procdedup.lock.hold.duration", "How long locks were held.");

    public static readonly Tally LocksLost = Tally.Count(
        Meter, "procdedup.lock.lost", "{lock}", "Locks that were lost while they were held.");

    public static readonly Tally CacheAnswers = Tally.Count(
        Meter, "procdedup.cache.answers", "{answer}", "Answers of the cache, by how they came about.");

    public static readonly Tally CacheFailures = Tally.Count(
        Meter, "procdedup.cache.failures", "{failure}", "Requests to the cache that failed.");

    public static readonly Tally CacheWait = Tally.Seconds(
        Meter, "procdedup.cache.wait.duration", "How long another process's work was waited for.");

    public static readonly Tally CacheWork = Tally.Seconds(
        Meter, "procdedup.cache.work.duration", "How long it took to fetch or make what was not there.");

    public static readonly Tally CacheTransferred = Tally.Count(
        Meter, "procdedup.cache.transferred", "By", "Bytes that came over the network.");

    public static readonly Tally CacheSaved = Tally.Count(
        Meter, "procdedup.cache.saved", "By", "Bytes that did not have to come again.");

    public static readonly Tally Retries = Tally.Count(
        Meter, "procdedup.retries", "{retry}", "Attempts after the first.");

    public static readonly Tally SqliteTransaction = Tally.Seconds(
        Meter, "procdedup.sqlite.transaction.duration", "How long transactions took, waits and retries included.");

    public static readonly Tally SqliteWait = Tally.Seconds(
        Meter, "procdedup.sqlite.wait.duration", "How long transactions waited for other processes, where they did.");

    public static readonly Tally SqliteRetries = Tally.Count(
        Meter, "procdedup.sqlite.retries", "{retry}", "Transactions that were tried again, by why.");

    public static readonly Tally Substitutions = Tally.Count(
        Meter, "procdedup.substitutions", "{request}", "Substituters that were asked for an artifact, by what they answered.");

    public static readonly Tally Claims = Tally.Count(
        Meter, "procdedup.claims", "{claim}", "Requests for claims, by who got the key.");

    private static int _waiters;

    // A listener that comes in the middle of a wait must not see less than nobody: so it is asked for, and not added up.
    public static readonly ObservableUpDownCounter<int>? LockWaiters = Tally.Try(() => Meter?.CreateObservableUpDownCounter(
        "procdedup.lock.waiters", static () => Volatile.Read(ref _waiters), "{request}", "Requests that wait for a lock now."));

    public static void WaitBegins() => Interlocked.Increment(ref _waiters);

    public static void WaitEnds() => Interlocked.Decrement(ref _waiters);
}
