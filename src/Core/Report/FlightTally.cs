using System;
using System.Collections.Generic;
using System.Linq;
using ProcessDedup.Store;

namespace ProcessDedup.Report;

/// <summary>
/// Answers for one key that overlap in time: a leader, and those who waited for it. They come in any order, as a waiter may
/// write its line before the leader does.
/// </summary>
internal sealed class FlightTally
{
    // What fits into a picture that is still read.
    private const int MostShown = 12;

    // Lines are written a moment after what they tell.
    private static readonly TimeSpan Slack = TimeSpan.FromMilliseconds(50);

    // On a busy machine a waiter that has its turn, with which its wait ends, writes its line a good while later.
    private static readonly TimeSpan LateSlack = TimeSpan.FromSeconds(5);

    private readonly List<CacheEvent> _shown = [];
    private DateTimeOffset _began = DateTimeOffset.MaxValue;
    private DateTimeOffset _ended = DateTimeOffset.MinValue;
    private long _all;
    private double _worked;

    public long Waiters { get; private set; }

    public double Waited { get; private set; }

    /// <summary>Does it overlap with what is here, or was it waited for a leader that is here?</summary>
    public bool Has(CacheEvent happened) =>
        _all == 0 || (happened.At >= _began - Slack && happened.Began <= _ended + (HasLeaderOf(happened) ? LateSlack : Slack));

    // Nobody waits for longer than its leader was there: who did waited for a later flight of the same process.
    private bool HasLeaderOf(CacheEvent happened) => happened.Leader is { } leader && _shown.Exists(
        e => e.ProcessId == leader && e.Worked > TimeSpan.Zero && happened.Waited <= e.Waited + e.Worked + Slack);

    public void Add(CacheEvent happened)
    {
        _all++;
        if (happened.Began < _began)
            _began = happened.Began;
        if (happened.At > _ended)
            _ended = happened.At;
        _worked += happened.Worked.TotalSeconds;
        Waited += happened.Waited.TotalSeconds;
        if (happened.Status == "Waited")
            Waiters++;
        _shown.Add(happened);
        // Leaders stay, then who waited longest: it is they who are looked for.
        if (_shown.Count > MostShown)
            _shown.Remove(_shown.OrderBy(e => e.Worked > TimeSpan.Zero).ThenBy(e => e.Waited).ThenBy(e => e.Worked).First());
    }

    /// <summary>Is there more to be seen in it?</summary>
    public bool IsMoreThan(FlightTally? other) => other is null
        || (Waiters != other.Waiters ? Waiters > other.Waiters : Waited != other.Waited ? Waited > other.Waited : _worked > other._worked);

    public ReportFlight ToFlight(int number, string key, string source, string kind) => new()
    {
        Flight = number,
        Key = key,
        Source = source,
        Kind = kind,
        Began = _began,
        Ended = _ended,
        Waiters = Waiters,
        WaitedSec = Math.Round(Waited, 3),
        Participants = [.. _shown.OrderByDescending(e => e.Worked > TimeSpan.Zero).ThenBy(e => e.Began).Select(e => new ReportParticipant
        {
            Flight = number,
            ProcessId = e.ProcessId,
            IsLeader = e.Worked > TimeSpan.Zero,
            LeaderProcessId = e.Leader,
            Began = e.Began,
            WaitedSec = Math.Round(e.Waited.TotalSeconds, 3),
            WorkedSec = Math.Round(e.Worked.TotalSeconds, 3),
            Status = e.Status,
        })],
        MoreParticipants = _all - _shown.Count,
    };
}
