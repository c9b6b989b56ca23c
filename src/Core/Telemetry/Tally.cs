using System;
using System.Collections.Generic;
using System.Diagnostics.Metrics;

namespace ProcessDedup.Telemetry;

/// <summary>
/// A metric. Listeners are somebody else's code that runs in the middle of ours: what they throw must not keep a lock held,
/// or let a transaction that was committed look as if it had failed.
/// </summary>
internal sealed class Tally
{
    private readonly Counter<long>? _counter;
    private readonly Histogram<double>? _histogram;

    private Tally(Counter<long>? counter, Histogram<double>? histogram) => (_counter, _histogram) = (counter, histogram);

    /// <summary>Does anybody listen?</summary>
    public bool Enabled => _counter is { Enabled: true } || _histogram is { Enabled: true };

    public static Tally Count(Meter? meter, string name, string unit, string description) =>
        new(Try(() => meter?.CreateCounter<long>(name, unit, description)), null);

    public static Tally Seconds(Meter? meter, string name, string description) =>
        new(null, Try(() => meter?.CreateHistogram<double>(name, "s", description)));

    /// <summary>Something has happened, so many times or bytes.</summary>
    public void Add(long number, params ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        try
        {
            _counter?.Add(number, tags);
        }
#pragma warning disable CA1031 // See above.
        catch (Exception)
#pragma warning restore CA1031
        {
        }
    }

    /// <summary>Something took so long.</summary>
    public void Record(TimeSpan took, params ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        try
        {
            _histogram?.Record(took.TotalSeconds, tags);
        }
#pragma warning disable CA1031 // See above.
        catch (Exception)
#pragma warning restore CA1031
        {
        }
    }

    /// <summary>Makes what listeners are told of while it is made; null if one of them throws.</summary>
    public static T? Try<T>(Func<T?> make)
        where T : class
    {
        try
        {
            return make();
        }
#pragma warning disable CA1031 // See above; and a class that cannot be initialised is lost for good.
        catch (Exception)
#pragma warning restore CA1031
        {
            return null;
        }
    }
}
