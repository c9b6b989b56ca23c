using System;
using System.Collections.Generic;
using System.Linq;
using ProcessDedup.Store;

namespace ProcessDedup.Report;

/// <summary>
/// Counts answers in equal spans of time. Nobody knows beforehand how long the time is: spans that become too many are
/// joined, so that a journal of any length takes one pass and little memory.
/// </summary>
internal sealed class ColumnSeries
{
    // As many as can be told apart on a telephone.
    public const int Most = 48;

    // Seconds; each holds the one before a whole number of times, and all fit into days.
    private static readonly long[] Widths = [1, 5, 10, 30, 60, 300, 600, 1800, 3600, 10800, 21600, 43200, 86400, 7 * 86400];

    private readonly SortedDictionary<long, ReportColumn> _columns = [];
    private int _width;

    /// <summary>The length of a span in seconds.</summary>
    public long WidthSec => Widths[_width];

    public void Add(CacheEvent happened)
    {
        long at = Floor(happened.At.ToUnixTimeSeconds());
        bool isKnown = _columns.TryGetValue(at, out ReportColumn? column);
        _columns[at] = Plus(isKnown ? column! : NewColumn(at), happened.Status);
        while (!isKnown && _width < Widths.Length - 1 && (_columns.Keys.Last() - _columns.Keys.First()) / WidthSec >= Most)
            Join();
    }

    /// <summary>The spans in their order, empty ones included.</summary>
    public IReadOnlyList<ReportColumn> Columns()
    {
        var all = new List<ReportColumn>();
        if (_columns.Count == 0)
            return all;
        // A clock that was wrong by years must not make a page of a million columns.
        long last = _columns.Keys.Last();
        long first = Math.Max(_columns.Keys.First(), last - (Most - 1) * WidthSec);
        for (long at = first; at <= last; at += WidthSec)
            all.Add(_columns.TryGetValue(at, out ReportColumn? column) ? column : NewColumn(at));
        return all;
    }

    private void Join()
    {
        ReportColumn[] narrow = [.. _columns.Values];
        _columns.Clear();
        _width++;
        foreach (ReportColumn column in narrow)
        {
            long at = Floor(column.From.ToUnixTimeSeconds());
            _columns[at] = _columns.TryGetValue(at, out ReportColumn? sum)
                ? sum with
                {
                    Hits = sum.Hits + column.Hits,
                    Waits = sum.Waits + column.Waits,
                    Revalidated = sum.Revalidated + column.Revalidated,
                    Produced = sum.Produced + column.Produced,
                    Stale = sum.Stale + column.Stale,
                }
                : column with { From = DateTimeOffset.FromUnixTimeSeconds(at) };
        }
    }

    private long Floor(long seconds) => seconds - (seconds % WidthSec + WidthSec) % WidthSec;

    private static ReportColumn NewColumn(long at) => new() { From = DateTimeOffset.FromUnixTimeSeconds(at) };

    private static ReportColumn Plus(ReportColumn column, string status) => status switch
    {
        "Hit" => column with { Hits = column.Hits + 1 },
        "Waited" => column with { Waits = column.Waits + 1 },
        "Revalidated" => column with { Revalidated = column.Revalidated + 1 },
        "Stale" => column with { Stale = column.Stale + 1 },
        _ => column with { Produced = column.Produced + 1 },
    };
}
