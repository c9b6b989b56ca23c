// What of System.Diagnostics is used for telemetry, for frameworks that do not have it. On .NET Framework it would come
// with a package of its own, in a version that some other module of the same PowerShell may want in another one; nobody
// can listen there.
#pragma warning disable CA1801, CA1822, CS9113, IDE0060 // Nothing is done with what is told.
using System.Collections.Generic;

namespace System.Diagnostics
{
    internal enum ActivityKind
    {
        Internal,
    }

    internal enum ActivityStatusCode
    {
        Error,
    }

    internal readonly struct ActivityContext;

    internal sealed class Activity : IDisposable
    {
        public static Activity? Current { get; set; }

        public Activity SetTag(string key, object? value) => this;

        public Activity SetStatus(ActivityStatusCode code, string? description) => this;

        public Activity SetEndTime(DateTime endTimeUtc) => this;

        public void Dispose()
        {
        }
    }

    internal sealed class ActivitySource(string name, string? version)
    {
        public bool HasListeners() => false;

        public Activity? StartActivity(
            string name, ActivityKind kind, ActivityContext parent, IEnumerable<KeyValuePair<string, object?>>? tags, object? links, DateTimeOffset start) => null;
    }
}

namespace System.Diagnostics.Metrics
{
    internal sealed class Meter(string name, string? version)
    {
        public Counter<T> CreateCounter<T>(string name, string unit, string description) => new();

        public Histogram<T> CreateHistogram<T>(string name, string unit, string description) => new();

        public ObservableUpDownCounter<T> CreateObservableUpDownCounter<T>(string name, Func<T> value, string unit, string description) => new();
    }

    internal sealed class Counter<T>
    {
        public bool Enabled => false;

        public void Add(T delta, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
        }
    }

    internal sealed class Histogram<T>
    {
        public bool Enabled => false;

        public void Record(T value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
        }
    }

    internal sealed class ObservableUpDownCounter<T>;
}
