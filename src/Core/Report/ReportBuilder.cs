using System;
using System.Collections.Generic;
using System.Linq;
using ProcessDedup.Store;

namespace ProcessDedup.Report;

/// <summary>Makes a report in one pass over the journal, in memory that does not grow with it.</summary>
internal sealed class ReportBuilder
{
    // What is read of a page; the rest is counted.
    private const int MostKeys = 25;
    private const int MostFlights = 8;

    // About a kilobyte each.
    private const int MostTallies = 20_000;

    private readonly Dictionary<string, KeyTally> _keys = new(StringComparer.Ordinal);
    private readonly ColumnSeries _columns = new();
    private DateTimeOffset? _until;
    private long _droppedKeys;
    private long _sharedFlights;

    public DedupReport Build(IEnumerable<CacheEvent> events, DateTimeOffset since)
    {
        CacheStatistics totals = CacheStatistics.Of(events.Select(Count));
        foreach (KeyTally key in _keys.Values)
            End(key);
        List<ReportKey> keys = [.. Ranked().Take(MostKeys).Select(k => k.ToKey())];
        List<ReportFlight> flights = [.. Flights().Take(MostFlights)];
        return new DedupReport
        {
            MadeAt = DateTimeOffset.UtcNow,
            Machine = Environment.MachineName,
            Asked = since == DateTimeOffset.MinValue ? null : since,
            Until = _until,
            Totals = totals,
            Keys = keys,
            MoreKeys = _keys.Count + _droppedKeys - keys.Count,
            Flights = flights,
            MoreFlights = Math.Max(0, _sharedFlights - flights.Count(f => f.Waiters > 0)),
            Columns = _columns.Columns(),
            ColumnSec = _columns.WidthSec,
        };
    }

    private CacheEvent Count(CacheEvent happened)
    {
        if (_until is null || happened.At > _until)
            _until = happened.At;
        _columns.Add(happened);
        if (!_keys.TryGetValue(happened.Key, out KeyTally? key))
        {
            if (_keys.Count >= 2 * MostTallies)
                Drop();
            _keys.Add(happened.Key, key = new KeyTally(happened.Key));
        }

        key.Add(happened);
        return happened;
    }

    // Those that had little to tell so far; what comes of them later counts anew.
    private void Drop()
    {
        foreach (KeyTally key in Ranked().Skip(MostTallies).ToList())
        {
            End(key);
            _keys.Remove(key.Key);
            _droppedKeys++;
        }
    }

    private void End(KeyTally key)
    {
        key.End();
        _sharedFlights += key.SharedFlights;
    }

    private IEnumerable<KeyTally> Ranked() => _keys.Values
        .OrderByDescending(k => k.Saved).ThenByDescending(k => k.Answers).ThenBy(k => k.Key, StringComparer.Ordinal);

    private IEnumerable<ReportFlight> Flights()
    {
        var best = _keys.Values.Where(k => k.Best is not null).ToList();
        best.Sort((a, b) => a.Best!.IsMoreThan(b.Best) ? -1 : b.Best!.IsMoreThan(a.Best) ? 1 : string.CompareOrdinal(a.Key, b.Key));
        // Where nobody waited for anything, who worked is still to be seen; a mixture would only distract.
        IEnumerable<KeyTally> shown = best.Count > 0 && best[0].Best!.Waiters > 0 ? best.TakeWhile(k => k.Best!.Waiters > 0) : best;
        int number = 0;
        foreach (KeyTally key in shown)
        {
            ReportKey described = key.ToKey();
            yield return key.Best!.ToFlight(++number, key.Key, described.Source, described.Kind);
        }
    }
}
