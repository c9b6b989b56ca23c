using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using ProcessDedup.Messages;
using ProcessDedup.Store;

namespace ProcessDedup.Report;

/// <summary>What the cache has done since a moment: altogether, over time, by key, and by flight.</summary>
public sealed record DedupReport
{
    private readonly IReadOnlyList<ReportKey> _keys = new ReadableList<ReportKey>([]);
    private readonly IReadOnlyList<ReportFlight> _flights = new ReadableList<ReportFlight>([]);
    private readonly IReadOnlyList<ReportColumn> _columns = new ReadableList<ReportColumn>([]);

    /// <summary>When the journal was read.</summary>
    public DateTimeOffset MadeAt { get; init; }

    /// <summary>The machine.</summary>
    public string Machine { get; init; } = string.Empty;

    /// <summary>From when on it was asked for; null: as far as the journal goes back.</summary>
    public DateTimeOffset? Asked { get; init; }

    /// <summary>The first answer; null if there is none.</summary>
    public DateTimeOffset? Since => Totals.Since;

    /// <summary>The last answer; null if there is none.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>All of it together.</summary>
    public CacheStatistics Totals { get; init; } = new();

    /// <summary>The keys that mattered most, by the time that they saved.</summary>
    public IReadOnlyList<ReportKey> Keys
    {
        get => _keys;
        init => _keys = new ReadableList<ReportKey>(value);
    }

    /// <summary>How many keys there are besides; of journals with very many keys at least so many.</summary>
    public long MoreKeys { get; init; }

    /// <summary>The flights that most processes waited for.</summary>
    public IReadOnlyList<ReportFlight> Flights
    {
        get => _flights;
        init => _flights = new ReadableList<ReportFlight>(value);
    }

    /// <summary>How many flights with waiters there are besides.</summary>
    public long MoreFlights { get; init; }

    /// <summary>
    /// Who took part in these flights: flight by flight, in the order in which they came. Beside the flights and not within them, as
    /// ConvertTo-Json writes three levels unless asked for more.
    /// </summary>
    public IReadOnlyList<ReportParticipant> Participants => new ReadableList<ReportParticipant>(Flights.SelectMany(f => f.Participants));

    /// <summary>The answers over time, in equal spans.</summary>
    public IReadOnlyList<ReportColumn> Columns
    {
        get => _columns;
        init => _columns = new ReadableList<ReportColumn>(value);
    }

    /// <summary>The length of such a span in seconds.</summary>
    public double ColumnSec { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Totals.ToString();
}

/// <summary>What happened to one key.</summary>
public sealed record ReportKey
{
    /// <summary>SHA-256 of what was asked for.</summary>
    public string Key { get; init; } = string.Empty;

    /// <summary>What it is, without secrets; the key if nothing else is known.</summary>
    public string Source { get; init; } = string.Empty;

    /// <summary>How it is got: "http", "git", …; empty if it is not known any more.</summary>
    public string Kind { get; init; } = string.Empty;

    /// <summary>Answers altogether.</summary>
    public long Answers { get; init; }

    /// <summary>Answers that needed nobody's work.</summary>
    public long Hits { get; init; }

    /// <summary>Answers for which another process's work was waited for.</summary>
    public long Waits { get; init; }

    /// <summary>Answers that were fetched or made.</summary>
    public long Produced { get; init; }

    /// <summary>Bytes that came over the network.</summary>
    public long BytesTransferred { get; init; }

    /// <summary>Bytes that did not have to come again.</summary>
    public long BytesSaved { get; init; }

    /// <summary>Seconds spent waiting for other processes.</summary>
    public double WaitedSec { get; init; }

    /// <summary>Seconds spent fetching and making.</summary>
    public double WorkedSec { get; init; }

    /// <summary>Seconds of work that answers made unnecessary, less the waits for them.</summary>
    public double SavedSec { get; init; }

    /// <summary>The last answer.</summary>
    public DateTimeOffset LastAt { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Message.Of(Messages.Key.ReasonReportKey, Source, Answers, Produced);
}

/// <summary>One flight: a leader who worked, and those who waited for it.</summary>
public sealed record ReportFlight
{
    /// <summary>Which one of the report, counted from 1.</summary>
    public int Flight { get; init; }

    /// <summary>SHA-256 of what was asked for.</summary>
    public string Key { get; init; } = string.Empty;

    /// <summary>What it is, without secrets.</summary>
    public string Source { get; init; } = string.Empty;

    /// <summary>How it is got.</summary>
    public string Kind { get; init; } = string.Empty;

    /// <summary>When the first one asked.</summary>
    public DateTimeOffset Began { get; init; }

    /// <summary>When the last one had it.</summary>
    public DateTimeOffset Ended { get; init; }

    /// <summary>How many waited.</summary>
    public long Waiters { get; init; }

    /// <summary>Seconds that they waited, together.</summary>
    public double WaitedSec { get; init; }

    /// <summary>Who took part, in the order in which they came; the leader among them, if its answer is in the journal.</summary>
    internal IReadOnlyList<ReportParticipant> Participants { get; init; } = [];

    /// <summary>How many took part besides those that the report lists.</summary>
    public long MoreParticipants { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Message.Of(Messages.Key.ReasonReportFlight, Source, Waiters);
}

/// <summary>One process in a flight.</summary>
public sealed record ReportParticipant
{
    /// <summary>In which flight of the report, counted from 1.</summary>
    public int Flight { get; init; }

    /// <summary>Its PID.</summary>
    public int ProcessId { get; init; }

    /// <summary>True for one that did the work.</summary>
    public bool IsLeader { get; init; }

    /// <summary>Whom it waited for; null if it did not, or that is not known.</summary>
    public int? LeaderProcessId { get; init; }

    /// <summary>When it asked.</summary>
    public DateTimeOffset Began { get; init; }

    /// <summary>How many seconds it waited, from then on.</summary>
    public double WaitedSec { get; init; }

    /// <summary>How many seconds it worked, after that.</summary>
    public double WorkedSec { get; init; }

    /// <summary>How its answer came about: "Downloaded", "Waited", …</summary>
    public string Status { get; init; } = string.Empty;

    /// <inheritdoc/>
    public override string ToString() => string.Format(CultureInfo.InvariantCulture, "PID {0} ({1})", ProcessId, Status);
}

/// <summary>The answers in a span of time.</summary>
public sealed record ReportColumn
{
    /// <summary>When the span begins.</summary>
    public DateTimeOffset From { get; init; }

    /// <summary>Answers that needed nobody's work.</summary>
    public long Hits { get; init; }

    /// <summary>Answers for which another process's work was waited for.</summary>
    public long Waits { get; init; }

    /// <summary>Answers that the origin confirmed.</summary>
    public long Revalidated { get; init; }

    /// <summary>Answers that were fetched or made.</summary>
    public long Produced { get; init; }

    /// <summary>Answers that were older than they should have been.</summary>
    public long Stale { get; init; }

    /// <summary>All of them.</summary>
    public long Answers => Hits + Waits + Revalidated + Produced + Stale;

    /// <inheritdoc/>
    public override string ToString() => Message.Of(Messages.Key.ReasonReportColumn, From.ToLocalTime(), Answers);
}
