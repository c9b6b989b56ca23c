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

    private static readonly Meter Meter = new(Name, Version);

    public static readonly ActivitySource Activities = new(Name, Version);

    public static readonly Counter<long> LockRequests = Meter.CreateCounter<long>(
        "procdedup.lock.requests", "{request}", "Requests for locks, by how they ended.");

    public static readonly Histogram<double> LockWait = Meter.CreateHistogram<double>(
        "procdedup.lock.wait.duration", "s", "How long was waited for locks that were not free.");

    public static readonly Histogram<double> LockHold = Meter.CreateHistogram<double>(
        "procdedup.lock.hold.duration", "s", "How long locks were held.");

    public static readonly Counter<long> LocksLost = Meter.CreateCounter<long>(
        "procdedup.lock.lost", "{lock}", "Locks that were lost while they were held.");

    public static readonly Counter<long> CacheAnswers = Meter.CreateCounter<long>(
        "procdedup.cache.answers", "{answer}", "Answers of the cache, by how they came about.");

    public static readonly Counter<long> CacheFailures = Meter.CreateCounter<long>(
        "procdedup.cache.failures", "{failure}", "Requests to the cache that failed.");

    public static readonly Histogram<double> CacheWait = Meter.CreateHistogram<double>(
        "procdedup.cache.wait.duration", "s", "How long another process's work was waited for.");

    public static readonly Histogram<double> CacheWork = Meter.CreateHistogram<double>(
        "procdedup.cache.work.duration", "s", "How long it took to fetch or make what was not there.");

    public static readonly Counter<long> CacheTransferred = Meter.CreateCounter<long>(
        "procdedup.cache.transferred", "By", "Bytes that came over the network.");

    public static readonly Counter<long> CacheSaved = Meter.CreateCounter<long>(
        "procdedup.cache.saved", "By", "Bytes that did not have to come again.");

    public static readonly Counter<long> Retries = Meter.CreateCounter<long>(
        "procdedup.retries", "{retry}", "Attempts after the first.");

    public static readonly Histogram<double> SqliteTransaction = Meter.CreateHistogram<double>(
        "procdedup.sqlite.transaction.duration", "s", "How long transactions took, waits and retries included.");

    public static readonly Histogram<double> SqliteWait = Meter.CreateHistogram<double>(
        "procdedup.sqlite.wait.duration", "s", "How long transactions waited for other processes, where they did.");

    public static readonly Counter<long> SqliteRetries = Meter.CreateCounter<long>(
        "procdedup.sqlite.retries", "{retry}", "Transactions that were tried again, by why.");

    public static readonly Counter<long> Substitutions = Meter.CreateCounter<long>(
        "procdedup.substitutions", "{request}", "Substituters that were asked for an artifact, by what they answered.");

    public static readonly Counter<long> Claims = Meter.CreateCounter<long>(
        "procdedup.claims", "{claim}", "Requests for claims, by who got the key.");

    private static int _waiters;

    // A listener that comes in the middle of a wait must not see less than nobody: so it is asked for, and not added up.
    public static readonly ObservableUpDownCounter<int> LockWaiters = Meter.CreateObservableUpDownCounter(
        "procdedup.lock.waiters", static () => Volatile.Read(ref _waiters), "{request}", "Requests that wait for a lock now.");

    public static void WaitBegins() => Interlocked.Increment(ref _waiters);

    public static void WaitEnds() => Interlocked.Decrement(ref _waiters);
}
