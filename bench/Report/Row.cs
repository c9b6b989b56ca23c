using System;
using System.Collections.Generic;

namespace ProcessDedup.Bench.Report;

/// <summary>One measure: our figure, the peers' in the order of the table's columns, and what was to be reached.</summary>
/// <param name="Measure">What was measured.</param>
/// <param name="Columns">The peers; rows with the same columns make one table.</param>
/// <param name="Ours">Our figure, as text.</param>
/// <param name="Peers">Figures by column; a missing one is a dash.</param>
internal sealed record Row(string Measure, IReadOnlyList<string> Columns, string Ours, IReadOnlyDictionary<string, string> Peers)
{
    /// <summary>Ours to the peer that counts.</summary>
    public string Ratio { get; init; } = "";

    /// <summary>What was to be reached; empty if nothing was set.</summary>
    public string Target { get; init; } = "";

    public bool? IsMet { get; init; }

    /// <summary>A row of durations in ns, by contender.</summary>
    public static Row OfTimes(
        string measure, IReadOnlyList<string> columns, string ours, IReadOnlyDictionary<string, double> times, string? against)
    {
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach ((string name, double time) in times)
            texts[name] = Figures.Time(time);
        return new Row(measure, columns, texts.GetValueOrDefault(ours, "-"), texts)
        {
            Ratio = against is not null && times.TryGetValue(against, out double other) ? Figures.Ratio(times[ours] / other) : "",
        };
    }

    public Row WithTarget(string target, bool isMet) => this with { Target = target, IsMet = isMet };
}
