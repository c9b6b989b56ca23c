using System;
using System.Collections.Generic;
using System.Diagnostics;

namespace ProcessDedup.Telemetry;

/// <summary>
/// An activity, or nothing where nobody follows them. What its listeners throw is not ours, as with <see cref="Tally"/>.
/// </summary>
internal readonly struct Followed : IDisposable
{
    private readonly Activity? _activity;
    private readonly Activity? _before;

    private Followed(Activity? activity, Activity? before) => (_activity, _before) = (activity, before);

    /// <summary>Is anybody told of it? Tags that cost something need not be made otherwise.</summary>
    public bool IsTold => _activity is not null;

    public static bool AreHeard => Instruments.Activities is { } source && source.HasListeners();

    /// <summary>It begins, within what is going on in this flow. Dispose it in the same.</summary>
    public static Followed Begin(string name) => AreHeard ? Start(name, null, default) : default;

    /// <summary>
    /// It is over: begun and ended here, as waits and holds may end in another flow than they began in, and an activity
    /// belongs to one.
    /// </summary>
    public static void Past(string name, TimeSpan duration, params KeyValuePair<string, object?>[] tags)
    {
        if (!AreHeard)
            return;
        DateTimeOffset ended = DateTimeOffset.UtcNow;
        using Followed over = Start(name, tags, ended - duration);
        // Not when this is done: what its listeners take is no part of it.
        over._activity?.SetEndTime(ended.UtcDateTime);
    }

    public Followed With(string key, object? value)
    {
        _activity?.SetTag(key, value);
        return this;
    }

    public Followed With(KeyValuePair<string, object?> tag) => With(tag.Key, tag.Value);

    public void Failed(string? why) => _activity?.SetStatus(ActivityStatusCode.Error, why);

    private static Followed Start(string name, KeyValuePair<string, object?>[]? tags, DateTimeOffset began)
    {
        Activity? before = Activity.Current;
        try
        {
            return new Followed(
                Instruments.Activities!.StartActivity(name, ActivityKind.Internal, default(ActivityContext), tags, null, began), before);
        }
#pragma warning disable CA1031 // See above.
        catch (Exception)
#pragma warning restore CA1031
        {
            Activity.Current = before;
            return default;
        }
    }

    public void Dispose()
    {
        try
        {
            _activity?.Dispose();
        }
#pragma warning disable CA1031 // See above.
        catch (Exception)
#pragma warning restore CA1031
        {
            Activity.Current = _before;
        }
    }
}
