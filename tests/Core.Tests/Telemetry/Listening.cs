using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Linq;

namespace ProcessDedup.Tests.Telemetry;

/// <summary>Listens as OpenTelemetry would.</summary>
internal sealed class Listening : IDisposable
{
    private readonly MeterListener _meters = new();
    private readonly ActivityListener _activities = new();
    private readonly List<Instrument> _published = [];
    private readonly List<(Instrument Instrument, double Value, Dictionary<string, object?> Tags)> _measured = [];
    private readonly List<Activity> _ended = [];

    public Listening()
    {
        _meters.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name != "ProcessDedup")
                return;
            _published.Add(instrument);
            listener.EnableMeasurementEvents(instrument);
        };
        _meters.SetMeasurementEventCallback<long>((i, value, tags, _) => Add(i, value, tags.ToArray()));
        _meters.SetMeasurementEventCallback<int>((i, value, tags, _) => Add(i, value, tags.ToArray()));
        _meters.SetMeasurementEventCallback<double>((i, value, tags, _) => Add(i, value, tags.ToArray()));
        _meters.Start();
        _activities.ShouldListenTo = source => source.Name == "ProcessDedup";
        _activities.Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData;
        _activities.ActivityStopped = activity =>
        {
            lock (_ended)
                _ended.Add(activity);
        };
        ActivitySource.AddActivityListener(_activities);
    }

    public IReadOnlyList<Instrument> Published => _published;

    public IReadOnlyList<(Instrument Instrument, double Value, Dictionary<string, object?> Tags)> Measured
    {
        get
        {
            lock (_measured)
                return [.. _measured];
        }
    }

    public IReadOnlyList<Activity> Activities
    {
        get
        {
            lock (_ended)
                return [.. _ended];
        }
    }

    /// <summary>Asks what is not told but asked for.</summary>
    public void Observe() => _meters.RecordObservableInstruments();

    /// <summary>The values of a metric, of those measurements that have this attribute.</summary>
    public IReadOnlyList<double> Values(string name, string? attribute = null, string? value = null) =>
    [
        .. Measured.Where(m => m.Instrument.Name == name)
            .Where(m => attribute is null || m.Tags.TryGetValue(attribute, out object? found) && (string?)found == value)
            .Select(m => m.Value),
    ];

    private void Add(Instrument instrument, double value, KeyValuePair<string, object?>[] tags)
    {
        lock (_measured)
            _measured.Add((instrument, value, tags.ToDictionary(t => t.Key, t => t.Value)));
    }

    public void Dispose()
    {
        _meters.Dispose();
        _activities.Dispose();
    }
}
